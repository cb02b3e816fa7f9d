"""Settings of the emission solver; light to import."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class EmissionConfig(BaseModel):
    """How the word emission matrix is solved.

    What is left at None is chosen on words held out of every item, which is what keeps the
    emissions from overfitting: run to convergence without a prior they do.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    background_share: float = Field(
        default=0.3, gt=0, lt=1, description="share pi of every item's words that any item has"
    )
    prior: float | None = Field(
        default=None,
        ge=0,
        description="weighted words that each feature borrows evenly from all words",
    )
    prior_grid: tuple[float, ...] = Field(
        default=(1.0, 5.0, 20.0), min_length=1, description="priors to choose from"
    )
    passes: int | None = Field(
        default=None, ge=1, description="passes over the words; None chooses up to max_passes"
    )
    max_passes: int = Field(default=50, ge=1, description="most passes that the choice may take")
    heldout_share: float = Field(
        default=0.1, ge=0, lt=1, description="share of each item's words held out for the choice"
    )
    idf_weighting: bool = Field(
        default=True, description="weigh words by inverse document frequency, at most 1"
    )
    seed: int = Field(default=0, description="seed of the draw of held-out words")
    block_rows: int = Field(
        default=50_000, ge=1, description="items held in memory at a time where they are streamed"
    )

    @model_validator(mode="after")
    def _choice_has_words(self) -> Self:
        if self.heldout_share == 0 and (self.prior is None or self.passes is None):
            raise ValueError("heldout_share is 0, so prior and passes must both be given")
        if min(self.prior_grid) < 0:
            raise ValueError(f"prior_grid has the negative prior {min(self.prior_grid)}")
        return self
