"""The contract of every table: columns, types, key, and what one row is.

Checks, casts before each write and the data dictionary in docs/tables.md are generated from
here. A column never changes its type in place: Delta would accept the write and then refuse
every read.
"""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from saetm.errors import ContractError

INSTANT = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    dtype: pl.DataType
    meaning: str
    is_nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One Delta table; partitioned by `dataset` unless it says otherwise."""

    name: str
    asset: str  # the asset that writes it
    row: str  # what one row is
    key: tuple[str, ...]  # columns that identify a row
    columns: tuple[Column, ...]
    is_partitioned: bool = True

    @cached_property
    def schema(self) -> pl.Schema:
        """Column names and Polars types, in the stored order."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def cast(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Select and cast exactly the contract's columns, in their order.

        A cast widens or narrows; it never turns text into numbers, or cuts a fraction off.

        Raises:
            ContractError: a column is missing, or its values do not fit the contract's type.
        """
        missing = [name for name in self.schema.names() if name not in frame.columns]
        if missing:
            raise ContractError(f"table {self.name}: column {missing[0]!r} is missing")
        return pl.DataFrame([self._fit(frame[name], name) for name in self.schema.names()])

    def _fit(self, values: pl.Series, name: str) -> pl.Series:
        expected, misfit = self.schema[name], f"table {self.name}: column {name!r} does not fit"
        if not _is_castable(values.dtype, expected):
            raise ContractError(f"{misfit}, {values.dtype} instead of {expected}")
        try:
            return values.cast(expected, strict=True)
        except pl.exceptions.PolarsError as error:
            raise ContractError(f"{misfit}, some {values.dtype} are no {expected}") from error

    def empty(self) -> pl.DataFrame:
        """A frame without rows in the contract's schema."""
        return self.schema.to_frame()


def _is_castable(found: pl.DataType, expected: pl.DataType) -> bool:
    if isinstance(found, (pl.List, pl.Array)) and isinstance(expected, pl.List):
        return _is_castable(_inner(found), _inner(expected))
    if found.is_nested() or expected.is_nested():
        return found == pl.Null
    if expected.is_integer():
        return found.is_integer() or found in {pl.Boolean, pl.Null}
    if expected.is_float():
        return found.is_numeric() or found == pl.Null
    if expected.is_temporal():
        return found.is_temporal() or found == pl.Null
    return found in {expected, pl.Null}


def _inner(dtype: pl.List | pl.Array) -> pl.DataType:
    return dtype.inner  # type: ignore[return-value]  # of a series' type it is an instance


def _text(name: str, meaning: str, *, nullable: bool = False) -> Column:
    return Column(name, pl.String(), meaning, is_nullable=nullable)


def _int(name: str, meaning: str, *, nullable: bool = False) -> Column:
    return Column(name, pl.Int32(), meaning, is_nullable=nullable)


def _long(name: str, meaning: str) -> Column:
    return Column(name, pl.Int64(), meaning)


def _float(name: str, meaning: str, *, nullable: bool = False) -> Column:
    return Column(name, pl.Float64(), meaning, is_nullable=nullable)


def _bytes(name: str, meaning: str, *, nullable: bool = False) -> Column:
    return Column(name, pl.Binary(), meaning, is_nullable=nullable)


def _list(name: str, inner: pl.DataType, meaning: str) -> Column:
    return Column(name, pl.List(inner), meaning)


DATASET = _text("dataset", "name of the dataset; the partition key")
RUN = _text("run_id", "Dagster run that wrote the row")
CREATED = Column("created_at", INSTANT, "when the row was written")
ITEM = _text("item_id", "hash of the item's content (blake2b, 128 bits, hex)")
INPUT = _text("input_hash", "what the row was computed from; when it changes, the row is owed anew")
TOPIC = _text("topic_id", "node of the topic tree: t and 10 hex digits of its members' hash")

DATASETS = Table(
    "datasets",
    "items",
    "a registered dataset with its folder and options",
    ("dataset",),
    (
        DATASET,
        _text("folder", "where its files lie"),
        _text("overrides", "options given when it was added, as JSON; they win over dataset.toml"),
        _text("options", "options that hold, as JSON, defaults left out"),
        Column("registered_at", INSTANT, "when it was registered or its options last changed"),
    ),
    is_partitioned=False,
)

ITEMS = Table(
    "items",
    "items",
    "an image or text of a dataset, identified by its content",
    ("dataset", "item_id"),
    (
        DATASET,
        ITEM,
        _text("path", "file relative to the dataset's folder; a row of a table as file.csv#17"),
        _text("modality", "image or text"),
        _text("text", "the text, or the caption that came with the image", nullable=True),
        Column("timestamp", INSTANT, "when the item was made, if known", is_nullable=True),
        _text("group", "group the item belongs to, if given", nullable=True),
        _text("url", "where it came from, if given", nullable=True),
        _bytes("embedding", "vector brought by the user, little-endian float32", nullable=True),
        _int("width", "image width in pixels", nullable=True),
        _int("height", "image height in pixels", nullable=True),
        _long("bytes", "size of the content in bytes"),
        Column("modified_at", INSTANT, "modification time of the file"),
        _text("metadata_hash", "hash of everything but the content"),
        _text("producer", "the inbox reader that made the row"),
        RUN,
    ),
)

REJECTS = Table(
    "rejects",
    "items",
    "a file or item that could not be used as it is, with the reason",
    ("dataset", "stage", "path", "reason"),
    (
        DATASET,
        _text("stage", "asset that turned it away"),
        _text("path", "file, row or item that is meant"),
        _text("reason", "one sentence for a person"),
        RUN,
    ),
)

CAPTIONS = Table(
    "captions",
    "captions",
    "the caption of an item by one producer; a text is its own caption",
    ("dataset", "item_id", "producer"),
    (
        DATASET,
        ITEM,
        _text("producer", "captioner, with model, prompt hash and sampling"),
        INPUT,
        _text("caption", "the caption"),
        _text("caption_hash", "hash of the caption; what embeddings and bags depend on"),
        RUN,
        CREATED,
    ),
)

BAGS = Table(
    "bags",
    "bags",
    "the lemma counts of an item's caption",
    ("dataset", "item_id", "producer"),
    (
        DATASET,
        ITEM,
        _text("producer", "lexicon, and the captioner it read"),
        INPUT,
        _list("words", pl.String(), "distinct lemmas, sorted"),
        _list("counts", pl.Int32(), "how often each lemma occurs"),
        RUN,
    ),
)

VOCABULARY = Table(
    "vocabulary",
    "vocabulary",
    "a word of the dataset's vocabulary",
    ("dataset", "word_id"),
    (
        DATASET,
        _int("word_id", "position in the vocabulary, most frequent first"),
        _text("word", "the lemma"),
        _int("document_frequency", "number of items that hold the word"),
        _long("word_count", "number of occurrences in all items"),
        RUN,
    ),
)

WORD_VECTORS = Table(
    "word_vectors",
    "word_vectors",
    "the vector of a vocabulary word",
    ("dataset", "word"),
    (
        DATASET,
        _text("word", "the lemma"),
        _text("producer", "corpus, a file, or an encoder"),
        _int("dim", "number of components"),
        _text("dtype", "component type, little-endian"),
        _bytes("vector", "the components"),
        RUN,
    ),
)

EMBEDDINGS = Table(
    "embeddings",
    "embeddings",
    "the vector of an item by one encoder",
    ("dataset", "item_id", "producer"),
    (
        DATASET,
        ITEM,
        _text("producer", "encoder, and what it read: image, vector, or a captioner's text"),
        INPUT,
        _int("dim", "number of components"),
        _text("dtype", "component type, little-endian"),
        _bytes("vector", "the components"),
        RUN,
        CREATED,
    ),
)

SAE_CHECKPOINTS = Table(
    "sae_checkpoints",
    "sae_checkpoints",
    "the sparse autoencoder that a dataset is bound to",
    ("dataset", "sae_id"),
    (
        DATASET,
        _text("sae_id", "hash of the weights"),
        _text("origin", "trained (on this dataset) or the dataset it was taken from"),
        _text("kind", "batch_topk, topk or l1"),
        _text("encoder", "producer of the embeddings it was trained on"),
        _int("dimension", "D, dimension of the embeddings"),
        _int("dictionary_size", "K, number of features"),
        _int("active_features", "k aimed at per item; 0 for l1"),
        _float("threshold", "an activation at or below it counts as zero"),
        _bytes("decoder_bias", "b_d, little-endian float32"),
        _int("training_item_count", "rows it was trained on"),
        _int("heldout_item_count", "rows kept aside to judge it"),
        _float("variance_explained", "share of variance explained on held-out rows", nullable=True),
        _float("l0", "mean number of active features per held-out row"),
        _float("dead_share", "share of features that fire for no training row"),
        _list("curve_step", pl.Int32(), "training steps at which the curve was taken"),
        _list("curve_variance_explained", pl.Float64(), "held-out variance explained then"),
        _text("settings", "configuration as JSON"),
        RUN,
        CREATED,
    ),
)

SAE_FEATURES = Table(
    "sae_features",
    "sae_checkpoints",
    "a feature of an autoencoder with its encoder and decoder vector",
    ("dataset", "sae_id", "feature"),
    (
        DATASET,
        _text("sae_id", "autoencoder it belongs to"),
        _int("feature", "row of the dictionary, from 0"),
        _bytes("encoder", "encoder vector, little-endian float32"),
        _bytes("decoder", "unit-norm decoder vector, little-endian float32"),
        Column("encoder_bias", pl.Float32(), "b_e of the feature"),
    ),
)

ACTIVATIONS = Table(
    "activations",
    "activations",
    "the active features of an item",
    ("dataset", "item_id", "producer"),
    (
        DATASET,
        ITEM,
        _text("producer", "sae_id, and the producer of the embedding"),
        INPUT,
        _list("features", pl.Int32(), "active features, ascending"),
        _list("activations", pl.Float32(), "their activations, positive"),
        RUN,
    ),
)

EMISSION_MATRIX = Table(
    "emission_matrix",
    "emission_matrix",
    "a feature with its distribution over words",
    ("dataset", "feature"),
    (
        DATASET,
        _int("feature", "row of the dictionary"),
        _text("sae_id", "autoencoder it belongs to"),
        _list("words", pl.Int32(), "word_id of words with mass from the data"),
        _list("probabilities", pl.Float32(), "their mass from the data"),
        _float("prior_share", "mass of the row that lies on the unigram distribution"),
        _float("weight", "mean share of the feature over all items"),
        _int("item_count", "items for which the feature is active"),
        RUN,
    ),
)

EMISSION_FITS = Table(
    "emission_fits",
    "emission_matrix",
    "how the emission matrix of a dataset was fitted",
    ("dataset",),
    (
        DATASET,
        _text("sae_id", "autoencoder it belongs to"),
        _float("prior", "weight of the unigram prior, eta, chosen on held-out words"),
        _int("passes", "passes of expectation-maximisation, chosen on held-out words"),
        _float("heldout_log_likelihood", "per weighted held-out word, natural log", nullable=True),
        _float("duality_gap", "what could still be gained per weighted word, at most"),
        _list("curve", pl.Float64(), "training log likelihood per weighted word after each pass"),
        RUN,
    ),
)

TOPIC_NODES = Table(
    "topic_nodes",
    "topics",
    "a node of the topic tree",
    ("dataset", "topic_id"),
    (
        DATASET,
        TOPIC,
        _int("node", "position in the tree: leaves first, then merges in order"),
        _int("left", "node it was merged from", nullable=True),
        _int("right", "node it was merged from", nullable=True),
        _float("height", "merge cost; 0 for leaves"),
        _float("weight", "mean share of its features over all items"),
        _list("features", pl.Int32(), "features of a leaf; empty for merges"),
        RUN,
    ),
)

TOPICS = Table(
    "topics",
    "topics",
    "a topic at one of the stored cuts",
    ("dataset", "topic_count", "topic_id"),
    (
        DATASET,
        _int("topic_count", "K of the cut: how many topics were asked for"),
        TOPIC,
        _int("rank", "position by weight, from 0"),
        _float("weight", "mean share of the topic over all items"),
        _int("item_count", "items in which the topic is present"),
        _list("features", pl.Int32(), "its features"),
        _list("words", pl.String(), "words that the topic's features agree on, best first"),
        _list("probabilities", pl.Float64(), "their probabilities"),
        _list("specificities", pl.Float64(), "their log ratio to the unigram distribution"),
        _list("items", pl.String(), "most representative items, best first"),
        _text("method", "tree or kmeans"),
        RUN,
    ),
)

MIXTURES = Table(
    "mixtures",
    "topics",
    "the topic mixture of an item at one of the stored cuts",
    ("dataset", "topic_count", "item_id"),
    (
        DATASET,
        _int("topic_count", "K of the cut"),
        ITEM,
        _list("topics", pl.String(), "topics with mass, largest first"),
        _list("shares", pl.Float32(), "their shares; they sum to one"),
        RUN,
    ),
)

TOPIC_SUMMARIES = Table(
    "topic_summaries",
    "topic_summaries",
    "label, description and category of a topic",
    ("dataset", "topic_id"),
    (
        DATASET,
        TOPIC,
        _text("producer", "what wrote the summary"),
        INPUT,
        _text("label", "a few words"),
        _text("description", "one sentence"),
        _text("category", "concrete or abstract"),
        RUN,
    ),
)

REPLIES = Table(
    "replies",
    "topic_summaries",
    "a model's answer to a prompt: cache and audit trail at once",
    ("dataset", "question_id"),
    (
        DATASET,
        _text("question_id", "hash of prompt, schema and producer"),
        _text("producer", "model, revision and sampling"),
        _text("prompt", "what was asked"),
        _text("reply", "what was answered, as it came"),
        RUN,
        CREATED,
    ),
)

SCORES = Table(
    "scores",
    "scores",
    "one number: model, topic count, metric",
    ("dataset", "model", "topic_count", "metric"),
    (
        DATASET,
        _text("model", "topic model that is scored"),
        _int("topic_count", "K of the cut; 0 where it has no meaning"),
        _text("metric", "npmi, unique_words, word_movers_distance, nmi, purity"),
        _float("value", "the number"),
        RUN,
    ),
)

REPORTS = Table(
    "reports",
    "report",
    "the published page of a dataset",
    ("dataset",),
    (
        DATASET,
        _text("page", "self-contained HTML"),
        RUN,
        CREATED,
    ),
)

MATERIALISATIONS = Table(
    "materialisations",
    "every asset",
    "one materialisation of an asset for a dataset",
    ("dataset", "asset", "created_at"),
    (
        DATASET,
        _text("asset", "name of the asset"),
        _text("input_version", "hash of code version, options, upstream versions; empty: begun"),
        _text("data_version", "hash of what the asset holds"),
        _text("producer", "producer in service; empty where there is none"),
        _long("row_count", "rows of the asset's first table for this dataset"),
        _long("rows_written", "rows written by this materialisation"),
        _float("seconds", "wall time"),
        RUN,
        CREATED,
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        DATASETS,
        ITEMS,
        REJECTS,
        CAPTIONS,
        BAGS,
        VOCABULARY,
        WORD_VECTORS,
        EMBEDDINGS,
        SAE_CHECKPOINTS,
        SAE_FEATURES,
        ACTIVATIONS,
        EMISSION_MATRIX,
        EMISSION_FITS,
        TOPIC_NODES,
        TOPICS,
        MIXTURES,
        TOPIC_SUMMARIES,
        REPLIES,
        SCORES,
        REPORTS,
        MATERIALISATIONS,
    )
}
