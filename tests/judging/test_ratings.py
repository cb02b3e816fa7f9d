"""From answers to ratings, intervals, position and agreement."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from saetm.errors import ContractError
from saetm.judging.duels import Duel
from saetm.judging.kappa import ANSWERS, kappa_estimate
from saetm.judging.position import check_position
from saetm.judging.ratings import rate

ANSWER_LISTS = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(ANSWERS), st.sampled_from(ANSWERS)),
    min_size=1,
    max_size=40,
)


def answered(pairs, rng, planted, ties=0.1):
    """Let models of planted strengths meet over numbered items."""
    for item, (one, other) in pairs:
        first, second = (one, other) if rng.random() < 0.5 else (other, one)
        won = rng.random() < planted[first] / (planted[first] + planted[second])
        tie = rng.random() < ties
        yield Duel(f"{item:04d}", first, second), "tie" if tie else "A" if won else "B"


def mirrored(duel, answer):
    return Duel(duel.item_id, duel.second, duel.first), {"A": "B", "B": "A", "tie": "tie"}[answer]


class TestRatings:
    def test_two_models_by_hand(self):
        duels = [(Duel(f"{n}", "x", "y"), "A" if n < 7 else "tie") for n in range(8)]

        best, last = rate(["y", "x"], duels)

        assert (best.model, best.wins, best.ties, best.losses) == ("x", 7, 1, 0)
        assert (last.model, last.wins, last.ties, last.losses) == ("y", 0, 1, 7)
        # 7 wins and half a tie, and half a win of the phantom tie, of 9
        assert best.strength / last.strength == pytest.approx(8 / 1)
        assert best.elo.value - last.elo.value == pytest.approx(400 * np.log10(8))
        assert best.elo.units == 8

    def test_intervals_hold_the_planted_ratings_and_narrow_with_items(self):
        planted = {"x": 4.0, "y": 2.0, "z": 1.0}
        pairs = [("x", "y"), ("x", "z"), ("y", "z")]
        widths = []
        for n_items in (50, 800):
            each = [(item, pair) for item in range(n_items) for pair in pairs]
            ratings = rate(list("xyz"), list(answered(each, np.random.default_rng(1), planted, 0)))
            truth = {m: 1500 + 400 * np.log10(p / 2) for m, p in planted.items()}
            assert [each.model for each in ratings] == ["x", "y", "z"]
            assert all(each.elo.low < truth[each.model] < each.elo.high for each in ratings)
            widths.append(np.mean([each.elo.high - each.elo.low for each in ratings]))
        assert widths[0] / widths[1] == pytest.approx(4, rel=0.3)

    def test_duels_over_one_item_are_not_independent(self):
        one = [(Duel(f"{n}", "x", "y"), "A" if n % 3 else "B") for n in range(60)]
        twice = [*one, *one]

        width, wide = (
            ratings[0].elo.high - ratings[0].elo.low
            for ratings in (rate(["x", "y"], one), rate(["x", "y"], twice))
        )
        assert wide == pytest.approx(width, rel=0.1)  # and not narrower by the root of two

    @settings(max_examples=12)
    @given(st.integers(0, 2**32 - 1))
    def test_who_is_shown_first_and_the_order_of_names_do_not_matter(self, seed):
        rng = np.random.default_rng(seed)
        pairs = [(n % 4, ("x", "y") if n % 2 else ("y", "z")) for n in range(12)]
        duels = list(answered(pairs, rng, {"x": 3.0, "y": 1.0, "z": 1.0}))

        found = rate(["x", "y", "z"], duels)

        for other in (
            rate(["z", "x", "y"], duels[::-1]),
            rate(["x", "y", "z"], [mirrored(*each) for each in duels]),
        ):
            assert [each.model for each in other] == [each.model for each in found]
            for one, two in zip(found, other, strict=True):
                assert one.elo.value == pytest.approx(two.elo.value, abs=1e-6)
                assert one.elo.low == pytest.approx(two.elo.low, abs=1e-4)

    def test_models_without_a_chain_of_answers_are_a_sentence(self):
        duels = [(Duel("1", "x", "y"), "A"), (Duel("1", "z", "w"), "A")]

        with pytest.raises(ContractError, match=r"no answers link 'x' with 'z'"):
            rate(["x", "y", "z", "w"], duels)
        with pytest.raises(ContractError, match=r"no answers link 'x' with 'y'"):
            rate(["x", "y"], [])

    def test_few_items_have_no_interval(self):
        best, _ = rate(["x", "y"], [(Duel("1", "x", "y"), "A")])

        assert best.elo.low is None


class TestPosition:
    def test_a_judge_of_places_is_told(self):
        check = check_position(["A"] * 29 + ["B"] + ["tie"] * 10)

        assert check.is_biased
        assert check.decided == 30
        assert "prefers what is shown first" in check.told
        assert "97% of 30 wins" in check.told
        assert "shown second" in check_position(["B"] * 30).told

    def test_an_exact_interval_as_tabled(self):
        check = check_position(["A"] * 8 + ["B"] * 2)  # Clopper and Pearson: 0.444 to 0.975

        assert (check.low, check.high) == pytest.approx((0.4439, 0.9748), abs=1e-4)
        assert check.p_value == pytest.approx(0.109375)
        assert "no bias by position" in check.told

    def test_ties_alone_tell_nothing(self):
        assert "nothing is known" in check_position(["tie", "tie"]).told


class TestKappa:
    @given(ANSWER_LISTS)
    def test_the_value_is_that_of_scikit_learn(self, rows):
        items, ones, others = zip(*rows, strict=True)
        estimate = kappa_estimate([str(each) for each in items], ones, others)

        if set(ones) == set(others) and len(set(ones)) == 1:
            assert estimate is None
        else:
            assert estimate.value == pytest.approx(cohen_kappa_score(ones, others), abs=1e-9)

    def test_the_interval_holds_the_truth(self):
        rng = np.random.default_rng(0)
        ones = rng.choice(["A", "B"], 400)
        others = np.where(rng.random(400) < 0.5, ones, rng.choice(["A", "B"], 400))
        estimate = kappa_estimate([str(n) for n in range(400)], ones.tolist(), others.tolist())

        assert estimate.low < 0.5 < estimate.high
        assert estimate.high - estimate.low < 0.25

    def test_no_common_duel_is_refused(self):
        with pytest.raises(ContractError, match="without a common duel"):
            kappa_estimate([], [], [])
