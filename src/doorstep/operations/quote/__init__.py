"""What one more order would cost: priced at every place of a plan that stays as it is."""

from doorstep.operations.quote.quoter import BEST, MOST_SLOTS, MOST_WINDOWS, Quote, Quoted, Quoter, Refusal

__all__ = ["BEST", "MOST_SLOTS", "MOST_WINDOWS", "Quote", "Quoted", "Quoter", "Refusal"]
