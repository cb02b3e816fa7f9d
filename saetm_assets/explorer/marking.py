"""Words of a topic marked in a text."""

import re
from collections.abc import Collection

from markupsafe import Markup, escape

from resources.lexicon import open_lexicon

WORD = re.compile(r"[^\W\d_]+")


def marked(text: str, words: Collection[str]) -> Markup:
    """Escape a text and mark the words in it that are, or are forms of, some words.

    Args:
        text: any text.
        words: lemmas in lower case.
    """
    found = {token.casefold() for token in WORD.findall(text)}
    wanted = found & _forms_among(found, frozenset(words))
    parts, end = [], 0
    for match in WORD.finditer(text):
        if match[0].casefold() in wanted:
            parts += [escape(text[end : match.start()]), Markup("<mark>%s</mark>") % match[0]]
            end = match.end()
    return Markup("").join([*parts, escape(text[end:])])


def _forms_among(tokens: set[str], words: frozenset[str]) -> set[str]:
    """Return the tokens whose lemma is one of some words, or that are themselves."""
    ordered = sorted(tokens)
    lemmas = open_lexicon("simplemma", None, download=False).lemmas(ordered)
    return {
        token
        for token, found in zip(ordered, lemmas, strict=True)
        if token in words or not words.isdisjoint(found)
    }
