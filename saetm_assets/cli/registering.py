"""A dataset, union or view entered: a partition of the assets, and a row of the registry."""

from resources.registry import Registration, Registry
from resources.settings import Settings, now
from saetm_assets.home import open_instance
from saetm_assets.partitions import DATASETS_PARTITIONS


def register(home: Settings, registry: Registry, registration: Registration) -> None:
    """Enter a dataset, or its options anew; one that was retired is there again."""
    with open_instance(home) as instance:
        instance.add_dynamic_partitions(str(DATASETS_PARTITIONS.name), [registration.dataset])
    registry.save(registration, at=now())
    registry.readmit(registration.dataset)
