import json
from datetime import date
from typing import get_args
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from saetm.errors import InputError
from saetm.options import (
    DatasetOptions,
    build_options,
    check_name,
    merge_trees,
    parse_settings,
)
from saetm.presets import PresetName
from tests.strategies import ABSURD_NAMES

KEYS = st.sampled_from("abc")
TREES = st.recursive(
    st.dictionaries(KEYS, st.integers(0, 3), max_size=3),
    lambda inner: st.dictionaries(KEYS, inner | st.integers(0, 3), max_size=3),
    max_leaves=8,
)


def is_one_sentence(message):
    return 10 < len(message) < 400 and "\n" not in message and "Traceback" not in message


@given(TREES)
def test_an_empty_tree_changes_nothing(tree):
    assert merge_trees(tree, {}) == tree
    assert merge_trees({}, tree) == tree
    assert merge_trees(tree, tree) == tree


@given(TREES, TREES, TREES)
def test_trees_may_be_merged_in_any_grouping_when_leaves_meet_leaves(one, two, three):
    def keep(tree, depth=2):
        """Let every leaf lie equally deep, so that no leaf meets a branch."""
        if depth == 0:
            return 1 if isinstance(tree, dict) else tree
        return {k: keep(v, depth - 1) for k, v in tree.items() if isinstance(v, dict)}

    one, two, three = keep(one), keep(two), keep(three)

    left = merge_trees(merge_trees(one, two), three)
    assert left == merge_trees(one, merge_trees(two, three))


@given(TREES, TREES)
def test_the_upper_leaf_wins_and_no_key_is_lost(under, over):
    merged = merge_trees(under, over)

    assert set(merged) == {*under, *over}
    for key, value in merged.items():
        if key not in over:
            assert value == under[key]
        elif not (isinstance(under.get(key), dict) and isinstance(over[key], dict)):
            assert value == over[key]
        else:
            assert value == merge_trees(under[key], over[key])


@given(TREES, TREES)
def test_merging_leaves_both_trees_as_they_were(under, over):
    copies = (repr(under), repr(over))
    merge_trees(under, over)

    assert (repr(under), repr(over)) == copies


@pytest.mark.parametrize(
    ("setting", "tree"),
    [
        ("topic_count=50", {"topic_count": 50}),
        ("sae.kind=topk", {"sae": {"kind": "topk"}}),
        ("topic_counts=[5, 10]", {"topic_counts": [5, 10]}),
        ('captioner="openai:a=b"', {"captioner": "openai:a=b"}),
        ("captioner=openai:a=b", {"captioner": "openai:a=b"}),
        ("emission.idf_weighting=false", {"emission": {"idf_weighting": False}}),
        ("encoder=", {"encoder": ""}),
        ("encoder=2024-01-01", {"encoder": "2024-01-01"}),
        ("encoder=[2024-01-01]", {"encoder": ["2024-01-01"]}),
        ("encoder=1\nchat=2", {"encoder": "1\nchat=2"}),
        ("sae={kind='l1'}", {"sae": {"kind": "l1"}}),
    ],
    ids=repr,
)
def test_settings_are_read_as_people_write_them(setting, tree):
    assert parse_settings([setting]) == tree


def test_later_settings_win_leaf_by_leaf():
    settings = ["sae.kind=l1", "sae.seed=3", "sae.kind=topk"]

    assert parse_settings(settings) == {"sae": {"kind": "topk", "seed": 3}}


@pytest.mark.parametrize(
    "setting",
    ["", "a", "=1", "a.=1", ".a=1", "a..b=1", "A=1", "a b=1", "é=1", "a" * 9999],
    ids=repr,
)
def test_what_is_no_setting_is_refused_in_one_sentence(setting):
    with pytest.raises(InputError) as caught:
        parse_settings([setting])

    assert is_one_sentence(str(caught.value))


@given(st.text(max_size=30))
def test_no_value_can_break_the_parser_or_reach_another_key(value):
    assert list(parse_settings([f"encoder={value}"])) == ["encoder"]


@pytest.mark.parametrize("value", ["[" * 9999, "9" * 9999, "{a=" * 9999, "1" + "_1" * 9999])
def test_a_monstrous_value_is_plain_text(value):
    assert parse_settings([f"encoder={value}"]) == {"encoder": value}


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"colour": 1}, "no option colour"),
        ({"sae": {"colour": 1}}, "no option sae.colour"),
        ({"sae": 5}, "option sae: "),
        ({"sae": None}, "option sae: "),
        ({"vocabulary": [[[]]]}, "option vocabulary: "),
        ({"topic_count": 0}, "option topic_count: "),
        ({"topic_count": 2.5}, "option topic_count: "),
        ({"topic_count": 10**30}, "option topic_count: "),
        ({"topic_counts": []}, "option topic_counts: "),
        ({"topic_counts": [5, -1]}, "option topic_counts.1: "),
        ({"topic_counts": 5}, "option topic_counts: "),
        ({"modality": "video"}, "option modality: "),
        ({"modality": "v\n" * 9999}, "option modality: "),
        ({"captioner": None}, "option captioner: "),
        ({"sae": {"learning_rate": float("inf")}}, "infinite"),
        ({"sae": {"learning_rate": float("nan")}}, "infinite"),
        ({"captioner": "\udcff"}, "no Unicode"),
        ({"a\nb": 1}, "no option"),
        ({"emission": {"heldout_share": 0}}, "option emission: heldout_share is 0"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_bad_option_is_named_in_one_sentence(tree, words):
    with pytest.raises(InputError) as caught:
        build_options(tree)

    assert words in str(caught.value)
    assert is_one_sentence(str(caught.value))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
OPTION_NAMES = st.sampled_from([*DatasetOptions.model_fields]) | st.text(max_size=5)


@given(st.dictionaries(OPTION_NAMES, JSON, max_size=3))
def test_options_are_built_or_refused_in_one_sentence(tree):
    try:
        options = build_options(tree)
    except InputError as error:
        assert is_one_sentence(str(error))  # noqa: PT017  both outcomes are lawful
    else:
        assert build_options(options.model_dump(mode="json")) == options


def test_a_date_in_a_file_of_options_is_text():
    assert build_options({"captioner": date(2024, 1, 2)}).captioner == "2024-01-02"


def test_options_are_frozen_and_cuts_hold_the_shown_one():
    options = build_options({"topic_counts": [50, 10, 10], "topic_count": 20})

    assert options.cuts() == [10, 20, 50]
    with pytest.raises(ValidationError):
        options.topic_count = 3


def test_a_part_depends_on_the_named_options_alone():
    plain, other = build_options({}), build_options({"chat": "openai:m"})

    assert plain.part("sae", "topics") == other.part("sae", "topics")
    assert plain.part("sae", "topics") == plain.part("topics", "sae")
    assert plain.part("sae", "chat") != other.part("sae", "chat")


LAWFUL = [name for name in ABSURD_NAMES if name not in {"..", "back\\slash"}]


@pytest.mark.parametrize("name", [*LAWFUL, "x" * 100, "é" * 40, "海" * 26, "-", "a.b", "0"])
def test_people_may_call_a_dataset_what_they_like(name):
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *["", " ", " a", "a ", "a/b", "/", "a\\b", ".", "..", ".hidden", "a...b", "\u3000a"],
        *["a\nb", "a\x00b", "a\tb", "a\x7fb", "a\x85b", "a\u2028b", "a\udcff"],
        *["x" * 101, "海" * 27, "__HIVE_DEFAULT_PARTITION__"],
    ],
    ids=repr,
)
def test_names_that_would_do_harm_are_refused_in_one_sentence(name):
    with pytest.raises(InputError) as caught:
        check_name(name)

    assert is_one_sentence(str(caught.value))


@given(st.text(max_size=110))
def test_a_lawful_name_is_one_part_of_a_path(name):
    try:
        check_name(name)
    except InputError:
        return

    assert not set(name) & set("/\\\x00\n")
    assert name not in {"", ".", ".."}
    assert name == name.strip()
    assert len(f"dataset={quote(name, safe='')}".encode()) <= 255


@pytest.mark.parametrize("name", get_args(PresetName))
@pytest.mark.parametrize("modality", ["image", "text"])
def test_every_preset_is_a_set_of_options_and_comes_back_from_its_values(name, modality):
    options = build_options({"preset": name, "modality": modality})

    assert build_options(json.loads(options.model_dump_json(exclude_defaults=True))) == options


def test_options_that_are_given_win_over_those_of_a_preset_even_where_they_are_defaults():
    own = {"caption_prompt": "factual", "sae": {"batch_size": 128}, "chat": "embedded"}

    options = build_options({"preset": "paper", "modality": "image", **own})

    assert (options.caption_prompt, options.chat) == ("factual", "embedded")
    assert (options.sae.batch_size, options.sae.dictionary_size) == (128, 24_576)
    assert options.captioner == "vllm:OpenGVLab/InternVL3_5-14B-HF"
    stored = json.loads(options.model_dump_json(exclude_defaults=True))
    assert build_options(stored) == options


@pytest.mark.parametrize(
    ("tree", "complaint"),
    [
        ({"preset": "huge", "modality": "text"}, "no preset 'huge'; there are: embedded, small"),
        ({"preset": ["paper"], "modality": "text"}, "no preset"),
        ({"preset": "paper"}, "say what the items are"),
        ({"preset": "paper", "modality": "sound"}, "say what the items are"),
    ],
)
def test_presets_that_are_none_are_refused(tree, complaint):
    with pytest.raises(InputError, match=complaint):
        build_options(tree)
