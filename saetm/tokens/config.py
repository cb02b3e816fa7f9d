"""Settings of features of tokens; light, for the Dagster definitions import it."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

NONE: Final = "none"  # no language model reads the items
Verdict = Literal["programming", "mathematics", "grammar", "formatting", "stop_words"]


class TokenConfig(BaseModel):
    """Which language model reads the items, and which features of its tokens are counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(
        default=NONE,
        description="language model whose token states are read: none, minilm (embedded), a "
        "folder with a transformers model, or a name on the hub, NAME@REVISION to pin",
    )
    layer: int | None = Field(
        default=None,
        ge=0,
        description="block whose output is read, from 0; none: the middle one",
    )
    autoencoder: str = Field(
        default="train",
        description="train, or one that is there: file:PATH (exported by saetm), saelens:, "
        "sparsify: or gemma_scope: with a folder, file or name on the hub",
    )
    dictionary_size: int | None = Field(
        default=None, ge=2, description="number of features F; none: by the training tokens"
    )
    active_features: int = Field(default=16, ge=1, description="active features per token")
    training_tokens: int = Field(
        default=2_000_000, ge=1000, description="tokens that the autoencoder is shown at most"
    )
    buffer_tokens: int = Field(
        default=65_536, ge=256, description="tokens in the buffer that mixes those of many items"
    )
    window: int | None = Field(
        default=None,
        ge=8,
        description="tokens that the language model sees at once; none: all that it can",
    )
    quantile: float = Field(
        default=0.8,
        ge=0.05,
        le=0.95,
        description="of a feature's positive activations on the training tokens; a token above "
        "it counts",
    )
    max_density: float = Field(
        default=0.01,
        gt=0,
        le=1,
        description="share of the training tokens above which a feature is left out",
    )
    max_document_share: float = Field(
        default=0.9, gt=0, le=1, description="share of the items above which a feature is left out"
    )
    drop: tuple[Verdict, ...] = Field(
        default=("programming", "mathematics", "grammar", "formatting", "stop_words"),
        description="what a feature may not be about by its description",
    )
    seed: int = Field(default=0, ge=0, description="seed of the training")

    @property
    def is_off(self) -> bool:
        """Whether no language model reads the items."""
        return self.model == NONE
