"""Small groups are hidden, and cannot be had as a difference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.evaluate.suppression import hidden


@pytest.mark.parametrize(
    ("sizes", "minimum", "away"),
    [
        ({"a": 50, "b": 60}, 10, set()),
        ({"a": 50, "b": 60, "c": 3}, 10, {"a", "c"}),  # one alone could be had as a difference
        ({"a": 50, "b": 3}, 10, {"a", "b"}),
        ({"a": 50, "b": 4, "c": 3}, 10, {"a", "b", "c"}),  # together 7: still a small group
        ({"a": 50, "b": 6, "c": 5, "d": 70}, 10, {"b", "c"}),  # together 11
        ({"a": 9}, 10, {"a"}),
        ({"b": 50, "a": 50, "c": 3}, 10, {"a", "c"}),  # ties by name
        ({"a": 1, "b": 1}, 1, set()),
        ({"a": 0, "b": 8}, 1, {"a", "b"}),
        ({}, 10, set()),
    ],
)
def test_by_hand(sizes, minimum, away):
    assert hidden(sizes, minimum=minimum) == away


def test_what_is_hidden_already_counts():
    sizes = {"a": 50, "b": 12, "c": 40, "d": 3}
    assert hidden(sizes, minimum=10, already={"c"}) == {"c", "d"}
    assert hidden(sizes | {"d": 30}, minimum=10, already={"c"}) == {"b", "c"}


@given(
    sizes=st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 40), max_size=8), minimum=st.integers(1, 20)
)
def test_an_attacker_with_all_totals_learns_no_small_group(sizes, minimum):
    away = hidden(sizes, minimum=minimum)
    assert all(size >= minimum for group, size in sizes.items() if group not in away)
    if away and away != set(sizes):  # something is shown, so differences can be taken
        assert len(away) >= 2
        assert sum(sizes[group] for group in away) >= minimum
