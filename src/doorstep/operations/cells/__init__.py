"""A day too large for one search: which depot serves whom, cells of neighbours, routes dealt out anew between them."""

from doorstep.operations.cells.making import (
    Cell,
    MatrixLegs,
    begun_cells,
    cell_problem,
    first_cells,
    joined,
    regrouped,
)

__all__ = ["Cell", "MatrixLegs", "begun_cells", "cell_problem", "first_cells", "joined", "regrouped"]
