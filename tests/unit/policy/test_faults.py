"""Places, nearest names, and the one error that holds all faults."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.errors import PolicyError
from glassledger.policy.faults import Fault, choices, dotted, invalid, nearest, short, suggestion, under


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ((), ""),
        (("data", "columns", "age", "levels", 2), "data.columns.age.levels[2]"),
        (("data", "columns", "default.payment"), "data.columns.'default.payment'"),
        (("model", "interactions", 0, 1), "model.interactions[0][1]"),
        (("hours-per-week",), "hours-per-week"),
        (("a\nb\x1b[31m",), "'a�b�[31m'"),
    ],
)
def test_dotted(path: tuple[str | int, ...], written: str) -> None:
    assert dotted(path) == written


@pytest.mark.parametrize(
    ("name", "names", "close"),
    [
        ("outer_bag", ["inner_bags", "outer_bags"], "outer_bags"),
        ("EBM", ["ebm", "tree"], "ebm"),
        ("TENURE", ["Tenure"], "Tenure"),
        ("xyz", ["ebm", "tree"], None),
        ("", ["ebm"], None),
        ("ebm", [], None),
    ],
)
def test_nearest(name: str, names: list[str], close: str | None) -> None:
    assert nearest(name, names) == close


def test_choices_name_the_nearest_or_all() -> None:
    assert suggestion("ebn", ["ebm", "tree"]) == ", did you mean `ebm`?"
    assert suggestion("forest", ["ebm", "tree"]) == ""
    assert choices("forest", ["ebm", "tree"]) == "; valid here: `ebm`, `tree`"
    assert choices("forest", []) == ""
    assert choices("zzz", [f"a{index}" for index in range(30)]).endswith("`a19`, …")


@given(st.text())
def test_short_names_are_short_and_printable(name: str) -> None:
    assert len(short(name)) <= 60
    assert short(name).isprintable()


def test_under() -> None:
    assert under(("a", "b"), {("a",)})
    assert under(("a",), {("a",)})
    assert under(("a",), {()})
    assert not under(("a",), {("a", "b")})
    assert not under(("ab",), {("a",)})


def test_faults_stand_in_file_order_and_survive_pickling() -> None:
    error = invalid("p.yaml", [Fault(("b",), "second", 9), Fault(("a",), "first", 2), Fault((), "top", 2)])
    assert error.message == "p.yaml: 3 faults\n  p.yaml:2: a: first\n  p.yaml:2: top\n  p.yaml:9: b: second"
    assert error.facts["faults"][0] == {"line": 2, "path": "a", "message": "first"}
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, PolicyError)
    assert (str(again), again.code, again.facts) == (str(error), "policy-invalid", error.facts)
