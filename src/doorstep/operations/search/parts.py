"""Kernels whose functions are made into machine code once, in the function that Python calls, and nowhere before.

numba optimises every function, together with all it calls, as soon as it meets it: at the bottom of a deep kernel the
same code is compiled a dozen times. Here a function that only kernels call stays a *part*: unoptimised, for linking.
The *whole* that Python calls links all parts below it and compiles them together: a third of the time, measured.
"""

# mypy: disable-error-code="no-untyped-call"
# numba does not say the types of its compiler.

from collections.abc import Callable
from typing import Any

from numba import njit
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

from doorstep.operations.search.compiled import ENTRY


class _Silent:
    """numba's code generator, but deaf to where a part's environment lies: a part has none of its own."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def set_env(self, name: str, env: object) -> None:
        """Do nothing."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)


class _Part(JITCodeLibrary):
    """Code that waits to be linked."""

    @property
    def codegen(self) -> Any:
        """Return the code generator."""
        return _Silent(self._codegen)

    @property
    def calls(self) -> list[Any]:
        """Return what this part calls."""
        found: list[Any] = self._linking_libraries
        return found

    def add_linking_library(self, library: Any) -> None:
        """Note what this part calls."""
        self._linking_libraries.append(library)

    def finalize(self) -> None:
        """Leave the code as it is."""
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0: there is no machine code."""
        del name
        return 0


class _Whole(JITCodeLibrary):
    """Code with all its parts."""

    def add_linking_library(self, library: Any) -> None:
        """Link a library and what its parts call."""
        if library in self._linking_libraries:
            return
        super().add_linking_library(library)
        if isinstance(library, _Part):
            for called in library.calls:
                self.add_linking_library(called)


class PartCompiler(Compiler):
    """Compiles functions that only kernels call."""

    library_class: type = _Part

    def _compile_core(self) -> Any:
        codegen = self.state.targetctx.codegen()
        self.state.library = self.library_class(codegen, self.state.func_id.func_qualname)
        self.state.library.enable_object_caching()
        return super()._compile_core()


class WholeCompiler(PartCompiler):
    """Compiles functions that Python calls."""

    library_class = _Whole


WHOLE: dict[str, Any] = {**ENTRY, "pipeline_class": WholeCompiler}
"""How functions are compiled that Python calls and that have parts."""


def part(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator for a function that only kernels call: nothing is kept of it, the whole that has it is."""
    settings: dict[str, Any] = {**options, "pipeline_class": PartCompiler, "no_cfunc_wrapper": True}
    made: Callable[[Callable[..., Any]], Callable[..., Any]] = njit(**settings)
    return made
