"""The settings of a topic model: those of its four parts."""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from saetm.emission.config import EmissionConfig
from saetm.errors import ContractError
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

    @classmethod
    def of(cls, parameters: Mapping[str, object]) -> Self:
        """Take the settings out of the parameters of an estimator.

        Raises:
            ContractError: one of them is no settings of its part.
        """
        try:
            return cls.model_validate({name: parameters[name] for name in cls.model_fields})
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise ContractError(f"the setting {place} is wrong: {first['msg']}") from error
