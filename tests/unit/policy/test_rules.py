"""The rule language: what it takes, what it refuses, and that nothing else gets through."""

import ast
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassledger.errors import PolicyError
from glassledger.policy.document import Column
from glassledger.policy.rules import check_rule, parse_rule

COLUMNS = {
    "age": Column(role="feature", type="integer"),
    "hours-per-week": Column(role="feature", type="number"),
    "start": Column(role="ignored", type="date"),
    "end": Column(role="ignored", type="date"),
    "plan": Column(role="feature", type="category", levels=("small", "large", 3)),
    "name": Column(role="identifier", type="text"),
    "online": Column(role="feature", type="boolean"),
}
ALLOWED = {
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp, ast.Add, ast.Sub, ast.Mult,
    ast.Div, ast.Compare, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.Name, ast.Load, ast.Constant,
}  # fmt: skip


@pytest.mark.parametrize(
    "rule",
    ["age > 18", "18 <= age < 100", "age * 2 + 1 >= `hours-per-week` / 2 - 3", "not (age == 1 or age == 2)",
     "start <= end", 'end >= "2020-02-29"', 'plan == "small"', 'plan != "3"', "online", "not online",
     "online == True", 'name == name', "-age < 0", "online and age > 3 or plan == 'large'"],
)  # fmt: skip
def test_taken(rule: str) -> None:
    assert isinstance(check_rule(rule, COLUMNS), ast.Expression)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("agee > 3", "unknown column `agee`, did you mean `age`?"),
        ("`hours per week` > 3", "did you mean `hours-per-week`?"),
        ("age", "must say yes or no"),
        ("age + 1", "must say yes or no"),
        ("1 < 2", "must say yes or no about columns"),
        ("True", "must say yes or no about columns"),
        ("age > '3'", "two numbers, two dates"),
        ("plan == 3", "two numbers, two dates"),
        ("start > 3", "two numbers, two dates"),
        ("start > name", "a date is compared with a date"),
        ("start > '31.12.2020'", "a date is compared with a date"),
        ("start > '2021-02-29'", "a date is compared with a date"),
        ("plan == 'smal'", "`plan` has no such level, did you mean `small`?"),
        ("'smal' != plan", "`plan` has no such level"),
        ("plan < 'small'", "== and != only"),
        ("online > True", "== and != only"),
        ("age and online", "join comparisons only"),
        ("not age", "turns a comparison round only"),
        ("-plan == 3", "stands before numbers only"),
        ("start - end > 3", "calculate with numbers only"),
        ("'a' + name == name", "calculate with numbers only"),
    ],
)
def test_nonsense(rule: str, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        check_rule(rule, COLUMNS)
    assert caught.value.code == "rule-invalid"
    assert words in caught.value.message


@pytest.mark.parametrize(
    "rule",
    ["__import__('os')", "age.real > 1", "age[0] > 1", "(lambda: age)() > 1", "age if age else age", "[age] == [1]",
     "{age} == {1}", "age ** 9 > 1", "age // 2 > 1", "age % 2 == 0", "age << 3 > 1", "age & 1 == 1", "~age > 1",
     "+age > 1", "age is 1", "age in (1, 2)", "age not in (1,)", "f'{age}' == 'a'", "b'a' == name", "1j == age",
     "... == age", "None == age", "age == 1e999", "age == 99999999999999999999", "(age := 3) > 1", "await age",
     "age == (yield)", "*age, == 1"],
)  # fmt: skip
def test_everything_else_is_refused(rule: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_rule(rule)
    assert caught.value.code == "rule-invalid"


@pytest.mark.parametrize(
    "rule", ["", " ", "age >", "age > 1\nage > 2", "age = 3", "(" * 190, "`age > 1", "\0", "import os"]
)
def test_what_is_no_expression(rule: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_rule(rule)
    assert caught.value.code == "rule-invalid"


def test_backticks_give_real_names_and_texts_may_hold_backticks() -> None:
    tree = parse_rule("`a b` < `c-d` and `a b` != _column0 and name == '`x`'")
    assert {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} == {"a b", "c-d", "_column0", "name"}
    assert {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)} == {"`x`"}


@given(st.text(max_size=60) | st.text(st.sampled_from("ab10<>=!()+-*/.,[]{}`'\" notandor\n"), max_size=60))
def test_any_text_is_a_whitelisted_tree_or_a_policy_error(rule: str) -> None:
    with contextlib.suppress(PolicyError):
        assert {type(node) for node in ast.walk(parse_rule(rule))} <= ALLOWED
