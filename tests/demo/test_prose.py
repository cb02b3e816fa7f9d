import pytest

from saetm_assets.demo.prose import MOST, prose


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("Uses ``x`` and `y`.", "Uses x and y."),
        ("See :class:`~a.b.Name` or :func:`this one <a.b>`.", "See Name or this one."),
        ("Read `the guide <https://a.org>`_ first.", "Read the guide first."),
        ("Read [the guide](https://a.org) first.", "Read the guide first."),
        ("A **bold** and *slanted* word, 2 * 3 * 4.", "A bold and slanted word, 2 * 3 * 4."),
        ("Due to Ward [1]_, [2]_.", "Due to Ward."),
        (
            "Returns a :class:`.Style` of :meth:`!run` for Module\\ s.",
            "Returns a Style of run for Modules.",
        ),
        ("Two\nlines.", "Two lines."),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_markup_is_taken_off(marked, plain):
    assert prose(marked) == plain


@pytest.mark.parametrize(
    "section",
    [
        "Parameters\n----------\nx : int\n    A number.",
        "Args:\n    x: a number.",
        ":param x: a number.",
        "Example\n=======\nText.",
        ">>> add(1)\n2",
        "Examples:\n\n    >>> add(1)\n    2",
    ],
)
def test_reading_stops_at_the_first_section(section):
    assert (
        prose(f"Add a number.\n\nIt is kept.\n\n{section}\n\nMore.") == "Add a number. It is kept."
    )


def test_section_within_a_paragraph_ends_it():
    assert prose("Add a number.\n:param x: the number.") == "Add a number."


@pytest.mark.parametrize(
    "block",
    [
        ".. versionadded:: 1.0\n   A note.",
        "    x = add(1)",
        "```python\nadd(1)\n```",
        "=====  =====\nA      B",
        "from a import b",
    ],
)
def test_code_tables_and_directives_are_left_out(block):
    assert prose(f"Add a number.\n\n{block}\n\nIt is kept.") == "Add a number. It is kept."


def test_long_descriptions_are_cut_between_paragraphs():
    paragraph = "word " * 50
    words = prose("\n\n".join([paragraph] * 10)).split()

    assert len(words) == 150 <= MOST
