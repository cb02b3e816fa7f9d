"""Writes captions of prints with a small grammar: subjects, a setting, and a closing remark."""

import numpy as np

from saetm_assets.demo.phrases import PHRASES

FEWEST, MOST = 15, 40  # words of a caption; a draft outside is written anew

_OPENINGS = (
    "This print shows", "A woodblock print of", "The artist has drawn", "A colour print of",
    "The picture brings together", "A study of", "In this design we see", "A lively view of",
    "A composition around", "A scene with", "A careful drawing of", "The sheet presents", "Here is",
    "The subject is", "A page with", "An impression of", "One sees",
)  # fmt: skip

_SETTINGS = (
    "in Edo", "near Kyoto", "in Osaka", "on the Tokaido", "in the province of Kai",
    "on the outskirts of the capital", "in the north", "somewhere in Omi", "at Ryogoku",
    "in a famous place", "as a poem describes it", "as in an old tale", "at an unhurried hour",
    "on a holiday", "at Asakusa", "in Nagasaki", "in the neighbourhood of Nara",
)  # fmt: skip

_LINKS = (
    "Close by, {}", "Beyond, {}", "Beside this, {}", "Nearby, {}", "Behind, {}", "Next to it, {}",
    "Around it, {}", "To one side, {}", "A little further on, {}", "And then, {}",
)  # fmt: skip

_QUALITIES = (
    "mood", "colour", "outline", "printing", "arrangement", "line", "tone", "atmosphere", "drawing",
    "manner", "feeling", "design",
)  # fmt: skip

_PRAISES = (
    "calm", "solemn", "playful", "melancholy", "soft", "firm", "crisp", "tender", "bold", "simple",
    "tense", "even", "restrained", "delicate", "cheerful", "grave", "sure", "warm", "cool",
)  # fmt: skip


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
    caption = ""
    while not FEWEST <= len(caption.split()) <= MOST:
        caption = _compose(rng, [_subject(rng, motif, len(motifs)) for motif in order])
    return caption


def _compose(rng: np.random.Generator, subjects: list[str]) -> str:
    """Arrange the subjects in one or two sentences, at times with a setting or a remark."""
    setting = " " + _pick(rng, _SETTINGS) if rng.random() < 0.4 else ""
    lead = _pick(rng, _OPENINGS) + " " if rng.random() < 0.5 else ""
    remark = " " + _remark(rng) if rng.random() < 0.2 else ""
    if rng.random() < 0.5:
        return _sentence(f"{lead}{_listed(rng, subjects)}{setting}") + remark
    first = _sentence(f"{lead}{subjects[0]}{setting}")
    rest = _listed(rng, subjects[1:])
    return f"{first} {_sentence(_pick(rng, _LINKS).format(rest))}{remark}"


def _remark(rng: np.random.Generator) -> str:
    first, second = rng.permutation(len(_PRAISES))[:2]
    return f"The {_pick(rng, _QUALITIES)} is {_PRAISES[first]} and {_PRAISES[second]}."


def _subject(rng: np.random.Generator, motif: str, company: int) -> str:
    """Name a motif and say of it what there is room for: two details, one, or none."""
    phrases = PHRASES[motif]
    name = _pick(rng, phrases.names)
    fresh = [text for text in phrases.details if not _echoes(name, text)]
    most = min(len(fresh), 2 if company < 4 else 1)
    count = most if rng.random() < 0.7 else most - 1
    details = [fresh[place] for place in rng.permutation(len(fresh))[:count]]
    return " ".join([name, ", ".join(details)]) if details else name


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
