"""Which strengths to steer with."""

import math
from collections.abc import Iterable

from saetm.errors import InputError

MOST = 64  # strengths at once


def check_strengths(strengths: Iterable[float]) -> tuple[float, ...]:
    """Return strengths ascending, each once.

    Args:
        strengths: in mean norms of a state; of any size, and negative ones lead away from a topic.

    Raises:
        InputError: there is none, there are too many, or one is infinite or no number.
    """
    wanted = tuple(strengths)
    unfit = [each for each in wanted if not math.isfinite(each)]
    if unfit:
        raise InputError(f"a strength is a finite number, in mean norms of a state: got {unfit[0]}")
    found = tuple(sorted({each + 0.0 for each in wanted}))  # minus zero is zero
    if not 1 <= len(found) <= MOST:
        raise InputError(f"give 1 to {MOST} strengths, such as 0,0.2,0.4: got {len(found)}")
    return found
