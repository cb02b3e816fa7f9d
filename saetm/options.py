"""The options of a dataset: one list for dataset.toml, the command line and the stages."""

import json
import re
import reprlib
import tomllib
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, get_args
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from saetm.emission.config import EmissionConfig
from saetm.errors import InputError
from saetm.presets import preset_options
from saetm.sae.config import SaeConfig
from saetm.text.config import VocabularyConfig
from saetm.tokens.config import TokenConfig
from saetm.topics.config import TopicConfig
from saetm.trends.config import TrendConfig

Tree = dict[str, JsonValue]
TopicCount = Annotated[int, Field(gt=0, le=1_000_000)]
SAE_TM = "sae_tm"  # the topic model that merges features of whole items
TopicModel = Literal["sae_tm", "mlda", "metm", "mbertopic"]
LINE_MODELS = get_args(TopicModel)  # that a dataset's own topics may be made by
NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff/\\]{1,100}")
LONGEST_NAME = 240  # bytes when percent-encoded: Delta and the report name folders and files so
DELTA_NULL = "__HIVE_DEFAULT_PARTITION__"  # Delta reads a partition of this name as null


class RivalsConfig(BaseModel):
    """Which fits of other topic models the rivals' asset makes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic_counts: tuple[TopicCount, ...] = Field(
        (50, 100, 200), description="numbers of topics that are fitted", min_length=1
    )
    refits: int = Field(
        1,
        ge=0,
        le=20,
        description="fits with another seed on nine tenths of the items, which tell stability and "
        "held-out perplexity",
    )
    seed: int = Field(0, ge=0, description="seed of the fit on all items; refits count on from it")


class DatasetOptions(BaseModel):
    """How a dataset is taken through the line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    members: tuple[str, ...] = Field(
        (),
        description="datasets that a union consists of; it has no files of its own (`saetm union`)",
    )
    modality: Literal["image", "text"] | None = Field(
        None, description="what the items are; found out from the files when not set"
    )
    captioner: str = Field("given", description="given, openai:MODEL or vllm:MODEL")
    caption_prompt: Literal["factual", "dense"] = Field(
        "factual", description="what a captioning model is asked for"
    )
    encoder: str = Field(
        "auto",
        description="minilm, a sentence-transformers name or folder, open_clip:MODEL/PRETRAINED, "
        "provided; auto is provided where every item brings a vector, else minilm",
    )
    autoencoder: Literal["auto", "train", "foundation"] = Field(
        "auto",
        description="whether the dataset trains its own or binds to the foundation of its encoder "
        "(`saetm sae list`); auto binds a new dataset whose sae options are the defaults where "
        "there is a foundation that explains it; once bound, it stays bound",
    )
    model: TopicModel = Field(
        "sae_tm",
        description="what topics are made by: sae_tm (features of whole items, merged), or over "
        "features of tokens (`tokens.model`) mlda, metm or mbertopic",
    )
    word_vectors: str = Field(
        "corpus",
        description="vectors of words, by which features are merged and words put in order: corpus "
        "(learned from the dataset), file:PATH (word2vec or GloVe), a text encoder, or decoder "
        "(none: features are merged by where their items lie alone)",
    )
    chat: str = Field(
        "embedded", description="who names topics: embedded, openai:MODEL or vllm:MODEL"
    )
    judge: str = Field(
        "embedded",
        description="who rates topics and looks for intruders among their words: embedded (word "
        "vectors, no language model), none, openai:MODEL or vllm:MODEL",
    )
    topic_counts: tuple[TopicCount, ...] = Field(
        (10, 25, 50, 100), description="cuts of the topic tree that are stored", min_length=1
    )
    topic_count: TopicCount = Field(25, description="cut that is shown when none is asked for")
    vocabulary: VocabularyConfig = VocabularyConfig()
    sae: SaeConfig = SaeConfig()
    tokens: TokenConfig = TokenConfig()
    emission: EmissionConfig = EmissionConfig()
    topics: TopicConfig = TopicConfig()
    trends: TrendConfig = TrendConfig()
    rivals: RivalsConfig = RivalsConfig()

    def cuts(self) -> list[int]:
        """Return the topic counts to store, ascending, the shown one included."""
        return sorted({*self.topic_counts, self.topic_count})

    def part(self, *names: str) -> str:
        """Return some of the options as canonical JSON, to hash what a stage depends on.

        Args:
            names: options, dotted where they lie deeper, such as `topics.seed`.
        """
        wanted: Tree = {}
        for name in names:
            wanted = merge_trees(wanted, _nested(name.split("."), value=True))
        part = self.model_dump(mode="json", include=wanted)  # type: ignore[arg-type]  # nested trues
        return json.dumps(part, sort_keys=True)


def check_name(name: str) -> str:
    """Return a dataset's name, or say what is wrong with it.

    Raises:
        InputError: the name is empty, too long, or holds a slash or control character.
    """
    unfit = name != name.strip() or name.startswith(".") or "..." in name or name == DELTA_NULL
    if unfit or not NAME.fullmatch(name) or len(quote(name, safe="")) > LONGEST_NAME:
        raise InputError(
            f"{reprlib.repr(name)} cannot name a dataset: use 1 to 100 characters (26 in scripts "
            "like Chinese) without slashes or control characters, with no space at either end, no "
            "dot in front and no three dots in a row"
        )
    return name


def parse_settings(settings: Sequence[str]) -> Tree:
    """Read `key=value` pairs with dotted keys; a value is TOML, or else a plain string.

    Example:
        >>> parse_settings(["sae.kind=topk", "topic_count=50"])
        {'sae': {'kind': 'topk'}, 'topic_count': 50}
    """
    tree: Tree = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not re.fullmatch(r"[a-z_]+(\.[a-z_]+)*", key):
            raise InputError(f"setting {reprlib.repr(setting)} is not of the form key=value")
        tree = merge_trees(tree, _nested(key.split("."), value=_value(value)))
    return tree


def merge_trees(under: Mapping[str, JsonValue], over: Mapping[str, JsonValue]) -> Tree:
    """Lay one tree of options over another; the upper one wins leaf by leaf."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = merge_trees(below, value) if both else value  # type: ignore[arg-type]  # both dicts
    return merged


def build_options(tree: Mapping[str, JsonValue]) -> DatasetOptions:
    """Validate a tree of options, laid over those of its `preset` where it names one.

    Raises:
        InputError: an option is unknown or out of bounds; names the first one.
    """
    tree = dict(tree)
    if (preset := tree.pop("preset", None)) is not None:
        tree = merge_trees(preset_options(preset, tree.get("modality")), tree)
    try:
        text = json.dumps(tree, default=str, allow_nan=False, ensure_ascii=False).encode()
    except ValueError:
        raise InputError("options hold an infinite number, or text that is no Unicode") from None
    try:
        return DatasetOptions.model_validate_json(text)
    except ValidationError as error:
        raise InputError(_first(error)) from None


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"]) or "options"
    shown = place if place.isprintable() else repr(place)
    if first["type"] == "extra_forbidden":
        return f"there is no option {shown}"
    reason = first["msg"].removeprefix("Value error, ")
    return f"option {shown}: {reason} (got {reprlib.repr(first['input'])})"


def _nested(keys: list[str], *, value: JsonValue) -> Tree:
    head, *rest = keys
    return {head: _nested(rest, value=value) if rest else value}


def _value(text: str) -> JsonValue:
    """Read one TOML value, dates as text; what is more or less than one value is plain text."""
    try:
        values = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return json.loads(json.dumps(values["value"], default=str)) if len(values) == 1 else text
