"""Topics from memory, one after the other, beside whole cuts computed anew."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saetm.cuts import cut_tree
from saetm.topics.config import TopicConfig
from saetm.topics.cut import cut_nodes, node_ids
from saetm.topics.ward import ward_tree
from saetm_assets.explorer import node_topics
from saetm_assets.explorer.naming import by_rule
from saetm_assets.explorer.node_topics import NodeTopics
from tests.core.test_cuts import random_material

FEATURES = 12


@pytest.fixture(autouse=True)
def few_sums(monkeypatch):
    """Keep the sums of a cut of four topics, so that finer ones are read from their features."""
    monkeypatch.setattr(node_topics, "FINEST", 4)


def grown(seed, order):
    random = np.random.default_rng(seed)
    material = random_material(random, n_features=FEATURES)
    vectors = random.normal(size=(len(material.words), 3))
    material = replace(material, word_vectors=vectors)
    tree = ward_tree(random.normal(size=(FEATURES, 3)), material.weights)
    config = TopicConfig(stored_words=5, presence_share=0.2, word_order=order)
    described = NodeTopics(tree, node_ids(tree, salt="sae"), material, config, by_rule)
    return tree, material, config, described


@settings(max_examples=20)
@given(
    seed=st.integers(0, 1000),
    counts=st.lists(st.integers(1, FEATURES), min_size=1, max_size=6),
    order=st.sampled_from(["central", "agreement", "probability"]),
)
def test_topics_shown_in_any_order_are_those_of_the_cut(seed, counts, order):
    tree, material, config, described = grown(seed, order)
    for count in counts:
        shown = described.topics(cut_nodes(tree, count))
        expected = cut_tree(tree, count, material, config).topics.to_dicts()
        assert [topic.topic_id for topic in shown] == [row["topic_id"] for row in expected]
        for topic, row in zip(shown, expected, strict=True):
            assert list(topic.words) == row["words"]
            assert topic.item_count == row["item_count"]
            assert [material.item_ids[place] for place in topic.best] == row["items"]
            assert topic.weight == pytest.approx(row["weight"], rel=1e-5)
            np.testing.assert_allclose(topic.probabilities, row["probabilities"])
            np.testing.assert_allclose(topic.specificities, row["specificities"])


def test_what_was_described_is_not_described_again():
    tree, _, _, described = grown(1, "central")
    before = described.topics(cut_nodes(tree, 5))

    after = described.topics(cut_nodes(tree, 6))

    assert len({id(topic) for topic in before} & {id(topic) for topic in after}) == 4


def test_a_cache_that_is_full_is_begun_anew(monkeypatch):
    monkeypatch.setattr(node_topics, "KEPT_TOPICS", 3)
    tree, _, _, described = grown(2, "central")

    shown = [described.topics(cut_nodes(tree, count)) for count in (3, 2, 5, 3)]

    assert [len(topics) for topics in shown] == [3, 2, 5, 3]
    assert [t.words for t in shown[0]] == [t.words for t in shown[3]]


@settings(max_examples=20)
@given(seed=st.integers(0, 1000), count=st.integers(1, FEATURES))
def test_shares_of_nodes_add_up_to_those_of_items(seed, count):
    tree, material, _, described = grown(seed, "central")

    shares = described.shares(cut_nodes(tree, count))

    np.testing.assert_allclose(shares.sum(axis=0), material.shares.sum(axis=1), rtol=1e-5)


def test_a_slider_that_was_warmed_describes_no_topic_anew(monkeypatch):
    tree, _, _, described = grown(3, "central")
    described.warm()
    monkeypatch.setattr(described, "_described", lambda nodes: dict.fromkeys(nodes.tolist()))

    for count in (4, 3, 2):
        assert all(described.topics(cut_nodes(tree, count)))
