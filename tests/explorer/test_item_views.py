import pytest

from resources.lake import Lake
from resources.registry import Registry
from saetm.queries.explanation import item_topics
from saetm.queries.near import near_items
from saetm.queries.trends import trends
from saetm_assets.explorer import near
from saetm_assets.explorer.library import Library
from saetm_assets.explorer.links import web_link
from saetm_assets.explorer.pages.item import topics_in
from saetm_assets.movement import movements


@pytest.fixture(scope="module")
def lake(home):
    return Lake(str(home / "lake"))


@pytest.fixture(scope="module")
def posts(home, lake):
    return Library(lake, Registry(lake, home / "inbox")).dataset("posts")


def test_near_items_from_memory_are_those_of_the_query(lake, posts):
    for item_id in posts.items["item_id"]:
        asked = near_items(lake, "posts", item_id).head(5).collect()
        found = near.near_items(posts, item_id, 5)
        assert [each.likeness for each in found] == pytest.approx(asked["likeness"], abs=1e-5)
        assert item_id not in {each.item_id for each in found}


def test_topics_of_an_item_from_memory_are_those_of_the_query(lake, posts):
    for item_id in posts.items["item_id"]:
        asked = item_topics(lake, "posts", item_id).collect()
        shares = dict(asked.filter(topic_count=3).select("topic_id", "share").iter_rows())
        found = {each.topic.topic_id: each.share for each in topics_in(posts, item_id, 3)}
        assert found == pytest.approx(shares, abs=1e-5)


def test_halves_of_a_movement_average_to_its_share(lake, posts):
    weights = {topic.topic_id: topic.weight for topic in posts.cut(3).topics}
    rows = trends(lake, "posts", 3, per="year").collect()

    moved = movements(rows)

    assert [each.topic_id for each in moved] == list(weights)
    for each in moved:
        assert each.share == pytest.approx(weights[each.topic_id], abs=1e-5)  # all have a date
        assert each.share == pytest.approx((each.early + each.late) / 2, abs=1e-5)  # 10 and 10
        assert len(each.names) == rows["period"].n_unique()


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//host", "http://[", None],
)
def test_no_address_but_one_of_the_web_becomes_a_link(address):
    assert web_link(address) is None
