import pytest

from saetm.emission.config import EmissionConfig
from saetm.emission.reuse import Search, reuse

FOUND = Search(prior=10.0, passes=3, n_items=100)


@pytest.mark.parametrize(
    ("n_items", "searches"), [(100, False), (149, False), (150, True), (68, False), (66, True)]
)
def test_a_search_is_used_again_until_the_items_are_half_as_many_again(n_items, searches):
    config = EmissionConfig(seed=3)

    found = reuse(config, FOUND, n_items)

    expected = {"prior": 10.0, "passes": 3, "heldout_share": 0.0}
    assert found == (config if searches else config.model_copy(update=expected))


def test_without_an_earlier_search_all_is_as_configured():
    config = EmissionConfig()

    assert reuse(config, None, 100) is config
