"""One partition per dataset, or per dataset and model; mappings of the line are identities."""

import dagster as dg

from saetm.errors import InputError
from saetm.models.catalogue import MODELS

DATASETS_PARTITIONS = dg.DynamicPartitionsDefinition(name="datasets")
MODELS_PARTITIONS = dg.MultiPartitionsDefinition(
    {"dataset": DATASETS_PARTITIONS, "model": dg.StaticPartitionsDefinition(list(MODELS))}
)
PAIRS_PARTITIONS = dg.MultiPartitionsDefinition(
    {"dataset": DATASETS_PARTITIONS, "other": DATASETS_PARTITIONS}
)
BY_COMMAND_LINE = {"saetm/started_by": "command line"}  # tag of a run that a person waits for
PARTITION_TAG = "dagster/partition"  # of every run of a partition
# Of a run for items: files that changed later than this, by their store's clock, may be half.
SETTLED_TAG = "saetm/settled_us"
UNFINISHED = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
OWNERS = ["team:saetm"]


def dataset_of(partition_key: str) -> str:
    """Return the dataset that a partition belongs to."""
    if isinstance(partition_key, dg.MultiPartitionKey):
        return partition_key.keys_by_dimension["dataset"]
    return partition_key


def model_of(partition_key: str) -> str:
    """Return the topic model that a partition of dataset and model belongs to.

    Raises:
        InputError: it is the partition of a dataset alone.
    """
    if not isinstance(partition_key, dg.MultiPartitionKey):
        raise InputError(f"{partition_key!r} names a dataset and no topic model")
    return partition_key.keys_by_dimension["model"]


def other_of(partition_key: str) -> str:
    """Return the second dataset that a partition of a pair of datasets belongs to.

    Raises:
        InputError: it is the partition of one dataset.
    """
    if not isinstance(partition_key, dg.MultiPartitionKey):
        raise InputError(f"{partition_key!r} names one dataset and not two")
    return partition_key.keys_by_dimension["other"]


def partition_of_pair(dataset: str, other: str) -> dg.MultiPartitionKey:
    """Return the partition of two datasets.

    Raises:
        InputError: a name cannot be part of one.
    """
    return dg.MultiPartitionKey({"dataset": _part(dataset), "other": _part(other)})


def partition_of_model(dataset: str, model: str) -> dg.MultiPartitionKey:
    """Return the partition of a dataset and a topic model.

    Raises:
        InputError: the dataset's name cannot be part of one.
    """
    return dg.MultiPartitionKey({"dataset": _part(dataset), "model": model})


def _part(dataset: str) -> str:
    if "|" in dataset:
        raise InputError(
            f"{dataset!r} has a | in its name, which Dagster cannot take apart from another name: "
            "add the folder under another one"
        )
    return dataset
