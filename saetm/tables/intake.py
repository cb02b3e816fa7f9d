"""What came in: datasets, items, captions."""

from saetm.tables.columns import CREATED, DATASET, INPUT, ITEM, RUN, blob, int32, int64, text
from saetm.tables.contract import INSTANT, Column, Table

DATASETS = Table(
    "datasets",
    "items",
    "a registered dataset with its folder and options",
    ("dataset",),
    (
        DATASET,
        text("folder", "where its files lie"),
        text("overrides", "options given when it was added, as JSON; they win over dataset.toml"),
        text("options", "options that hold, as JSON, defaults left out"),
        Column("registered_at", INSTANT, "when it was registered or its options last changed"),
    ),
    is_partitioned=False,
)

RETIREMENTS = Table(
    "retirements",
    "saetm remove",
    "a dataset that was retired; its folder is passed over until it is added again",
    ("dataset",),
    (DATASET, Column("retired_at", INSTANT, "when it was retired")),
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
        text("path", "file relative to the dataset's folder; a row of a table as file.csv#17"),
        text("modality", "image or text"),
        text("text", "the text, or the caption that came with the image", nullable=True),
        Column("timestamp", INSTANT, "when the item was made, if known", is_nullable=True),
        text("group", "group the item belongs to, if given", nullable=True),
        text("url", "where it came from, if given", nullable=True),
        blob("embedding", "vector brought by the user, little-endian float32", nullable=True),
        int32("width", "image width in pixels", nullable=True),
        int32("height", "image height in pixels", nullable=True),
        int64("bytes", "size of the content in bytes"),
        Column("modified_at", INSTANT, "modification time of the file"),
        text("metadata_hash", "hash of everything but the content"),
        text("producer", "the inbox reader that made the row"),
        RUN,
        Column(
            "timestamp_end",
            INSTANT,
            "where its date is a range, which starts at timestamp: the first instant after it",
            is_nullable=True,
        ),
    ),
)

REJECTS = Table(
    "rejects",
    "items",
    "a file or item that could not be used as it is, with the reason",
    ("dataset", "stage", "path", "reason"),
    (
        DATASET,
        text("stage", "asset that turned it away"),
        text("path", "file, row or item that is meant"),
        text("reason", "one sentence for a person"),
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
        text("producer", "captioner, with model, prompt hash and sampling"),
        INPUT,
        text("caption", "the caption"),
        text("caption_hash", "hash of the caption; what embeddings and bags depend on"),
        RUN,
        CREATED,
    ),
)
