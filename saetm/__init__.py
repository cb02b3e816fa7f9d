"""The pure core: arrays and frames in, arrays and frames out.

Letters, fixed for the whole core: N items, D embedding dimension, K features, V words,
T topics. Nothing here knows Dagster, files, the network or the clock; only the estimator
reads and writes the folder that it is told to. `open` is a way in for notebooks: it comes from
the doors, which are imported when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resources.frames import open_frames as open  # noqa: A004  read as saetm.open
    from saetm.emission.config import EmissionConfig
    from saetm.estimator.model import SAETopicModel
    from saetm.sae.config import SaeConfig
    from saetm.text.config import VocabularyConfig
    from saetm.topics.config import TopicConfig

__all__ = [
    "EmissionConfig",
    "SAETopicModel",
    "SaeConfig",
    "TopicConfig",
    "VocabularyConfig",
    "open",
]

_HOMES = {
    "EmissionConfig": ("saetm.emission.config", "EmissionConfig"),
    "SAETopicModel": ("saetm.estimator.model", "SAETopicModel"),
    "SaeConfig": ("saetm.sae.config", "SaeConfig"),
    "TopicConfig": ("saetm.topics.config", "TopicConfig"),
    "VocabularyConfig": ("saetm.text.config", "VocabularyConfig"),
    "open": ("resources.frames", "open_frames"),
}


def __getattr__(name: str) -> object:
    """Import the estimator, and Torch with it, when it is first asked for; so its settings."""
    if name not in _HOMES:
        raise AttributeError(f"module 'saetm' has no attribute {name!r}")
    module, member = _HOMES[name]
    return getattr(import_module(module), member)


def __dir__() -> list[str]:
    """List the names that are imported when they are asked for."""
    return [*globals(), *__all__]
