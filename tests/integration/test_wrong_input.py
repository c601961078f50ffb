"""Thirty and more kinds of wrong input: one clear message, the right exit code, an intact workspace, no cell value."""

import contextlib
import gzip
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from glassledger.audit.verify import verify

from .conftest import POLICY, PRIVACY, Ran, small_table

SECRET = "zq7SECRETzq7"


def _frame(change: Callable[[pd.DataFrame], object]) -> pd.DataFrame:
    frame = small_table().astype(object)
    result = change(frame)
    return result if isinstance(result, pd.DataFrame) else frame


def _set(column: str, value: object, rows: int = 3) -> Callable[[pd.DataFrame], None]:
    def change(frame: pd.DataFrame) -> None:
        frame.loc[: rows - 1, column] = value

    return change


TABLES: dict[str, tuple[Callable[[pd.DataFrame], object], str]] = {
    "missing column": (lambda f: f.drop(columns="age"), "contract-broken"),
    "undeclared column": (lambda f: f.assign(shoe_size=SECRET), "contract-broken"),
    "text where a number belongs": (_set("age", SECRET), "contract-broken"),
    "fraction where an integer belongs": (_set("age", "41.5"), "contract-broken"),
    "below the range": (_set("age", 3), "contract-broken"),
    "above the range": (_set("income", 10**9), "contract-broken"),
    "infinite": (_set("income", "inf"), "contract-broken"),
    "unseen level of a closed list": (_set("sex", SECRET), "contract-broken"),
    "missing where it is not allowed": (_set("age", ""), "contract-broken"),
    "duplicate unit": (_set("id", SECRET), "contract-broken"),
    "cross-check broken": (_set("end", 0), "contract-broken"),
    "unseen target class": (_set("bought", SECRET), "contract-broken"),
    "no target": (lambda f: f.drop(columns="bought"), "contract-broken"),
    "one class only": (_set("bought", "no", 10_000), "class-absent"),
}


@pytest.mark.parametrize("case", TABLES)
def test_a_wrong_table_is_refused(
    case: str, run: Callable[..., Ran], made: Path, tmp_path: Path, policy_file: Path
) -> None:
    change, code = TABLES[case]
    work = _copied(made, tmp_path)
    table = tmp_path / "wrong.csv"
    _frame(change).to_csv(table, index=False)

    ran = run("fit", policy_file, table, "-w", work)

    _one_clear_message(ran, code, exit_code=1)
    verify(work)


FILES: dict[str, tuple[str, bytes, str, int]] = {
    "empty file": ("t.csv", b"", "table-empty", 1),
    "header only": ("t.csv", b"id,age\n", "table-empty", 1),
    "wrong encoding": ("t.csv", "id,job\n1,caf\xe9\n".encode("latin-1"), "encoding-wrong", 1),
    "UTF-16": ("t.csv", "id,job\n1,x\n".encode("utf-16"), "encoding-wrong", 1),
    "ragged rows": ("t.csv", b"id,age\n1,2\n1,2,3\n", "table-malformed", 1),
    "duplicate column names": ("t.csv", b"id,id\n1,2\n", "columns-duplicate", 1),
    "truncated gzip": ("t.csv.gz", gzip.compress(b"id,age\n" + b"1,2\n" * 9999)[:40], "table-malformed", 1),
    "not a Parquet file": ("t.parquet", b"PAR1 but no more", "table-malformed", 1),
    "unknown suffix": ("t.xlsx", b"whatever", "suffix-unknown", 2),
}


@pytest.mark.parametrize("case", FILES)
def test_a_wrong_file_is_refused(
    case: str, run: Callable[..., Ran], made: Path, tmp_path: Path, policy_file: Path
) -> None:
    name, data, code, exit_code = FILES[case]
    work = _copied(made, tmp_path)
    (tmp_path / name).write_bytes(data)

    ran = run("fit", policy_file, tmp_path / name, "-w", work)

    _one_clear_message(ran, code, exit_code=exit_code)
    verify(work)


POLICIES: dict[str, Callable[[str], str]] = {
    "broken YAML": lambda text: text.replace("data:", "data: ["),
    "unknown key": lambda text: text.replace("purpose:", "porpose:"),
    "duplicate key": lambda text: text + "name: again\n",
    "identifier as monotone feature": lambda text: text.replace(
        "task: binary}", "task: binary, monotone: {email: increasing}}"
    ),
    "two targets": lambda text: text.replace("role: protected, type: category", "role: target, type: category"),
    "bounds the wrong way round": lambda text: text.replace("min: 18, max: 95", "min: 95, max: 18"),
    "unknown family": lambda text: text.replace("family: logistic", "family: logistics"),
    "unknown setting": lambda text: text.replace("task: binary}", "task: binary, settings: {cc: 2}}"),
    "private family without a budget": lambda text: text.replace("family: logistic", "family: dp-logistic"),
    "private family without bounds": lambda text: (
        text.replace("family: logistic", "family: dp-logistic").replace(", min: 0, max: 100000", "") + PRIVACY
    ),
    "refused family": lambda text: text.replace("family: logistic", "family: dp-linear") + PRIVACY,
    "epsilon above the dataset's budget": lambda text: (
        text.replace("family: logistic", "family: dp-logistic") + PRIVACY.replace("epsilon: 1.0", "epsilon: 9.0")
    ),
    "rule over an unknown column": lambda text: text.replace("end >= start", "finish >= start"),
    "rule that calls a function": lambda text: text.replace("end >= start", "__import__('os') == 1"),
}


@pytest.mark.parametrize("case", POLICIES)
def test_a_wrong_policy_is_refused(
    case: str, run: Callable[..., Ran], made: Path, tmp_path: Path, table_file: Path
) -> None:
    work = _copied(made, tmp_path)
    policy = tmp_path / "wrong.yaml"
    policy.write_text(POLICIES[case](POLICY))

    ran = run("fit", policy, table_file, "-w", work)

    _one_clear_message(ran, "policy-", exit_code=2)
    assert "wrong.yaml:" in ran.err
    verify(work)


def test_a_draft_that_nobody_settled_is_refused(run: Callable[..., Ran], tmp_path: Path, table_file: Path) -> None:
    draft = tmp_path / "draft.yaml"
    assert run("init", table_file, "--out", draft).code == 0

    _one_clear_message(run("fit", draft, table_file, "-w", tmp_path / "w"), "policy-undecided", exit_code=2)


def test_a_policy_in_the_wrong_encoding_is_refused(run: Callable[..., Ran], tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_bytes(POLICY.replace("Trying", "Tr\xe4").encode("latin-1"))

    _one_clear_message(run("check", path), "policy-", exit_code=2)


def test_a_missing_file_is_refused(run: Callable[..., Ran], tmp_path: Path, policy_file: Path) -> None:
    assert run("fit", policy_file, tmp_path / "nowhere.csv", "-w", tmp_path / "w").code in {1, 2}
    assert run("check", tmp_path / "nowhere.yaml").code == 2


def test_a_missing_workspace_is_refused(run: Callable[..., Ran], tmp_path: Path, table_file: Path) -> None:
    ran = run("score", table_file, "--out", tmp_path / "o.csv", "-w", tmp_path / "nothing")

    _one_clear_message(ran, "workspace-missing", exit_code=2)
    assert not (tmp_path / "nothing").exists()


def test_an_unknown_model_is_refused(run: Callable[..., Ran], made: Path, tmp_path: Path, table_file: Path) -> None:
    ran = run("score", table_file, "--out", tmp_path / "o.csv", "-w", _copied(made, tmp_path), "-m", "ffffffffffff")

    _one_clear_message(ran, "model-unknown", exit_code=2)


def test_an_unapproved_model_may_not_score_in_production(
    run: Callable[..., Ran], made: Path, tmp_path: Path, table_file: Path
) -> None:
    out = tmp_path / "o.csv"
    ran = run("score", table_file, "--out", out, "-w", _copied(made, tmp_path), "--production")

    _one_clear_message(ran, "model-not-approved", exit_code=3)
    assert not out.exists()


def test_a_changed_model_file_is_refused(run: Callable[..., Ran], made: Path, tmp_path: Path, table_file: Path) -> None:
    work = _copied(made, tmp_path)
    for path in (work / "artifacts").rglob("*"):
        if path.is_file() and b"additive-model/v1" in path.read_bytes():
            path.write_bytes(path.read_bytes().replace(b"logit", b"l0git", 1))

    ran = run("score", table_file, "--out", tmp_path / "o.csv", "-w", work)

    _one_clear_message(ran, "artifact-changed", exit_code=4)


def test_the_budget_runs_out(run: Callable[..., Ran], tmp_path: Path, table_file: Path) -> None:
    policy = tmp_path / "private.yaml"
    policy.write_text(POLICY.replace("family: logistic", "family: dp-logistic") + PRIVACY)
    work = tmp_path / "w"

    assert run("fit", policy, table_file, "-w", work).code == 0
    ran = run("fit", policy, table_file, "-w", work)

    _one_clear_message(ran, "budget-exceeded", exit_code=3)
    assert verify(work)


def test_a_lost_log_key_is_refused(
    run: Callable[..., Ran], made: Path, tmp_path: Path, policy_file: Path, table_file: Path
) -> None:
    work = _copied(made, tmp_path)
    (work / "keys" / "log.key").unlink()

    ran = run("fit", policy_file, table_file, "-w", work)

    assert ran.code in {1, 2, 4}
    assert ran.err.count("error [") == 1
    assert not (work / "keys" / "log.key").exists(), "a new key must never be made for an old log"


@pytest.mark.skipif(os.geteuid() != 0 or not Path("/dev/shm").exists(), reason="needs a small file system of its own")
def test_a_full_disk_loses_nothing(
    run: Callable[..., Ran], made: Path, tmp_path: Path, policy_file: Path, table_file: Path
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if os.system(f"mount -t tmpfs -o size=900k tmpfs {small} 2>/dev/null") != 0:
        pytest.skip("this machine does not let us mount a small file system")
    try:
        work = _copied(made, small)
        size = verify(work).size
        filler = small / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as stream:
            while True:
                stream.write(b"x" * 1024)
        ran = run("fit", policy_file, table_file, "-w", work)
        assert ran.code in {1, 4}
        assert ran.err.count("error [") == 1
        assert "Traceback" not in ran.err
        filler.unlink()
        assert verify(work).size >= size
        assert run("fit", policy_file, table_file, "-w", work).code == 0
    finally:
        os.system(f"umount {small}")


def _copied(made: Path, folder: Path) -> Path:
    return Path(shutil.copytree(made, folder / "work"))


def _one_clear_message(ran: Ran, code: str, *, exit_code: int) -> None:
    assert (ran.code, ran.err.count("error [")) == (exit_code, 1), ran.err
    assert f"error [{code}" in ran.err, ran.err
    assert "Traceback" not in ran.err + ran.out
    assert SECRET not in ran.err + ran.out
    assert len(ran.err) < 4000
