"""Why a stop is left out, in words: what rules it out everywhere, else that it had to give way.

What rules it out is asked of the checker, so that a plan's reasons and the refusal of a problem say the same. Words
alone: no figure of a plan comes from here.
"""

from dataclasses import dataclass

from doorstep.domain.problem import Problem, Stop
from doorstep.operations.checking.impossible import Everybody
from doorstep.operations.checking.question import Question


def why_unserved(problem: Problem, stop: Stop) -> str:
    """Return in words why a stop is left out.

    What is said to be impossible is so for a van that has nothing else to do, or, where the stop is half of a pair,
    nothing but the two.
    """
    return Reasons.of(problem).why(stop)


@dataclass(frozen=True, slots=True)
class Reasons:
    """A problem, and what everybody in it could do alone."""

    problem: Problem
    everybody: Everybody

    @classmethod
    def of(cls, problem: Problem) -> "Reasons":
        """Return the reasons of a problem, to be asked for more than one stop."""
        return cls(problem, Everybody.of(Question.of(problem)))

    def why(self, stop: Stop) -> str:
        """Return in words why a stop is left out."""
        why = self.everybody.why_none(stop)
        if why:
            return f"{why[0].upper()}{why[1:]}."
        if stop.stop_id in self.problem.valuation.unserved:
            return "Serving it was believed to cost more than leaving it out, or other stops took its room or time."
        return "It must be served, but no shift had room and time for it beside the others."
