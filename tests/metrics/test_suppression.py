"""Nobody can work out a figure of too few rows from those that are shown: an attacker with linear algebra tries."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import optimize

from leadline.metrics.adjusted import derivation, suppression
from leadline.metrics.adjusted.suppression import Suppression, Tree
from leadline.metrics.adjusted.timelines import Periods, Timeline

# all > (a > (a1, a2, rows of a itself), b)
TREE = Tree(
    np.array(
        [[1, 1, 1, 1], [1, 1, 0, 1], [0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]], dtype=bool
    ),
    ((0, (1, 2)), (1, (3, 4, 5))),
)
ALONE = Tree(np.ones((1, 1), dtype=bool), ())


def periods(*cuts):
    return Periods(np.array(cuts[:-1]), np.array(cuts[1:]))


GRAINS = [periods(0, 8), periods(0, 4, 8), periods(0, 1, 3, 5, 8), periods(*range(9))]


def suppressed(rows, tree, grains, minimum, *, wholes=None):
    """Give the flags of every grain."""
    found = Suppression(rows, tree, grains, minimum, wholes=wholes and wholes.__getitem__)
    return [found.flags(position) for position in range(len(grains))]


def table(*values):
    return np.array(values, dtype=np.int64).reshape(-1, 1, 1)


class Attack:
    """Knows every shown count and sum, and that a shown figure of no rows has none anywhere in it."""

    def __init__(self, rows, grains, wholes, slices=None):
        self.shown, self.hidden, n = [], [], []
        for position, grain in enumerate(grains):
            for i, (start, end) in enumerate(zip(grain.starts, grain.ends, strict=True)):
                for node, members in enumerate(TREE.members):
                    for column in range(1 if slices is None else rows.shape[2] + 1):
                        inside = np.zeros(rows.shape)
                        values = slice(None) if column == 0 else slice(column - 1, column)
                        inside[start:end, :, values] = members[:, None]
                        flags = wholes if column == 0 else slices
                        (self.hidden if flags[position][i, node, column] else self.shown).append(
                            inside.ravel()
                        )
                        if flags[position][i, node, column]:
                            n.append(int((inside * rows).sum()))
        self.n, self.rows = np.array(n), rows.ravel().astype(float)
        empty = np.zeros(rows.size, dtype=bool)
        for inside in self.shown:
            if inside @ self.rows == 0:
                empty |= inside > 0
        self.open = ~empty

    def found(self):
        """Say which hidden figures are linear combinations of shown ones, by an orthonormal basis of those."""
        hidden, shown = (
            np.array(m).reshape(-1, self.rows.size)[:, self.open] for m in (self.hidden, self.shown)
        )
        _, values, basis = np.linalg.svd(shown, full_matrices=False)
        basis = basis[values > 1e-9]
        return np.abs(hidden - hidden @ basis.T @ basis).max(axis=1, initial=0) < 1e-8


counts = st.lists(st.integers(0, 12), min_size=64, max_size=64)


def try_it(numbers, share, minimum):
    rng = np.random.default_rng(numbers[:8])
    rows = rng.poisson(np.array(numbers).reshape(8, 4, 2) * share).astype(np.int64)
    wholes = suppressed(rows.sum(2, keepdims=True), TREE, GRAINS, minimum)
    slices = suppressed(rows, TREE, GRAINS, minimum, wholes=wholes)
    for before, after in zip(wholes, slices, strict=True):
        assert (after[:, :, :1] >= before).all()
    wholes = [flags[:, :, :1] for flags in slices]
    for attack in (Attack(rows, GRAINS, wholes), Attack(rows, GRAINS, wholes, slices)):
        few = (attack.n > 0) & (attack.n < minimum)
        assert not (attack.found() & few).any()
        for inside in np.array(attack.shown):
            assert not 0 < inside @ attack.rows < minimum
    return rows, wholes, slices


WHOLES_ALONE_TELL = [
    9, 9, 3, 9, 12, 5, 11, 9, 0, 0, 0, 0, 0, 0, 2, 5, 7, 6, 6, 11, 1, 2, 2, 4, 4, 4, 4, 5, 5, 5, 6, 7,
    6, 9, 9, 9, 10, 10, 9, 11, 10, 4, 9, 12, 1, 11, 1, 1, 2, 3, 7, 9, 0, 0, 1, 9, 0, 0, 1, 10, 10, 6, 2, 0,
]  # fmt: skip
"""Where some units have rows of one value only, so that wholes tell of it: more of them are hidden then."""


@pytest.mark.thorough
@settings(max_examples=12)
@example(WHOLES_ALONE_TELL, 0.3, 3)
@given(counts, st.sampled_from([0.05, 0.3, 1.0]), st.sampled_from([2, 3, 5, 10]))
def test_nothing_of_too_few_rows_can_be_worked_out(numbers, share, minimum):
    try_it(numbers, share, minimum)


@pytest.mark.slow
@settings(max_examples=400)
@given(counts, st.floats(0.02, 2), st.integers(2, 15))
def test_nothing_of_too_few_rows_can_be_worked_out_of_many_tables(numbers, share, minimum):
    try_it(numbers, share, minimum)


@pytest.mark.thorough
@settings(max_examples=5)
@given(counts, st.sampled_from([0.3, 1.0]), st.sampled_from([3, 5]))
def test_no_number_of_rows_is_left_a_single_possibility(numbers, share, minimum):
    """Linear programming: between the least and the most rows that fit what is shown there is room for one at least."""
    rows, wholes, slices = try_it(numbers, share, minimum)
    attack = Attack(rows, GRAINS, wholes, slices)
    shown = np.array(attack.shown)
    for i in np.flatnonzero((attack.n > 0) & (attack.n < minimum))[:6]:
        ends = [
            optimize.linprog(sign * attack.hidden[i], A_eq=shown, b_eq=shown @ attack.rows)
            for sign in (1.0, -1.0)
        ]
        least, most = (
            sign * end.fun if end.status == 0 else np.inf for sign, end in zip((1, -1), ends, strict=True)
        )
        assert most - least >= 0.999


def test_one_small_unit_takes_another_with_it():
    rows = np.array([[[2], [40], [30], [50]]])
    (hidden,) = suppressed(rows, TREE, [periods(0, 1)], 5)
    assert hidden[0, :, 0].tolist() == [False, False, False, True, True, False]


def test_small_units_that_are_enough_together_take_no_other():
    rows = np.array([[[3], [4], [30], [50]]])
    (hidden,) = suppressed(rows, TREE, [periods(0, 1)], 5)
    assert hidden[0, :, 0].tolist() == [False, False, False, True, True, False]
    (hidden,) = suppressed(rows, TREE, [periods(0, 1)], 10)
    assert hidden[0, :, 0].tolist() == [False, False, False, True, True, True]


def test_an_empty_unit_hides_nothing():
    rows = np.array([[[2], [0], [30], [50]]])
    (hidden,) = suppressed(rows, TREE, [periods(0, 1)], 5)
    assert hidden[0, :, 0].tolist() == [False, False, False, True, False, True]


def test_one_small_month_takes_another_of_its_quarter_with_it():
    quarter, month = suppressed(table(2, 40, 30), ALONE, [periods(0, 3), periods(0, 1, 2, 3)], 5)
    assert not quarter.any()
    assert month[:, 0, 0].tolist() == [True, False, True]


def test_a_week_that_would_tell_of_the_ends_of_a_month_is_not_shown():
    """Five days of a month, of which the first has two rows, and the week that leaves it out."""
    month, week = suppressed(table(2, 9, 9, 9, 9, 20), ALONE, [periods(0, 5, 6), periods(0, 1, 5, 6)], 5)
    assert not month.any()
    assert week[:, 0, 0].tolist() == [True, True, False]


def test_a_small_slice_takes_another_with_it_and_the_wholes_stay():
    rows = np.array([[[2, 40, 30]]])
    wholes = suppressed(rows.sum(2, keepdims=True), ALONE, [periods(0, 1)], 5)
    (hidden,) = suppressed(rows, ALONE, [periods(0, 1)], 5, wholes=wholes)
    assert hidden[0, 0].tolist() == [False, True, False, True]


def test_enough_rows_everywhere_hide_nothing():
    rows = np.full((8, 4, 2), 5)
    wholes = suppressed(rows.sum(2, keepdims=True), TREE, GRAINS, 5)
    assert not any(f.any() for f in suppressed(rows, TREE, GRAINS, 5, wholes=wholes))


def test_the_attack_finds_what_follows_and_how():
    shown = derivation.products([[1, 1, 1], [1, 0, 0], [0, 1, 1]])
    asked = derivation.products([[0, 1, 0], [0, 1, 1], [0, 0, 1]])
    assert derivation.derived(shown, asked).tolist() == [False, True, False]
    whole = derivation.products([[1, 1, 1], [1, 0, 0]])
    assert derivation.combination(whole, asked[[1]]).tolist() == pytest.approx([1, -1], abs=1e-8)


def test_a_timeline_knows_chains_of_periods():
    line = Timeline(np.array([0, 5, 10, 10, 22]), 5)
    line.show(periods(0, 2), np.array([True]))
    line.show(Periods(np.array([3]), np.array([4])), np.array([True]))
    assert line.told(periods(0, 1, 2, 3, 4)).tolist() == [False, False, True, True]
    assert line.told(Periods(np.array([0]), np.array([4]))).tolist() == [True], "the third day has no rows"


@pytest.mark.parametrize("exact", [0, suppression.EXACT])
def test_rules_alone_hide_about_as_much(monkeypatch, exact):
    """The rules find nearly all; the exact check adds what goes round several corners."""
    monkeypatch.setattr(suppression, "EXACT", exact)
    rng = np.random.default_rng(5)
    rows = rng.poisson(rng.gamma(0.7, 3, (1, 4, 1)) * np.ones((8, 4, 1)))
    hidden = suppressed(rows, TREE, GRAINS, 5)
    attack = Attack(rows, GRAINS, hidden)
    few = (attack.n > 0) & (attack.n < 5)
    assert (attack.found() & few).sum() <= (0 if exact else 0.05 * few.sum())
