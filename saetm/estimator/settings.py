"""The settings of a topic model: those of its four parts."""

from pydantic import BaseModel, ConfigDict

from saetm.emission.config import EmissionConfig
from saetm.sae.config import SaeConfig
from saetm.text.config import VocabularyConfig
from saetm.topics.config import TopicConfig


class Settings(BaseModel):
    """What a fit is told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vocabulary: VocabularyConfig = VocabularyConfig()
    sae: SaeConfig = SaeConfig()
    emission: EmissionConfig = EmissionConfig()
    merging: TopicConfig = TopicConfig()
