"""Whether a judge prefers what it is shown first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import binomtest

from saetm.metrics.intervals import COVERAGE
from saetm.prompts.duels import Answer

SIGNIFICANT = 0.01  # chance of a fair judge to be taken for a biased one


@dataclass(frozen=True, slots=True)
class PositionCheck:
    """How often the model that was shown first won."""

    share: float | None  # of the duels without ties; None where all were ties
    low: float | None  # exact binomial interval, 95 %
    high: float | None
    p_value: float  # of a fair judge to be as far from a half
    decided: int  # duels without ties

    @property
    def is_biased(self) -> bool:
        """Whether chance hardly explains it."""
        return self.p_value < SIGNIFICANT

    @property
    def told(self) -> str:
        """What was found, as a sentence."""
        if self.share is None or self.low is None or self.high is None:
            return "all its answers are ties, so nothing is known about its bias by position"
        found = f"{self.share:.0%} of {self.decided} wins ({self.low:.0%} to {self.high:.0%})"
        if not self.is_biased:
            return f"the model shown first has {found}: no bias by position is seen"
        liked = "first" if self.share > 0.5 else "second"
        return (
            f"it prefers what is shown {liked}: the model shown first has {found}; ratings stay "
            "fair, since the order was drawn, but lie closer together than they should"
        )


def check_position(answers: Sequence[Answer]) -> PositionCheck:
    """Test whether the model that was shown first wins half of the duels that were decided.

    Which model is first is drawn for each duel by itself, so the wins of the first are binomial
    with a half if the judge does not look at the order, whatever the models are.
    """
    counts = Counter(answers)
    decided = counts["A"] + counts["B"]
    if not decided:
        return PositionCheck(None, None, None, 1.0, 0)
    test = binomtest(counts["A"], decided)
    interval = test.proportion_ci(COVERAGE, method="exact")
    return PositionCheck(
        counts["A"] / decided,
        float(interval.low),
        float(interval.high),
        float(test.pvalue),
        decided,
    )
