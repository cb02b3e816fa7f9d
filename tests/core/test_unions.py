"""What a union consists of, and what may not be in one."""

import dataclasses

import polars as pl
import pytest

from saetm.errors import InputError
from saetm.options import build_options
from saetm.owed import Stage, owed, stage_for, with_members
from saetm.tables import ACTIVATIONS, BAGS, ITEMS, TOPICS
from saetm.unions import Member, Membership, check_alike, joint_producer, made_by, once

UNION = build_options({"members": ["a", "b"]})
TRAINED = build_options({"members": ["a", "b"], "autoencoder": "train"})
A = Member("a", "text", "given", "nltk of given", "minilm@1 of given captions", "x")


def rows(*pairs):
    return pl.LazyFrame(
        {
            "dataset": [dataset for dataset, _ in pairs],
            "item_id": [item for _, item in pairs],
            "producer": ["p"] * len(pairs),
        }
    )


def test_what_was_computed_of_an_item_of_two_members_is_there_once_by_the_first():
    every = rows(("b", "1"), ("b", "2"), ("a", "1"), ("c", "3"))
    union = Membership(("a", "b"), own_codes=False)

    assert union.rows(every, BAGS).collect().rows() == [("a", "1", "p"), ("b", "2", "p")]
    assert union.rows(every, ITEMS).collect()["dataset"].to_list() == ["a", "b", "b"]


def test_a_union_that_trains_has_activations_of_its_own():
    assert Membership(("a", "b"), own_codes=False).has(ACTIVATIONS)
    assert not Membership(("a", "b"), own_codes=True).has(ACTIVATIONS)
    assert not Membership(("a", "b"), own_codes=False).has(TOPICS)


def test_producers_of_several_members_are_found_by_their_joint_name():
    both = rows(("a", "1"), ("b", "1")).with_columns(producer=pl.Series(["one", "two"]))
    joint = joint_producer(["two", "one"])

    found = once(both.filter(made_by(joint)), joint).collect()

    assert found["producer"].to_list() == ["one"]


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"sae_id": "y"}, "different autoencoders"),
        ({"encoder": "siglip@1 of images"}, "give both one encoder"),
        ({"lexicon": "simplemma of given"}, "SAETM_LEXICON"),
        ({"captioner": "openai:m"}, "give both one captioner"),
    ],
)
def test_members_whose_rows_do_not_mean_the_same_are_refused(other, told):
    with pytest.raises(InputError, match=told):
        check_alike("u", [A, dataclasses.replace(A, name="b", **other)], trains=False)


def test_images_beside_texts_may_have_another_captioner_and_what_was_read_may_differ():
    images = Member("b", "image", "vllm:m", "nltk of vllm:m", "minilm@1 of vllm:m captions", "x")

    check_alike("u", [A, images], trains=False)
    check_alike("u", [A, dataclasses.replace(images, sae_id="y")], trains=True)


@dataclasses.dataclass(frozen=True)
class Entry:
    input_version: str
    data_version: str


LINE = [
    Stage("items", "1", ("modality",), ()),
    Stage("bags", "1", (), ("items",)),
    Stage("sae_checkpoints", "1", ("sae",), ("items",)),
    Stage("topics", "1", ("topics",), ("bags", "sae_checkpoints")),
]


def current(options, members):
    """Return the ledger of a union that owes nothing, with its members' entries."""
    ledger = with_members(members, "u", options)
    for stage in LINE:
        version = owed([stage], options, ledger)[stage.name]
        ledger[stage.name] = Entry(version, f"data of {stage.name}")
    return ledger


def test_a_change_of_a_member_is_owed_by_its_union():
    entries = {asset: Entry("v", "1") for asset in ("items", "bags", "sae_checkpoints")}
    ledger = current(UNION, {"a": entries, "b": entries})

    assert owed(LINE, UNION, ledger) == {}
    assert list(owed(LINE, UNION, ledger | {"b/bags": Entry("v", "2")})) == ["bags"]
    assert list(owed(LINE, UNION, ledger | {"a/items": Entry("v", "2")})) == ["items"]
    assert list(owed(LINE, UNION, ledger | {"b/sae_checkpoints": Entry("v", "2")})) == [
        "sae_checkpoints"
    ]


def test_a_union_that_trains_does_not_mind_the_autoencoders_of_its_members():
    stage = LINE[2]

    assert stage_for(stage, TRAINED) == stage
    assert stage_for(stage, UNION).upstream == ("items", "a/sae_checkpoints", "b/sae_checkpoints")
    assert stage_for(stage, build_options({})) == stage
