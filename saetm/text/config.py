"""Settings of the vocabulary; light, for the Dagster definitions import it."""

from pydantic import BaseModel, ConfigDict, Field


class VocabularyConfig(BaseModel):
    """Which words a dataset speaks in; the defaults are the paper's procedure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = Field(default=5000, gt=0, description="words to keep at most (paper, section 4)")
    min_document_frequency: int | None = Field(
        default=None,
        gt=0,
        description="items that must hold a word; none: n/200 between 2 and 5, 1 below 50 items",
    )
    max_document_share: float = Field(
        default=1.0,
        gt=0.0,
        le=1.0,
        description="share of the items above which a word is dropped; 1 drops none",
    )
