from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from saetm.cuts import Material
from saetm.emission.emissions import Emissions
from saetm.errors import ContractError
from saetm.evidence import merging_vectors
from saetm.topics.config import TopicConfig
from saetm.topics.cut import cut
from saetm.topics.directions import item_directions
from saetm.topics.vectors import even_out, feature_vectors
from saetm.topics.ward import ward_tree

PAPER = TopicConfig(direction_share=0, evenness=0)
DECODER = np.random.default_rng(5).normal(size=(12, 6))


def themes_of_two_kinds():
    """Twelve features; words tell apart 0-5 from 6-11, items tell apart even from odd ones."""
    by_words, by_items = np.arange(12) // 6, np.arange(12) % 2
    theta = np.zeros((60, 12))
    for item in range(60):
        held = np.flatnonzero(by_items == item % 2)
        theta[item, np.random.default_rng(item).permutation(held)[:4]] = 0.25
    rows = np.where(np.arange(8) // 4 == by_words[:, None], 0.2, 0.05)
    return Material(
        sae_id="sae",
        item_ids=[f"item{item:02d}" for item in range(60)],
        shares=sparse.csr_array(theta.astype(np.float32)),
        weights=theta.mean(axis=0),
        item_counts=(theta > 0).sum(axis=0),
        emissions=Emissions(sparse.csr_array(rows.astype(np.float32)), np.zeros(12), rows.mean(0)),
        words=list("abcdefgh"),
        word_vectors=np.eye(2)[np.arange(8) // 4],
    )


def groups(material, config, count):
    vectors = merging_vectors(material, DECODER, config)
    labels = cut(ward_tree(vectors, material.weights), count)
    return {tuple(np.flatnonzero(labels == topic)) for topic in range(count)}


def test_words_alone_items_alone_and_both_find_what_each_can_tell_apart():
    material = themes_of_two_kinds()
    by_words = {tuple(range(6)), tuple(range(6, 12))}
    by_items = {tuple(range(0, 12, 2)), tuple(range(1, 12, 2))}
    by_both = {tuple(range(first, first + 6, 2)) for first in (0, 1, 6, 7)}

    assert groups(material, TopicConfig(direction_share=0), 2) == by_words
    assert groups(material, TopicConfig(direction_share=1), 2) == by_items
    assert groups(material, TopicConfig(), 4) == by_both


def test_features_without_words_are_merged_by_their_items():
    material = themes_of_two_kinds()
    wordless = replace(material, word_vectors=None)

    np.testing.assert_array_equal(
        merging_vectors(wordless, DECODER, TopicConfig()),
        merging_vectors(material, DECODER, TopicConfig(direction_share=1)),
    )
    np.testing.assert_array_equal(
        merging_vectors(wordless, DECODER, TopicConfig(direction_share=0)),
        merging_vectors(material, DECODER, TopicConfig(direction_share=1)),
    )


def test_the_way_of_the_paper_is_words_alone_up_to_a_scale():
    material = themes_of_two_kinds()
    raw = feature_vectors(material.emissions, material.word_vectors)

    vectors = merging_vectors(material, DECODER, PAPER)

    plain = even_out(raw, material.weights, evenness=0)
    np.testing.assert_allclose(vectors / vectors[0, 0], plain / plain[0, 0])


def test_items_are_read_through_the_decoder():
    material = themes_of_two_kinds()
    items_alone = TopicConfig(direction_share=1, evenness=1)

    vectors = merging_vectors(material, DECODER, items_alone)

    raw = item_directions(material.shares, DECODER)
    np.testing.assert_allclose(vectors, even_out(raw, material.weights, evenness=1))


def test_nothing_active_is_nothing_to_merge():
    material = replace(themes_of_two_kinds(), weights=np.zeros(12))

    with pytest.raises(ContractError, match="nothing to merge"):
        merging_vectors(material, DECODER, TopicConfig())
