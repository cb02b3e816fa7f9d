"""Strengths by Bradley and Terry: known solutions, laws, and what cannot be rated."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from saetm.errors import ContractError
from saetm.judging.bradley_terry import linked, strengths, with_phantoms
from saetm.judging.elo import elo

TABLES = st.integers(2, 5).flatmap(
    lambda n: st.lists(
        st.lists(st.floats(0.5, 50), min_size=n, max_size=n), min_size=n, max_size=n
    ).map(lambda rows: np.array(rows) * (1 - np.eye(len(rows))))
)


def test_two_models_have_the_ratio_of_their_wins():
    found = strengths(np.array([[0.0, 70.0], [30.0, 0.0]]))

    assert found[0] / found[1] == pytest.approx(70 / 30, rel=1e-9)
    assert elo(np.array([10.0, 1.0])).tolist() == pytest.approx([1700, 1300])


def test_three_models_whose_wins_follow_their_strengths_have_these():
    # p = 4, 2, 1: the first beats the second 2 to 1, the third 4 to 1; the second the third 2 to 1
    wins = np.array([[0.0, 40, 48], [20, 0, 40], [12, 20, 0]])

    assert strengths(wins) == pytest.approx([2, 1, 0.5], rel=1e-8)  # of geometric mean 1


def test_baseball_as_published():
    """American League 1987 (Agresti, Categorical Data Analysis, 2nd edition, table 10.10)."""
    teams = ["Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore"]
    wins = np.array(
        [
            [0, 7, 9, 7, 7, 9, 11],
            [6, 0, 7, 5, 11, 9, 9],
            [4, 6, 0, 7, 7, 8, 12],
            [6, 8, 6, 0, 6, 7, 10],
            [6, 2, 6, 7, 0, 7, 12],
            [4, 4, 5, 6, 6, 0, 6],
            [2, 4, 1, 3, 1, 7, 0],
        ],
        dtype=float,
    )
    logs = np.log(strengths(wins))
    above_the_last = dict(zip(teams, logs - logs[-1], strict=True))

    published = {
        "Milwaukee": 1.581,
        "Detroit": 1.436,
        "Toronto": 1.295,
        "New York": 1.248,
        "Boston": 1.108,
        "Cleveland": 0.684,
        "Baltimore": 0.0,
    }
    assert above_the_last == pytest.approx(published, abs=1e-3)


@given(TABLES)
def test_no_strengths_are_more_likely(wins):
    def loss(logs):
        apart = logs[:, None] - logs[None, :]
        return (wins * np.logaddexp(0, -apart)).sum()

    found = np.log(strengths(wins))

    assert loss(found) <= minimize(loss, np.zeros(len(wins))).fun + 1e-7


@given(TABLES, st.floats(0.01, 100), st.randoms(use_true_random=False))
def test_scale_and_order_do_not_matter(wins, factor, random):
    order = random.sample(range(len(wins)), len(wins))
    found = strengths(wins)

    assert strengths(factor * wins) == pytest.approx(found, rel=1e-6)
    assert strengths(wins[np.ix_(order, order)]) == pytest.approx(found[order], rel=1e-6)
    assert elo(factor * found) == pytest.approx(elo(found))
    assert elo(found).mean() == pytest.approx(1500)


@given(TABLES)
def test_many_tables_at_once_are_each_by_itself(wins):
    tables = np.stack([wins, wins.T, wins + wins.T])

    assert strengths(tables) == pytest.approx(np.stack([strengths(each) for each in tables]))


def test_planted_strengths_are_found():
    rng = np.random.default_rng(3)
    planted = np.array([8.0, 4, 2, 1, 0.5])
    wins = np.zeros((5, 5))
    for i in range(5):
        for j in range(i):
            wins[i, j] = rng.binomial(4000, planted[i] / (planted[i] + planted[j]))
            wins[j, i] = 4000 - wins[i, j]

    assert elo(strengths(wins)) == pytest.approx(elo(planted), abs=12)


def test_who_wins_everything_has_a_strength_by_a_phantom_tie_and_none_without():
    wins = np.array([[0.0, 100], [0, 0]])
    met = wins + wins.T > 0

    found = strengths(with_phantoms(wins, met))

    assert found[0] / found[1] == pytest.approx(100.5 / 0.5)
    with pytest.raises(ContractError, match="never lost"):
        strengths(wins)


@pytest.mark.parametrize(
    ("wins", "said"),
    [
        (np.ones((2, 3)), "no table"),
        (np.zeros((0, 0)), "no table"),
        (np.array([[0, -1.0], [1, 0]]), "negative"),
        (np.array([[0, np.nan], [1, 0]]), "finite"),
        (np.ones((2, 2)), "itself"),
        (np.kron(np.eye(2), [[0.0, 1], [1, 0]]), "never met|met them"),
    ],
)
def test_what_is_no_table_of_wins_is_refused(wins, said):
    with pytest.raises(ContractError, match=said):
        strengths(wins)


def test_chains_of_duels_link():
    met = np.zeros((4, 4), dtype=bool)
    met[0, 1] = met[1, 0] = met[1, 3] = met[3, 1] = True

    assert linked(met).tolist() == [0, 0, 1, 0]
