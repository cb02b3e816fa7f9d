import base64
import re

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from saetm.errors import InputError
from saetm.options import check_name
from saetm_assets.links import Links
from saetm_assets.topic_table import topic_table

LINKS = Links("http://127.0.0.1:3001", "http://127.0.0.1:3000")
HOSTILE = ['](javascript:alert(1)) | <img src=x onerror="alert(1)">', "`x`\n\n# head", "\u202e|"]
NAMES = st.text(min_size=1, max_size=30)
ROW = re.compile(
    r"\| \[(t[0-9a-f]+)\]\((http://127\.0\.0\.1:3001/d/[\w.~%-]+/topic/\1\?k=3)\)"
    r" \| [\d.]+% \| [\d,]+ \| !\[picture\]\(data:image/svg\+xml;base64,([\w+/=]+)\) \|"
)


def table(dataset, words, count=2):
    topics = pl.DataFrame(
        {
            "topic_id": [f"t{number:010x}" for number in range(count)],
            "topic_count": [3] * count,
            "weight": [0.25] * count,
            "item_count": [1200] * count,
            "words": [words] * count,
        }
    )
    return topic_table(topics, dataset, LINKS).value


@given(NAMES, st.lists(st.text(max_size=20), max_size=8))
def test_whatever_names_and_words_are_the_markdown_holds_links_figures_and_pictures(name, words):
    try:
        dataset = check_name(name)
    except InputError:
        dataset = "prints"
    _, _, *rows = table(dataset, words).split("\n")

    assert all(ROW.fullmatch(row) for row in rows)
    assert len(rows) == 2


def test_hostile_words_stand_in_the_picture_alone():
    shown = table("a](b) | <b>", HOSTILE)

    assert not re.search(r"javascript|onerror|<|`", shown)
    pictures = [base64.b64decode(ROW.fullmatch(row)[3]) for row in shown.split("\n")[2:]]
    assert all(b"](javascript:alert(1)) | &lt;" in picture for picture in pictures)


def test_a_thousand_topics_stay_small_enough_for_the_event_log():
    assert len(table("prints", ["a word of sixteen"] * 8, count=1000)) < 100_000


def test_addresses_are_those_of_the_pages():
    assert LINKS.page("a b/c", "topics", k=50, q="x&y") == (
        "http://127.0.0.1:3001/d/a%20b%2Fc/topics?k=50&q=x%26y"
    )
    assert LINKS.topic("prints", "t1", 40) == "http://127.0.0.1:3001/d/prints/topic/t1?k=40"
    assert LINKS.run("8f/..") == "http://127.0.0.1:3000/runs/8f%2F.."
