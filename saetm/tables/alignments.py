"""Which topics of two datasets correspond."""

from saetm.tables.columns import CREATED, DATASET, INPUT, RUN, TOPIC, float64, int32, text
from saetm.tables.contract import Table

SAME, ALONE = "corresponds", "alone"  # status

ALIGNMENTS = Table(
    "alignments",
    "alignments",
    "a topic of one of two datasets, with the topic of the other that it corresponds to, if any",
    ("dataset", "other", "topic_count", "owner", "topic_id"),
    (
        DATASET,
        text("other", "the dataset that it is aligned with"),
        int32("topic_count", "K of the dataset's cut"),
        int32("other_topic_count", "K of the other one's cut, as near to it as one is stored"),
        text("owner", "which of the two datasets the topic is of"),
        TOPIC,
        text("status", "corresponds, or alone: no topic of the other dataset is surely the same"),
        text("other_topic_id", "topic that it corresponds to, or of one alone the nearest"),
        float64("cosine", "of the angle between both, each seen from the middle of its dataset"),
        float64("p_value", "how often chance gives either of both a counterpart as good"),
        float64(
            "q_value",
            "the same with false discoveries controlled over the pairs of the best assignment; "
            "1 for two topics that it does not pair",
        ),
        float64(
            "feature_overlap",
            "share of both on the same features, 0 to 1; null where autoencoders differ",
            nullable=True,
        ),
        float64("share", "mean share of the topic over the items of its dataset"),
        float64("other_share", "that of the other topic over the items of its own"),
        INPUT,
        RUN,
        CREATED,
    ),
)
