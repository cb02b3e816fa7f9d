"""Takes the prose out of a docstring: no examples, no parameter lists, no markup."""

import re
from collections.abc import Iterator
from inspect import cleandoc

MOST = 160  # words kept: the summary and description; what follows is detail

_UNDERLINE = re.compile(r"^\s*[-=~^*\"]{3,}\s*$")
_SECTION = re.compile(r"^(:\w[^:]*:|@\w+|[A-Z][\w ]{2,24}:{1,2}$)")  # :param x:, @param, "Args:"
_LITERAL = re.compile(
    r">>>|```|^\s*\||\S {3,}\S|^\s*[-+=]{4,}|[{};=]\s*$|^\s{4,}\S|^(from|import) \w"
)
_REPLACEMENTS = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (r":[\w:+-]+:`[~!]?(?:[\w.]*\.)?([^`<]+?)(?:\s*<[^`]*>)?`", r"\1"),  # :class:`~a.b.Name`
        (r"`([^`<]+?)\s*<[^`>]*>`_{0,2}", r"\1"),  # `words <address>`_
        (r"\[([^\]]+)\]\((?:[^)]*)\)", r"\1"),  # [words](address)
        (r"(?:,?\s*\[[\w#]+\]_)+", ""),  # citations
        (r"https?://\S+", ""),
        (r"`+([^`]*)`+_{0,2}", r"\1"),
        (r"\*\*([^*]+)\*\*", r"\1"),
        (r"(?<!\w)\*([^*\s][^*]*)\*(?!\w)", r"\1"),
        (r"\\ ", ""),  # an escaped space joins markup to a word
        (r"::", ":"),
        (r"\s+", " "),
    )
)


def prose(docstring: str) -> str:
    r"""Return summary and description of a docstring as one line of plain text.

    Reading stops at the first section (Parameters, Args:, :param x:) or example; paragraphs of
    code, tables and directives are left out.

    Example:
        >>> prose("Add ``x`` to the heap.\n\nArgs:\n    x: what to add.")
        'Add x to the heap.'
    """
    kept: list[str] = []
    words = 0
    for paragraph in _paragraphs(cleandoc(docstring)):
        if kept and words + len(paragraph.split()) > MOST:
            break
        kept.append(paragraph)
        words += len(paragraph.split())
    return _plain(" ".join(kept)).strip()


def _paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs of prose before the first section."""
    for paragraph in re.split(r"\n\s*\n", text):
        lines = paragraph.splitlines() or [""]
        if any(_UNDERLINE.match(line) for line in lines) or _SECTION.match(lines[0].strip()):
            return
        if ">>>" in paragraph:
            return
        body = _before_section(lines)
        if body and not lines[0].startswith("..") and not any(map(_LITERAL.search, body)):
            yield " ".join(line.strip() for line in body)


def _before_section(lines: list[str]) -> list[str]:
    """Cut a paragraph where a field list or a section begins within it."""
    for place, line in enumerate(lines):
        if _SECTION.match(line.strip()):
            return lines[:place]
    return lines


def _plain(text: str) -> str:
    """Take the markup of reStructuredText and Markdown off a text."""
    for pattern, new in _REPLACEMENTS:
        text = pattern.sub(new, text)
    return text
