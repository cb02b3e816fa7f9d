"""Token states on their way, as often as they are read."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor


class States(Protocol):
    """What a language model says of the tokens of some windows of texts."""

    @property
    def states(self) -> "Tensor":
        """(n, H) float32, on any device."""
        ...

    @property
    def texts(self) -> NDArray[np.int64]:
        """(n,) number of the text that each token is of."""
        ...

    @property
    def starts(self) -> NDArray[np.int64]:
        """(n,) first character of the token in its text."""
        ...

    @property
    def ends(self) -> NDArray[np.int64]:
        """(n,) character after its last."""
        ...

    @property
    def first(self) -> int:
        """Number of the first of the sources."""
        ...

    @property
    def sources(self) -> Sequence[str]:
        """Texts near the tokens, one after the other; among them all that tokens are of."""
        ...


Stream: TypeAlias = Callable[[], Iterator[States]]  # begins anew, and is the same, at every call


def rows_of(states: States) -> NDArray[np.float32]:
    """Return the states as an array: (n, H)."""
    return states.states.cpu().numpy()
