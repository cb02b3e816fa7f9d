import polars as pl
import pytest

from resources.inbox import Inbox
from resources.inbox.batches import KNOWN_SCHEMA
from saetm_assets.demo.docs import collect_docs
from saetm_assets.demo.prints import paint_prints


@pytest.mark.parametrize(
    ("make", "modality", "filled"),
    [
        (paint_prints, "image", ["text", "timestamp", "group"]),
        (collect_docs, "text", ["text", "group", "url"]),
    ],
)
def test_every_item_of_a_demo_is_read_with_its_facts_and_nothing_is_refused(
    make, modality, filled, tmp_path
):
    make(tmp_path / "demo", count=8)
    inbox = Inbox(str(tmp_path))
    batches = list(inbox.scan(str(tmp_path / "demo"), modality, KNOWN_SCHEMA.to_frame()))
    items = pl.concat(batch.items for batch in batches)

    assert inbox.datasets() == ["demo"]
    assert [batch.rejects.height for batch in batches] == [0] * len(batches)
    assert items["item_id"].n_unique() == 8
    assert items.select(filled).null_count().row(0) == (0,) * len(filled)
