"""A topic named by rule from its words and captions, where no language model is at hand."""

from collections.abc import Iterable
from itertools import takewhile
from string import punctuation

from saetm.prompts.summaries import Category, TopicBrief, TopicSummary
from saetm.prompts.wording import clean, shorten

_LABEL_WORDS = 3
_SENTENCE_WORDS = 5
_WORD = 24  # characters; longer words are cut, so that a label stays a label
_EXAMPLE = 140  # characters of the caption in a description
_SAME_STEM = 0.65  # share of the longer word that two forms of one word have in common


def describe(brief: TopicBrief, category: Category) -> TopicSummary:
    """Summarise a topic without a language model.

    Args:
        brief: the topic.
        category: what kind of topic it is, found out elsewhere.

    Returns:
        As label the three most specific words, those of nearby topics last and no two forms of
        one word ("Hockey, Playoff, Goalie"); as description the five most specific words with
        the beginning of its most representative caption. Where specific words are few, the most
        probable ones follow.
    """
    nearby = {word.casefold() for word in _parts(brief.nearby_words)}
    candidates = _parts([*brief.specific_words, *(word for word, _ in brief.words)])
    own_first = sorted(candidates, key=lambda word: word.casefold() in nearby)
    return TopicSummary(
        label=", ".join(_distinct(map(_title, own_first), _LABEL_WORDS)),
        description=_sentence(_distinct(own_first, _SENTENCE_WORDS), brief.captions),
        category=category,
    )


def _parts(words: Iterable[str]) -> list[str]:
    """Split phrases into words, without the marks around them; drop what no one can read."""
    parts = (part.strip(punctuation)[:_WORD] for word in words for part in clean(word).split())
    return [part for part in parts if any(character.isalnum() for character in part)]


def _distinct(words: Iterable[str], count: int) -> list[str]:
    """Return the first words of which no two are forms of the same word."""
    kept: list[str] = []
    for word in words:
        if len(kept) == count:
            break
        if not any(_are_forms(_stem(word), _stem(other)) for other in kept):
            kept.append(word)
    return kept


def _are_forms(one: str, other: str) -> bool:
    """Tell whether two stems are one word inflected, or one contains the other."""
    short, long = sorted((one, other), key=len)
    if long.startswith(short) or (len(short) >= 4 and short in long):
        return True
    shared = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(short, long, strict=False))
    )
    return shared >= _SAME_STEM * len(long)


def _stem(word: str) -> str:
    """Fold case and the English plural."""
    folded = word.casefold()
    if folded.endswith("ies") and len(folded) > 4:
        return folded[:-3] + "y"
    return folded[:-1] if folded.endswith("s") and len(folded) > 3 else folded


def _title(word: str) -> str:
    return word[:1].upper() + word[1:]


def _sentence(words: list[str], captions: tuple[str, ...]) -> str:
    *first, last = words
    listing = f"{', '.join(first)} and {last}" if first else last
    example = shorten(captions[0], _EXAMPLE).rstrip(" .") if captions else ""
    return f"About {listing}, as in “{example}”." if example else f"About {listing}."
