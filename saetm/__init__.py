"""The pure core: arrays and frames in, arrays and frames out.

Letters, fixed for the whole core: N items, D embedding dimension, K features, V words,
T topics. Nothing here knows Dagster, files, the network or the clock; only the estimator
reads and writes the file that it is told to.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saetm.estimator.model import SAETopicModel

__all__ = ["SAETopicModel"]


def __getattr__(name: str) -> "type[SAETopicModel]":
    """Import the estimator, and Torch with it, when it is first asked for."""
    if name != "SAETopicModel":
        raise AttributeError(f"module 'saetm' has no attribute {name!r}")
    from saetm.estimator.model import SAETopicModel  # noqa: PLC0415  # see above

    return SAETopicModel
