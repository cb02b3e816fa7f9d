"""A feature described by rule: on which words it fires, among which words, and what kind it is."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from saetm.prompts.wording import clean, shorten
from saetm.tokens.config import Verdict
from saetm.tokens.contexts import Context

MAJORITY = 0.6  # of the contexts, that a verdict needs
FIRING_WORDS, SPECIFIC_WORDS = 3, 3  # in a description
LONGEST = 40  # characters of a word in it


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


# Inflections and clitics, which tokenizers part from their words.
ENDINGS = _words("s es d ed t st nd rd th er est ing ings ly n't ll re ve m 's 'd 'll 're 've 'm n")
APOSTROPHES = ("'", "\N{RIGHT SINGLE QUOTATION MARK}")
# Words of scikit-learn's list of stop words that name things or acts.
CONTENT = _words(
    "amount bill bottom call computer cry describe detail empty fill find fire front full interest "
    "mill move name part serious show side sincere system thick thin top"
)
KEYWORDS = _words(
    "argc argv bool char cout const def elif endif enum fprintf getline ifdef ifndef impl int "
    "javascript malloc namespace null nullptr printf println println sizeof stderr stdin stdlib "
    "stdout strcmp strcpy struct typedef uint void xor"
)
CODE = re.compile(
    r"[{};]\s*$|\w\(\)|\w\s*[=!]=\s*\w|::|->|&&|\|\||#(?:include|define)|/\*|\*/|<\w+>|0x[0-9a-f]+"
)
SIGNS = frozenset("+=^*\N{MULTIPLICATION SIGN}÷±√∑∫≤≥≈")
OPERAND = re.compile(r"[\w()\\]")


def describe_feature(contexts: Sequence[Context], words: Iterable[str]) -> str:
    """Describe a feature by the words that it fires on, and words of the items where it does.

    Args:
        contexts: where it is strongest, the strongest first.
        words: most specific to the items that it fires in, best first.

    Returns:
        Such as "goalie, goaltender (with hockey, playoff, season)"; nothing where there is nothing
        to read.
    """
    firing = list(islice(_distinct(each.word for each in contexts), FIRING_WORDS))
    near = [word for word in _distinct(words) if word not in {one.casefold() for one in firing}]
    shown = ", ".join(near[:SPECIFIC_WORDS])
    if not firing:
        return shown
    return f"{', '.join(firing)} (with {shown})" if shown else ", ".join(firing)


def verdict_by_rule(contexts: Sequence[Context], stop_words: frozenset[str]) -> Verdict | None:
    """Say what kind of feature this is that topics are not made of; None of all others.

    Six in ten of the contexts have to agree, in this order: words of programming languages or
    code around the token; a sign of mathematics between operands; an inflection at the end of a
    word; a stop word; a token of one letter or none.

    Args:
        contexts: where it is strongest; of none nothing is known.
        stop_words: lower case.
    """
    rules: dict[Verdict, Callable[[Context], bool]] = {
        "programming": _is_code,
        "mathematics": _is_formula,
        "grammar": _is_ending,
        "stop_words": lambda each: each.word.casefold() in stop_words - CONTENT,
        "formatting": lambda each: sum(map(str.isalpha, each.token)) <= 1,
    }
    for verdict, holds in rules.items():
        if contexts and sum(map(holds, contexts)) >= MAJORITY * len(contexts):
            return verdict
    return None


def _is_code(context: Context) -> bool:
    """Tell whether the token is of a programming language, or stands in its punctuation."""
    if context.word.casefold() in KEYWORDS or "_" in context.word.strip("_"):
        return True
    near = context.text[max(0, context.start - 20) : context.start + len(context.token) + 20]
    return len(CODE.findall(near)) >= 2


def _is_formula(context: Context) -> bool:
    """Tell whether the token is a sign of mathematics between two operands; a rule is none."""
    token = context.token.strip()
    before, after = (
        context.text[: context.start],
        context.text[context.start + len(context.token) :],
    )
    sides = before.rstrip()[-1:], after.lstrip()[:1]
    return token in SIGNS and all(OPERAND.match(side) for side in sides)


def _is_ending(context: Context) -> bool:
    """Tell whether the token ends a word: lower case, behind a letter or an apostrophe."""
    token = context.token.strip()
    before = context.text[: context.start + context.token.find(token)][-1:]
    return token in ENDINGS and (before.isalpha() or before in APOSTROPHES)


def _distinct(words: Iterable[str]) -> Iterable[str]:
    """Yield cleaned words that can be read, each once whatever its case and plural."""
    seen: Counter[str] = Counter()
    for word in map(clean, words):
        key = word.casefold().removesuffix("s")
        if word and not seen[key]:
            yield shorten(word, LONGEST)
        seen[key] += 1
