"""The contract of lexicons, against both, and NLTK's data in all its states."""

import gzip
import hashlib
import json
import re
import shutil
import socket
import threading
import zipfile
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic

import nltk.data
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources import nltk_data
from resources.lexicon import NltkLexicon, SimplemmaLexicon, open_lexicon
from saetm.errors import InputError

DATA = Path(__file__).resolve().parents[2] / "../shared/data"
NLTK_DATA = (DATA / "nltk_data").resolve()
needs_data = pytest.mark.skipif(not NLTK_DATA.is_dir(), reason="no NLTK data beside the project")

LEXICONS = [
    pytest.param("nltk", marks=needs_data),
    "simplemma",
]


def lexicon_named(name):
    return open_lexicon(name, str(NLTK_DATA), download=False)


@pytest.fixture(autouse=True, scope="module")
def own_places():
    """Forget at the end where NLTK was told to look, or `auto` would find it in other tests."""
    before = [*nltk.data.path]
    yield
    nltk.data.path[:] = before


@pytest.fixture(params=LEXICONS)
def lexicon(request):
    return lexicon_named(request.param)


def posts(count):
    with gzip.open(DATA / "newsgroups.jsonl.gz", "rt") as lines:
        return [json.loads(line)["text"] for line, _ in zip(lines, range(count), strict=False)]


def test_lemmas_are_the_content_words_in_their_order(lexicon):
    texts = ["The cats slept on the mats.", "Universities don't sell apples; we're 2 boys!"]

    assert lexicon.lemmas(texts) == [
        ["cat", "sleep", "mat"],
        ["university", "sell", "apple", "boy"],
    ]


@pytest.mark.parametrize(
    "text", ["", " \n\t", "...", "123 4.5 :-) 🙂", "of the and", "\x00", "a b c"]
)
def test_a_text_without_words_has_no_lemmas(lexicon, text):
    assert lexicon.lemmas([text, "boats", text]) == [[], ["boat"], []]


def test_no_texts_have_no_lemmas(lexicon):
    assert lexicon.lemmas([]) == []


@pytest.mark.parametrize("name", LEXICONS)
@settings(deadline=None)  # the first call loads a lexicon
@given(texts=st.lists(st.text() | st.from_regex(r"[A-Za-zÀ-ž .,'\"\n]{0,60}"), max_size=4))
def test_a_lemma_is_lower_case_of_three_letters_and_no_stop_word(name, texts):
    lexicon = lexicon_named(name)
    found = lexicon.lemmas(texts)

    assert len(found) == len(texts)
    for lemma in (lemma for lemmas in found for lemma in lemmas):
        assert len(lemma) > 2
        assert lemma.isalpha()
        assert lemma == lemma.lower()
        assert lemma not in lexicon.stop_words


@pytest.mark.parametrize("name", LEXICONS)
@settings(deadline=None)  # the first call loads a lexicon
@given(texts=st.lists(st.text(alphabet="abcdefgh .'\n", max_size=40), max_size=5))
def test_a_text_has_the_same_lemmas_alone_and_in_a_batch(name, texts):
    lexicon = lexicon_named(name)

    assert lexicon.lemmas(texts) == [lexicon.lemmas([text])[0] for text in texts]


def test_a_producer_is_a_name_and_a_version(lexicon):
    assert re.fullmatch(r"(nltk|simplemma)@\d+\.\d+.*/.+", lexicon.producer)


def test_a_composed_letter_and_its_parts_are_one_word():
    assert SimplemmaLexicon().lemmas(["Gar\u00e7on", "garc\u0327on"]) == [["gar\u00e7on"]] * 2


@needs_data
def test_words_are_those_of_word_tokenize():
    from nltk.tokenize import sent_tokenize, word_tokenize

    lexicon = lexicon_named("nltk")
    nltk.data.path.append(str(NLTK_DATA))  # for NLTK's own functions
    for text in posts(300):
        sentences = [" ".join(sentence.split()) for sentence in sent_tokenize(text)]
        # A full stop before a spaced closing quote stays on its word in word_tokenize.
        plain = [each for each in sentences if not re.search(r"\.[^.]? ['\"`]+ ?$", each)]
        tokens = [word_tokenize(each, preserve_line=True) for each in plain]
        expected = [lexicon._lemma(token) for words in tokens for token in words]

        assert lexicon.lemmas(["\n\n".join(plain)])[0] == [each for each in expected if each]


@needs_data
def test_words_that_wordnet_does_not_know_are_left_out():
    assert lexicon_named("nltk").lemmas(["the xyzzyish boat of naïve Zürich"]) == [["boat"]]


@needs_data
@pytest.mark.parametrize(
    ("words", "lemmas"),
    [
        ("wearing sitting standing playing wears", ["wear", "sit", "stand", "play", "wear"]),
        ("building painting evening clothing", ["building", "painting", "evening", "clothing"]),
        ("skiing states better quickly", ["skiing", "state", "better", "quickly"]),
    ],
)
def test_without_a_tagger_a_rare_reading_does_not_count(words, lemmas):
    assert lexicon_named("nltk").lemmas([words]) == [lemmas]


@needs_data
@pytest.mark.parametrize(
    ("words", "category"),
    [
        (["dog", "tree", "car", "window"], "concrete"),
        (["justice", "idea", "peace", "law"], "abstract"),
        (["light"], "concrete"),
        (["boat", "sea", "justice"], "concrete"),
        (["justice", "idea", "boat"], "abstract"),
        (["dog", "idea"], "concrete"),
        (["idea", "dog"], "abstract"),
        (["xyzzy", "boat"], "concrete"),
        (["xyzzy"], None),
        ([], None),
    ],
)
def test_words_are_things_or_ideas_and_the_first_weigh_most(words, category):
    assert lexicon_named("nltk").category(words) == category


def test_simplemma_knows_no_categories():
    assert SimplemmaLexicon().category(["dog"]) is None


@pytest.fixture
def tagged_data(tmp_path):
    """NLTK data with a tagger that was taught two words on the spot."""
    from nltk.tag.perceptron import PerceptronTagger

    shutil.copytree(NLTK_DATA, tmp_path / "nltk_data")
    folder = tmp_path / "nltk_data" / "taggers" / "averaged_perceptron_tagger_eng"
    folder.mkdir(parents=True)
    verb = [("they", "PRP"), ("found", "VBD"), ("boats", "NNS")]
    noun = [("the", "DT"), ("boats", "NNS"), ("left", "VBD"), ("meeting", "NN")]
    meet = [("they", "PRP"), ("are", "VBP"), ("meeting", "VBG"), ("boats", "NNS")]
    tagger = PerceptronTagger(load=False)
    tagger.train([verb, noun, meet] * 5, nr_iter=5)
    nltk.data.path.append(str(tmp_path / "nltk_data"))
    tagger.save_to_json(lang="eng", loc=str(folder))
    yield tmp_path / "nltk_data"
    nltk.data.path[:] = [place for place in nltk.data.path if not place.startswith(str(tmp_path))]


@needs_data
def test_with_a_tagger_the_lemma_is_that_of_the_part_of_speech(tagged_data):
    texts = ["they are meeting boats", "the boats left meeting"]
    nltk.data.path.remove(str(tagged_data))  # or every lexicon would find the tagger
    untagged, tagged = lexicon_named("nltk"), NltkLexicon(str(tagged_data))

    assert tagged.lemmas(texts) == [["meet", "boat"], ["boat", "leave", "meeting"]]
    assert untagged.lemmas(texts) == [["meeting", "boat"], ["boat", "leave", "meeting"]]
    assert tagged.producer.endswith("/tagged")
    assert untagged.producer.endswith("/untagged")


@needs_data
@pytest.mark.parametrize("package", ["corpora/wordnet.zip", "corpora/stopwords.zip", "tokenizers"])
def test_missing_data_is_named_and_auto_goes_on_without(tmp_path, monkeypatch, package):
    monkeypatch.setattr(nltk.data, "path", [])
    data = shutil.copytree(NLTK_DATA, tmp_path / "nltk_data")
    gone = data / package
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    fallback = open_lexicon("auto", str(data), download=False)

    assert fallback.producer.startswith("simplemma@")
    with pytest.raises(InputError, match=r"package '\w+' was not found; run `python -m nltk"):
        open_lexicon("nltk", str(data), download=False)


PACKAGES = "http://1.1.1.1"  # NLTK's downloader refuses addresses of this machine


class Proxy(SimpleHTTPRequestHandler):
    """Answers for the package server, from a folder; nothing leaves the machine."""

    def log_message(self, *_):
        return

    def do_GET(self):
        self.path = self.path.removeprefix(PACKAGES)
        super().do_GET()


@contextmanager
def serve(folder):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Proxy, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fetch_through(monkeypatch, proxy):
    """Send the downloader's process through a proxy, and let it find nothing on this machine."""
    monkeypatch.setattr(nltk.data, "path", [])
    monkeypatch.setenv("NLTK_DOWNLOAD_URL", f"{PACKAGES}/index.xml")
    monkeypatch.setenv("NLTK_ALLOW_PROXIED_URLOPEN", "1")
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.setenv("no_proxy", "")


def publish(folder):
    """Lay NLTK's data out as its download server does, without the tagger."""
    punkt = folder / "punkt_tab.zip"
    with zipfile.ZipFile(punkt, "w") as archive:
        for file in (NLTK_DATA / "tokenizers/punkt_tab/english").iterdir():
            archive.write(file, f"punkt_tab/english/{file.name}")
    for name in ("wordnet.zip", "stopwords.zip"):
        shutil.copy(NLTK_DATA / "corpora" / name, folder / name)
    packages = ""
    for name, place, unzip in [
        ("wordnet", "corpora", 0),
        ("stopwords", "corpora", 1),
        ("punkt_tab", "tokenizers", 1),
    ]:
        file = folder / f"{name}.zip"
        unzipped = sum(entry.file_size for entry in zipfile.ZipFile(file).infolist())
        checksum = hashlib.md5(file.read_bytes()).hexdigest()
        packages += (
            f'<package id="{name}" url="{PACKAGES}/{name}.zip" subdir="{place}" unzip="{unzip}"'
            f' size="{file.stat().st_size}" unzipped_size="{unzipped}" checksum="{checksum}"/>'
        )
    (folder / "index.xml").write_text(f"<nltk_data><packages>{packages}</packages></nltk_data>")


@needs_data
def test_missing_data_is_downloaded_where_that_is_allowed(tmp_path, monkeypatch):
    source, target = tmp_path / "server", tmp_path / "nltk_data"
    source.mkdir()
    publish(source)
    with serve(source) as proxy:
        fetch_through(monkeypatch, proxy)
        downloaded = open_lexicon("nltk", str(target), download=True)

    assert (target / "corpora" / "wordnet.zip").is_file()
    assert downloaded.lemmas(["the boats left"]) == [["boat", "leave"]]


def test_a_download_that_fails_leaves_things_as_they_are(tmp_path, monkeypatch):
    fetch_through(monkeypatch, "http://127.0.0.1:9")

    assert open_lexicon("auto", str(tmp_path), download=True).producer.startswith("simplemma@")
    assert list(tmp_path.rglob("*.zip")) == []


def test_a_download_that_hangs_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(nltk_data, "DOWNLOAD_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the call and says nothing
        fetch_through(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}")
        started = monotonic()
        nltk_data.download(str(tmp_path))

    assert 2 <= monotonic() - started < 20
