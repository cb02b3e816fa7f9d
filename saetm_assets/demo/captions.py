"""Writes captions of prints with a small grammar: subjects, a setting, and a closing remark."""

import numpy as np

from saetm_assets.demo.phrases import PHRASES

FEWEST, MOST = 15, 40  # words of a caption

_OPENINGS = (
    "This print shows", "A woodblock print of", "The artist has drawn",
    "A colour print of",
    "The picture brings together", "A quiet study of", "In this design we see", "A lively view of",
    "The composition is built around", "An intimate scene with", "A well-balanced picture of",
    "The sheet presents",
)  # fmt: skip

_SETTINGS = (
    "in Edo", "near Kyoto", "in Osaka", "on the Tokaido", "in the province of Kai",
    "on the outskirts of the capital", "in the north", "somewhere in Omi", "at Ryogoku",
    "in a famous place", "as a poem describes it", "as in an old tale", "at an unhurried hour",
    "on a holiday", "at Asakusa", "in Nagasaki", "in the neighbourhood of Nara",
)  # fmt: skip

_LINKS = (
    "Close by we see {}", "Beyond this the eye finds {}", "Beside it the artist has set {}",
    "Room is left for {}", "The other half belongs to {}", "The eye then moves to {}",
    "Behind, one makes out {}",
)  # fmt: skip

_REMARKS = (
    "The mood is calm.",
    "The mood is solemn and still.",
    "Everything feels light and playful.",
    "The whole has a melancholy air.",
    "The colours are soft and few.",
    "Flat colours meet in clear black outlines.",
    "The outlines are firm and sure.",
    "A red seal stands in the corner.",
    "The title is written in a narrow panel.",
    "The tones grade gently into each other.",
    "The paper shows its grain.",
    "There is tension in the air.",
    "It is a tender picture.",
    "The arrangement is bold and simple.",
    "Little else disturbs the scene.",
    "The printing is crisp and even.",
)


def write_caption(motifs: tuple[str, ...], *, number: int, seed: int) -> str:
    """Write one caption of 15 to 40 words that names every motif, in an order of its own.

    Args:
        motifs: two to four names of motifs.
        number: number of the print; each print has its own chance.
        seed: seed of the whole collection.

    Returns:
        One to three sentences.
    """
    rng = np.random.default_rng([seed, number, 2])
    order = [motifs[place] for place in rng.permutation(len(motifs))]
    caption = _compose(rng, [_subject(rng, motif, detailed=0.8) for motif in order])
    while _length(caption) > MOST:
        caption = _compose(rng, [_subject(rng, motif, detailed=0.4) for motif in order])
    if _length(caption) < FEWEST or (_length(caption) < MOST - 12 and rng.random() < 0.4):
        caption += " " + _pick(rng, _REMARKS)
    while _length(caption) < FEWEST:
        caption += " " + _pick(rng, tuple(text for text in _REMARKS if text not in caption))
    return caption


def _compose(rng: np.random.Generator, subjects: list[str]) -> str:
    """Arrange the subjects in one or two sentences, with a setting in most of them."""
    setting = " " + _pick(rng, _SETTINGS) if rng.random() < 0.6 else ""
    lead = _pick(rng, _OPENINGS) + " " if rng.random() < 0.65 else ""
    if rng.random() < 0.5:
        return _sentence(f"{lead}{_listed(rng, subjects)}{setting}")
    first = _sentence(f"{lead}{subjects[0]}{setting}")
    return first + " " + _sentence(_pick(rng, _LINKS).format(_listed(rng, subjects[1:])))


def _subject(rng: np.random.Generator, motif: str, *, detailed: float) -> str:
    """Return a name of the motif, with a detail in a share of the cases."""
    phrases = PHRASES[motif]
    name = _pick(rng, phrases.names)
    fresh = tuple(text for text in phrases.details if not _echoes(name, text))
    return f"{name} {_pick(rng, fresh)}" if rng.random() < detailed else name


def _echoes(name: str, detail: str) -> bool:
    """Tell whether a detail would repeat a word of the name; short words do not count."""
    return any(len(word) > 3 and word in name for word in detail.split())


def _listed(rng: np.random.Generator, subjects: list[str]) -> str:
    joint = _pick(rng, (" and ", ", and ", ", with ", " together with "))
    *rest, last = subjects
    return joint.join([", ".join(rest), last]) if rest else last


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _pick(rng: np.random.Generator, options: tuple[str, ...]) -> str:
    return options[int(rng.integers(len(options)))]


def _length(caption: str) -> int:
    return len(caption.split())
