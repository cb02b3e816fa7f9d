"""The words of a text, where nobody brings a better analyser."""

import re

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

_WORD = re.compile(r"[^\W\d_]{3,}")


def english_words(text: str) -> list[str]:
    """Return the runs of at least three letters in lower case, without English stop words.

    Example:
        >>> english_words("The 3 boats left the harbour; the café didn't.")
        ['boats', 'left', 'harbour', 'café', 'didn']
    """
    return [word for word in _WORD.findall(text.lower()) if word not in ENGLISH_STOP_WORDS]
