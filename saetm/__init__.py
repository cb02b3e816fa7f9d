"""The pure core: arrays and frames in, arrays and frames out.

Letters, fixed for the whole core: N items, D embedding dimension, K features, V words,
T topics. Nothing here knows Dagster, files, the network or the clock; only the estimator
reads and writes the folder that it is told to.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from saetm.emission.config import EmissionConfig
    from saetm.estimator.model import SAETopicModel
    from saetm.sae.config import SaeConfig
    from saetm.text.config import VocabularyConfig
    from saetm.topics.config import TopicConfig

__all__ = ["EmissionConfig", "SAETopicModel", "SaeConfig", "TopicConfig", "VocabularyConfig"]

_HOMES = {
    "EmissionConfig": "saetm.emission.config",
    "SAETopicModel": "saetm.estimator.model",
    "SaeConfig": "saetm.sae.config",
    "TopicConfig": "saetm.topics.config",
    "VocabularyConfig": "saetm.text.config",
}


def __getattr__(name: str) -> object:
    """Import the estimator, and Torch with it, when it is first asked for; so its settings."""
    if name not in _HOMES:
        raise AttributeError(f"module 'saetm' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the names that are imported when they are asked for."""
    return [*globals(), *__all__]
