"""The lexicon door: from texts to content words, and what kind of thing words name."""

import re
import unicodedata
import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import log2
from typing import TYPE_CHECKING, Final, Literal, Protocol

from resources import nltk_data
from saetm.errors import InputError

if TYPE_CHECKING:
    from nltk.corpus.reader.wordnet import WordNetCorpusReader

Category = Literal["concrete", "abstract"]

CACHED: Final = 2**18  # distinct strings remembered per cache
PARTS_OF_SPEECH: Final = "nvar"  # noun, verb, adjective, adverb, as WordNet spells them
SENSE_DIGITS: Final = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}  # 5: satellite adjective
RARE_SHARE: Final = 0.1  # of a word's uses; parts "building" (27 % noun) from "running" (1.5 %)
PENN: Final = {"J": "a", "V": "v", "R": "r"}  # first letter of a tag; every other is a noun
ASCII_WORD: Final = re.compile("[a-z]{3,}")  # the paper's code: ASCII letters, len > 2
FULL_STOP: Final = re.compile(r"([^.])(\.[\])}>\"'»”’ ]*)$")  # noqa: RUF001 (closing quotes)
LETTERS: Final = re.compile(r"[^\W\d_]+(?=n['’]t\b)|[^\W\d_]+")  # noqa: RUF001 (both apostrophes)


class Lexicon(Protocol):
    """What the line may ask about words."""

    @property
    def producer(self) -> str:
        """Name, version and way of finding lemmas; written beside every bag."""
        ...

    @property
    def stop_words(self) -> frozenset[str]:
        """Words that are no lemma, lower case."""
        ...

    def lemmas(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the content lemmas of each text, in the order of the text.

        A lemma has three or more letters, is lower case and no stop word.
        """
        ...

    def category(self, words: Sequence[str]) -> Category | None:
        """Tell whether words, the most important first, name things or ideas.

        None where the lexicon knows none of them as a noun.
        """
        ...


@lru_cache(maxsize=8)
def open_lexicon(
    name: Literal["auto", "nltk", "simplemma"], data_path: str | None, *, download: bool
) -> Lexicon:
    """Open a lexicon, once per process.

    Args:
        name: "auto" is nltk where its data is found, else simplemma.
        data_path: folder with NLTK data, searched before NLTK's own places.
        download: whether missing NLTK data may be fetched; a download that fails leaves
            things as they are.

    Raises:
        InputError: nltk was asked for by name and its data is not there.
    """
    if name == "simplemma":
        return SimplemmaLexicon()
    if download:
        nltk_data.download(data_path)
    try:
        return NltkLexicon(data_path)
    except InputError:
        if name == "nltk":
            raise
        return SimplemmaLexicon()


class NltkLexicon:
    """The paper's procedure: NLTK's tokeniser and stop words, WordNet's words; English.

    With NLTK's tagger a lemma is that of the word's part of speech in its text. Without it, it
    is the first of noun, verb, adjective and adverb that is not a rare reading of the word: a
    "building" is a building, but "wearing" is "wear". A text is tokenised at once
    with the full stops of its sentences split off before: the words are word_tokenize's, at
    half the time, and words before a line break or a spaced quote are found as well.
    """

    def __init__(self, data_path: str | None = None) -> None:
        import nltk

        self.stop_words = frozenset(
            nltk_data.find("stopwords", data_path).join("english").open("utf-8").read().split()
        )
        self._sentences = _sentence_splitter(data_path)
        self._wordnet = _wordnet(data_path)
        self._uses = _uses(self._wordnet)
        self._tag = _tagger(data_path)
        self._split = _word_splitter()
        self._lemma = lru_cache(CACHED)(self._find_lemma)
        self._is_concrete = lru_cache(CACHED)(self._find_concreteness)
        way = "untagged" if self._tag is None else "tagged"
        self.producer = f"nltk@{nltk.__version__}/wordnet-{self._wordnet.get_version()}/{way}"

    def lemmas(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the lemmas of each text that WordNet knows."""
        return [self._lemmas_of(text) for text in texts]

    def category(self, words: Sequence[str]) -> Category | None:
        """Weigh the words by 1 / log2(rank + 1) and follow the majority.

        A word is concrete if its first noun sense is below physical_entity in WordNet.
        """
        kinds = [self._is_concrete(word) for word in words]
        weighed = [(1 / log2(rank + 2), kind) for rank, kind in enumerate(kinds)]
        known = sum(weight for weight, kind in weighed if kind is not None)
        if not known:
            return None
        concrete = sum(weight for weight, kind in weighed if kind)
        return "concrete" if concrete / known >= 0.5 else "abstract"

    def _lemmas_of(self, text: str) -> list[str]:
        sentences = (" ".join(sentence.split()) for sentence in self._sentences(text))
        tokens = self._split(" ".join(FULL_STOP.sub(r"\1 \2", each) for each in sentences))
        if self._tag is None:
            found = [self._lemma(token) for token in tokens]
        else:
            tagged = self._tag(tokens)
            found = [self._lemma(token, PENN.get(tag[:1], "n")) for token, tag in tagged]
        return [lemma for lemma in found if lemma is not None]

    def _find_lemma(self, token: str, part_of_speech: str | None = None) -> str | None:
        word = token.lower()
        if not self._is_content(word):
            return None
        lemma = part_of_speech and self._wordnet.morphy(word, part_of_speech)
        lemma = lemma or self._likely_lemma(word)
        return lemma if lemma is not None and self._is_content(lemma) else None

    def _likely_lemma(self, word: str) -> str | None:
        """Take the first part of speech with a tenth of the word's uses in WordNet's corpus."""
        lemmas = {part: self._wordnet.morphy(word, part) for part in PARTS_OF_SPEECH}
        uses = {part: self._uses.get((lemma, part), 0) for part, lemma in lemmas.items() if lemma}
        least = RARE_SHARE * sum(uses.values())
        return next((lemmas[part] for part, count in uses.items() if count >= least), None)

    def _is_content(self, word: str) -> bool:
        return ASCII_WORD.fullmatch(word) is not None and word not in self.stop_words

    def _find_concreteness(self, word: str) -> bool | None:
        """Prefer the senses that are spelt so: "light" is no Light of a religion."""
        senses = self._wordnet.synsets(word, "n")
        if not senses:
            return None
        sense = next((each for each in senses if word in each.lemma_names()), senses[0])
        above = sense.closure(lambda each: each.hypernyms() + each.instance_hypernyms())
        return any(each.name() == "physical_entity.n.01" for each in above)


class SimplemmaLexicon:
    """Lemmas from simplemma's English word list; it needs no files and knows no categories."""

    def __init__(self) -> None:
        import simplemma
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        self._lemmatize = simplemma.lemmatize
        self.stop_words = ENGLISH_STOP_WORDS
        self._lemma = lru_cache(CACHED)(self._find_lemma)
        self.producer = f"simplemma@{simplemma.__version__}/en"

    def lemmas(self, texts: Sequence[str]) -> list[list[str]]:
        """Return the lemmas of each text's words; a word it does not know stays as it is."""
        composed = (unicodedata.normalize("NFC", text) for text in texts)
        found = ([self._lemma(word) for word in LETTERS.findall(text)] for text in composed)
        return [[lemma for lemma in lemmas if lemma is not None] for lemmas in found]

    def category(self, words: Sequence[str]) -> Category | None:  # noqa: ARG002 (the Protocol's)
        """Return None: a list of lemmas does not know what words name."""
        return None

    def _find_lemma(self, word: str) -> str | None:
        lowered = word.lower()
        if not self._is_content(lowered):
            return None
        lemma = self._lemmatize(lowered, lang="en").lower()
        return lemma if self._is_content(lemma) else None

    def _is_content(self, word: str) -> bool:
        return len(word) > 2 and word.isalpha() and word not in self.stop_words


def _word_splitter() -> Callable[[str], list[str]]:
    from nltk.tokenize import NLTKWordTokenizer

    return NLTKWordTokenizer().tokenize


def _wordnet(data_path: str | None) -> "WordNetCorpusReader":
    from nltk.corpus.reader.wordnet import WordNetCorpusReader

    root = nltk_data.find("wordnet", data_path)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The multilingual functions are not available")
        return WordNetCorpusReader(root, None)


def _uses(wordnet: "WordNetCorpusReader") -> dict[tuple[str, str], int]:
    """Count the uses of each lemma as each part of speech in the corpus that WordNet tagged.

    A line of cntlist.rev is a sense's key, its number and its uses; the key is the lemma,
    "%" and the part of speech as a digit (manual page cntlist(5WN)).
    """
    uses: dict[tuple[str, str], int] = {}
    for line in wordnet.open("cntlist.rev").read().splitlines():
        key, _, count = line.split()
        lemma, _, sense = key.partition("%")
        reading = lemma, SENSE_DIGITS[sense[0]]
        uses[reading] = uses.get(reading, 0) + int(count)
    return uses


def _sentence_splitter(data_path: str | None) -> Callable[[str], list[str]]:
    from nltk.tokenize.punkt import PunktSentenceTokenizer, load_punkt_params

    return PunktSentenceTokenizer(
        load_punkt_params(nltk_data.find("punkt_tab", data_path))
    ).tokenize


def _tagger(data_path: str | None) -> Callable[[list[str]], list[tuple[str, str]]] | None:
    from nltk.tag.perceptron import PerceptronTagger

    try:
        return PerceptronTagger(loc=nltk_data.find("averaged_perceptron_tagger_eng", data_path)).tag
    except InputError:
        return None
