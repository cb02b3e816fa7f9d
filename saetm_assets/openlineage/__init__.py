"""What was done, as events of OpenLineage, the standard that catalogs of data read.

A job is an asset of a dataset, its run a materialisation, below the run of Dagster it was part
of. Datasets of the standard are our Delta tables, by where they lie; the dataset of ours is the
partition that was read or written. See https://openlineage.io/docs/spec/object-model.

The library is an extra, so its modules are imported where they are used.
"""
