"""One partition per dataset; partition mappings between stages are identities."""

import dagster as dg

DATASETS_PARTITIONS = dg.DynamicPartitionsDefinition(name="datasets")
OWNERS = ["team:saetm"]
