"""A streamed run gives what the whole table gives, survives kill -9 in any place, and sets bad rows aside by rule."""

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.dataset
import pyarrow.parquet
import pytest

from glassledger.audit.verify import verify
from glassledger.errors import InputError, UsageError
from glassledger.policy import Policy
from glassledger.workspace import Workspace

from .conftest import POLICY, Ran, small_table

SET_ASIDE = POLICY.replace("  columns:\n", "  rejects: set_aside\n  columns:\n", 1)


@pytest.fixture(scope="module")
def lenient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose policy sets bad rows aside."""
    folder = tmp_path_factory.mktemp("lenient") / "work"
    with Workspace.open(folder, actor="dana@example.com") as ws:
        ws.fit(Policy.parse(SET_ASIDE.encode(), name="small.yaml"), small_table())
    return folder


@pytest.fixture
def work(lenient: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(lenient, tmp_path / "work"))


def rows_of(out: Path) -> pd.DataFrame:
    return pyarrow.dataset.dataset(out, format="parquet").to_table().to_pandas()


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype(object).where(frame.notna(), None).reset_index(drop=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in sorted(folder.glob("*.parquet"))}


@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet", "folder"])
def test_batches_give_what_the_whole_table_gives(work: Path, tmp_path: Path, form: str) -> None:
    table = small_table(950, seed=5)
    path = tmp_path / f"people.{form}"
    if form == "folder":
        path.mkdir()
        for number, start in enumerate(range(0, 950, 400)):
            table.iloc[start : start + 400].to_parquet(path / f"{number}.parquet", index=False)
    elif form == "parquet":
        table.to_parquet(path, index=False, row_group_size=130)
    else:
        table.to_csv(path, index=False)
    with Workspace.open(work) as ws:
        model = ws.model()
        streamed = ws.score_stream(model, path, out=tmp_path / "out", batch_rows=300)
        whole = ws.score(model, table)
        log = ws.verify()
    assert (streamed.rows, streamed.scored, streamed.rejected, streamed.batches) == (950, 950, 0, 4)
    assert plain(rows_of(tmp_path / "out")).equals(plain(whole.table))
    assert not [finding for finding in log.findings if finding.index is not None]
    assert not (tmp_path / "out.rejects").exists()


def spoilt(rows: int) -> tuple[pd.DataFrame, set[tuple[int, str, str]]]:
    """A table with faults of every kind in known rows."""
    table = small_table(rows, seed=6).astype({"age": object})
    table.loc[10, "age"] = 12
    table.loc[rows - 1, "age"] = "old"
    table.loc[150, "income"] = -5.0
    table.loc[151, "end"] = 0
    table.loc[151, "income"] = 1e9
    table.loc[220, "id"] = table.loc[3, "id"]  # an earlier batch
    table.loc[222, "id"] = table.loc[221, "id"]  # the same batch
    table.loc[160, "job"] = "mail me@example.com"
    faults = {
        (10, "age", "range"), (rows - 1, "age", "type"), (150, "income", "range"), (151, "income", "range"),
        (151, "(several columns)", "ends after it starts"), (220, "id", "unique"), (222, "id", "unique"),
        (160, "job", "undeclared identifier (email)"),
    }  # fmt: skip
    return table, faults


def test_bad_rows_are_set_aside_by_row_and_rule(work: Path, tmp_path: Path, run: Callable[..., Ran]) -> None:
    table, faults = spoilt(400)
    table.to_csv(tmp_path / "people.csv", index=False)
    out = tmp_path / "out.parquet"
    ran = run("score", tmp_path / "people.csv", "--out", out, "--batch-rows", 100, "--stream", "-w", work, "--json")
    assert ran.code == 0, ran.err
    answer = json.loads(ran.out)
    assert (answer["rows"], answer["scored"], answer["rejected"]) == (400, 393, 7)
    side = rows_of(tmp_path / "out.parquet.rejects")
    assert {(row, column, rule) for row, column, rule in side.itertuples(index=False)} == faults
    bad = sorted({row for row, _, _ in faults})
    with Workspace.open(work) as ws:
        whole = ws.score(ws.model(), table.drop(index=bad).astype({"age": int}))
        ws.verify()
    expected = whole.table.assign(row=[row for row in range(400) if row not in bad])
    assert plain(rows_of(out)).equals(plain(expected))
    for path in (*out.iterdir(), *(tmp_path / "out.parquet.rejects").iterdir(), *work.rglob("*")):
        assert not path.is_file() or b"me@example.com" not in path.read_bytes()


def test_or_they_stop_the_run_if_the_policy_says_so(made: Path, tmp_path: Path) -> None:
    work = Path(shutil.copytree(made, tmp_path / "work"))
    table, _ = spoilt(400)
    table.to_csv(tmp_path / "people.csv", index=False)
    with Workspace.open(work) as ws:
        with pytest.raises(InputError) as caught:
            ws.score_stream(ws.model(), tmp_path / "people.csv", out=tmp_path / "out", batch_rows=100)
        assert caught.value.code == "contract-broken"
        assert caught.value.facts["failures"][0]["rows"] == [10]
        with pytest.raises(UsageError) as again:
            ws.score_stream(ws.model(), tmp_path / "people.csv", out=tmp_path / "out", batch_rows=100)
        assert again.value.code == "stream-closed"
        ws.verify()


def test_a_late_batch_names_rows_of_the_whole_table(made: Path, tmp_path: Path) -> None:
    work = Path(shutil.copytree(made, tmp_path / "work"))
    table = small_table(400)
    table.loc[333, "age"] = 12
    table.to_parquet(tmp_path / "people.parquet")
    with Workspace.open(work) as ws, pytest.raises(InputError) as caught:
        ws.score_stream(ws.model(), tmp_path / "people.parquet", out=tmp_path / "out", batch_rows=100)
    assert caught.value.facts["failures"][0]["rows"] == [333]


def written(out: Path) -> int:
    return len(list(out.glob("*.parquet"))) if out.exists() else 0


CHILD = """
import sys
from glassledger.workspace import Workspace
with Workspace.open(sys.argv[1]) as ws:
    ws.score_stream(ws.model(), sys.argv[2], out=sys.argv[3], batch_rows=100)
"""


@pytest.mark.slow
def test_killed_anywhere_it_goes_on_and_ends_as_if_undisturbed(work: Path, tmp_path: Path) -> None:
    table, _ = spoilt(3_000)
    people = tmp_path / "people.parquet"
    table.astype({"age": str}).to_parquet(people, index=False)
    with Workspace.open(work) as ws:
        ws.score_stream(ws.model(), people, out=tmp_path / "calm", batch_rows=100)
    rng = random.Random(7)
    out, kills, arguments = tmp_path / "out", 0, [sys.executable, "-c", CHILD, str(work), str(people)]
    for _ in range(40):
        enough = written(out) + 7 if written(out) < 22 else 1_000
        child = subprocess.Popen([*arguments, str(out)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while child.poll() is None and written(out) < enough:
            time.sleep(0.002)
        time.sleep(rng.random() * 0.05)
        if child.poll() is not None:
            assert child.stderr is not None
            assert child.returncode == 0, child.stderr.read()
            break
        child.send_signal(signal.SIGKILL)
        child.communicate()
        kills += 1
    assert kills >= 3
    assert contents(out) == contents(tmp_path / "calm")
    assert contents(tmp_path / "out.rejects") == contents(tmp_path / "calm.rejects")
    assert verify(work).size > 30
    with Workspace.open(work) as ws:
        rows = [row.entry for row in ws._rooms.journal.rows()]
    intents = [at for at, entry in enumerate(rows) if entry.type == "score.intent"]
    batches = [entry.body["batch"] for entry in rows if entry.type == "score.batch" and entry.subject == intents[-1]]
    assert batches == list(range(30))


def test_it_goes_on_only_with_the_same_table_files_and_options(work: Path, tmp_path: Path) -> None:
    table = small_table(500)
    people = tmp_path / "people.csv"
    table.to_csv(people, index=False)
    out = tmp_path / "out"

    def stop(step: str, done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with Workspace.open(work, on_step=stop) as ws, pytest.raises(KeyboardInterrupt):
        ws.score_stream(ws.model(), people, out=out, batch_rows=100)
    with Workspace.open(work) as ws:
        model = ws.model()
        with pytest.raises(UsageError) as caught:
            ws.score_stream(model, people, out=out, batch_rows=50)
        assert caught.value.code == "stream-other-run"
        kept = (out / "part-000001.parquet").read_bytes()
        (out / "part-000001.parquet").write_bytes(kept[:-1] + b"?")
        with pytest.raises(InputError) as changed:
            ws.score_stream(model, people, out=out, batch_rows=100)
        assert changed.value.code == "stream-output-changed"


def test_a_folder_with_other_files_is_left_alone(work: Path, tmp_path: Path) -> None:
    small_table(50).to_csv(tmp_path / "people.csv", index=False)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("x")
    with Workspace.open(work) as ws, pytest.raises(UsageError) as caught:
        ws.score_stream(ws.model(), tmp_path / "people.csv", out=tmp_path / "out")
    assert caught.value.code == "stream-other-run"
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == [".lock", "mine.txt"]


def test_a_large_table_streams_by_itself(
    work: Path, tmp_path: Path, run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    small_table(50).to_csv(tmp_path / "people.csv", index=False)
    monkeypatch.setattr("glassledger.workspace.scoring.LARGE", 100)
    assert run("score", tmp_path / "people.csv", "--out", tmp_path / "a.parquet", "-w", work).code == 0
    assert (tmp_path / "a.parquet").is_dir()
    assert run("score", tmp_path / "people.csv", "--out", tmp_path / "b.parquet", "--no-stream", "-w", work).code == 0
    assert (tmp_path / "b.parquet").is_file()
    assert len(rows_of(tmp_path / "a.parquet")) == len(pyarrow.parquet.read_table(tmp_path / "b.parquet")) == 50


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"id,age\n1,2\n\xff\xfe,3\n", "table-malformed"),
        (b"id,age\n1,2,3\n", "table-malformed"),
        (b"id,id\n1,2\n", "columns-duplicate"),
        (b"id,age\n", "table-empty"),
        (b"", "table-malformed"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_without_its_cells(
    work: Path, tmp_path: Path, data: bytes, code: str
) -> None:
    (tmp_path / "people.csv").write_bytes(data)
    with Workspace.open(work) as ws, pytest.raises(InputError) as caught:
        ws.score_stream(ws.model(), tmp_path / "people.csv", out=tmp_path / "out")
    assert caught.value.code == code
