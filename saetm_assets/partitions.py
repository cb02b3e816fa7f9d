"""One partition per dataset; partition mappings between stages are identities."""

import dagster as dg

DATASETS_PARTITIONS = dg.DynamicPartitionsDefinition(name="datasets")
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
