"""Settings of merging features into topics; light to import."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class TopicConfig(BaseModel):
    """How features are merged and when an item has a topic."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Literal["tree", "kmeans"] = Field(
        default="tree", description="weighted Ward tree, or the paper's k-means for each count"
    )
    kept_mass: float = Field(
        default=0.9, gt=0, le=1, description="probability tau kept of a feature's words"
    )
    direction_share: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="share of where a feature's items lie in what features are merged by, beside "
        "where its words lie; 0 is words alone, as in the paper",
    )
    evenness: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="power of the norm that feature vectors are divided by: 0 splits off small "
        "sharp topics and leaves large blurred ones, 1 makes topics most even",
    )
    min_items: int = Field(
        default=1,
        ge=1,
        description="items that must activate a feature for a leaf of its own; rarer features "
        "join the nearest leaf",
    )
    max_leaves: int = Field(
        default=25_000, ge=2, description="leaves of the tree; more features form micro-topics"
    )
    word_dimensions: int = Field(
        default=200, ge=1, description="dimensions of word vectors learned from the corpus"
    )
    word_order: Literal["central", "agreement", "probability"] = Field(
        default="central",
        description="order of a topic's words: agreement (what its features agree on), central "
        "(that, and nearness to its other words), or the paper's probability",
    )
    stored_words: int = Field(default=50, ge=1, description="words stored per topic")
    presence_share: float = Field(
        default=0.1, gt=0, le=1, description="share of an item from which it has a topic"
    )
    seed: int = Field(default=0, ge=0, description="seed of word vectors and k-means")
