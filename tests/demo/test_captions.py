import re
from collections import Counter
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from saetm_assets.demo.captions import write_caption
from saetm_assets.demo.catalogue import MOTIFS
from saetm_assets.demo.phrases import PHRASES
from saetm_assets.demo.scenes import plan_scene

COMMON = {"with", "their", "from", "where", "that"}

motif_sets = st.lists(st.sampled_from(sorted(PHRASES)), min_size=2, max_size=4, unique=True)


def content_words(motif: str) -> set[str]:
    phrases = PHRASES[motif]
    words = re.findall(r"[a-z]{3,}", " ".join(phrases.names + phrases.details).lower())
    return set(words) - COMMON


@given(motif_sets, st.integers(0, 10**6), st.integers(0, 10**6))
def test_captions_have_15_to_40_words_and_name_every_motif(motifs, number, seed):
    caption = write_caption(tuple(motifs), number=number, seed=seed)

    assert 15 <= len(caption.split()) <= 40
    assert caption[0].isupper()
    assert caption.endswith(".")
    for motif in motifs:
        assert any(name.lower() in caption.lower() for name in PHRASES[motif].names)


def test_every_motif_can_be_painted_and_named():
    assert set(PHRASES) == set(MOTIFS)


def test_every_motif_has_many_words_of_its_own():
    for motif in PHRASES:
        others = set.union(*(content_words(other) for other in PHRASES if other != motif))
        assert len(content_words(motif) - others) >= 12, motif


def test_no_name_of_a_motif_occurs_in_the_phrases_of_another():
    for first, second in combinations(PHRASES, 2):
        for name, phrases in (
            *((name, PHRASES[second]) for name in PHRASES[first].names),
            *((name, PHRASES[first]) for name in PHRASES[second].names),
        ):
            assert not any(name in text for text in phrases.names + phrases.details), name


def test_captions_repeat_no_opening_and_no_order():
    captions = []
    leads = Counter()
    for number in range(300):
        scene = plan_scene(number, seed=0)
        captions.append(write_caption(scene.motifs, number=number, seed=0))
        leads[" ".join(captions[-1].split()[:3])] += 1

    assert len(set(captions)) == 300
    assert leads.most_common(1)[0][1] < 45


def test_order_of_motifs_in_a_caption_is_not_their_order_of_choice():
    first_named = 0
    for number in range(200):
        caption = write_caption(("cat", "boat"), number=number, seed=0).lower()
        spots = [
            min(caption.find(name) for name in PHRASES[motif].names if name in caption)
            for motif in ("cat", "boat")
        ]
        first_named += spots[0] < spots[1]

    assert 70 < first_named < 130
