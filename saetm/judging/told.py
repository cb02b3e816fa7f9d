"""What duels tell about the judges themselves, from rows of the table of duels."""

from itertools import combinations

import polars as pl

from saetm.judging.kappa import kappa_estimate
from saetm.judging.position import PositionCheck, check_position
from saetm.metrics.intervals import Estimate

MEETING = ["item_id", "first", "second"]  # a duel, whoever judges it


def positions(duels: pl.DataFrame) -> dict[str, PositionCheck]:
    """Check of each judge whether it looks at the order.

    Args:
        duels: judge and answer, null where there is none.
    """
    answered = duels.drop_nulls("answer").sort("judge")
    return {
        str(judge): check_position(rows["answer"].to_list())
        for (judge,), rows in answered.group_by("judge", maintain_order=True)
    }


def agreements(duels: pl.DataFrame) -> dict[tuple[str, str], Estimate | None]:
    """Estimate Cohen's kappa of each two judges over the duels that both answered.

    Args:
        duels: judge, item_id, first, second, question_id and answer of one number of topics and
            one way to show them.

    Returns:
        By the names of both; None where kappa has no value. Judges without a common answer are
        left out.
    """
    answered = duels.drop_nulls("answer")
    found = {}
    for pair in combinations(sorted(answered["judge"].unique().to_list()), 2):
        one, other = (answered.filter(judge=name) for name in pair)
        both = one.join(other, on=MEETING, suffix="_other").sort(MEETING)
        if both.height:
            columns = [both[name].to_list() for name in ("item_id", "answer", "answer_other")]
            found[pair] = kappa_estimate(*columns)
    return found


def kappa_told(kappa: Estimate | None) -> str:
    """Say how far two judges agree, as a sentence without its end."""
    if kappa is None:
        return "both give one and the same answer to everything, so that kappa has no value"
    around = "" if kappa.low is None else f" ({kappa.low:.2f} to {kappa.high:.2f})"
    return f"Cohen's kappa {kappa.value:.2f}{around} over {kappa.units} items"
