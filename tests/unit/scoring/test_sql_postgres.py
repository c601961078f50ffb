"""The query in a real PostgreSQL, run by its own client, beside the single rows."""

import csv
import io
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.unit.scoring.strategies import RULES, models, policy_of, rows, rule_models

from glassledger.scoring.card import scoring_card
from glassledger.scoring.row import RowScorer
from glassledger.scoring.sql import contract_query, scoring_query

pytestmark = pytest.mark.slow

Client = Callable[..., str]


def _programs() -> Path:
    """Where initdb lies: on the path, or where Debian keeps it."""
    found = shutil.which("initdb")
    homes = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not homes or shutil.which("psql") is None:
        pytest.skip("PostgreSQL is not installed")
    return homes[-1]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Runs one statement in a server of its own, without a network; the server does not run as root."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="gl-pg-"))  # a socket's path must be short
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    if user:
        shutil.chown(folder, "postgres", "postgres")
    role = "postgres" if user else pwd.getpwuid(os.geteuid()).pw_name
    data, options = folder / "data", f"-c listen_addresses='' -c fsync=off -k {folder}"

    def server(*arguments: str) -> None:
        subprocess.run(arguments, check=True, cwd=folder, stdout=subprocess.DEVNULL, **user)

    def ask(statement: str, rows: str = "") -> str:
        command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(folder), "-U", role, "-d", "postgres"]
        done = subprocess.run(
            [*command, "-c", statement], input=rows, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    try:
        server(f"{programs}/initdb", "-D", str(data), "-A", "trust", "-U", role, "-E", "UTF8", "--locale=C.UTF-8")
        server(f"{programs}/pg_ctl", "-D", str(data), "-o", options, "-w", "-l", str(folder / "log"), "start")
        ask('CREATE TABLE people (key int, x float8, "n um" float8, "ç" text)')
        yield ask
    finally:
        subprocess.run(
            [f"{programs}/pg_ctl", "-D", str(data), "-m", "immediate", "stop"],
            check=False, cwd=folder, stdout=subprocess.DEVNULL, **user,
        )  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)


@given(data=st.data())
@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_postgres_says_what_the_single_rows_say(data, client):
    model = data.draw(models() | rule_models())
    frame = data.draw(rows(infinite=False))
    numbers = frame[["x", "n um"]].clip(-1e6, 1e6)  # PostgreSQL refuses arithmetic that overflows
    frame = frame.assign(**numbers)[["x", "n um", "ç"]]
    decision, reasons = data.draw(RULES)
    card = scoring_card(model, policy=policy_of(model, decision=decision, reasons=reasons))
    client("TRUNCATE people")
    client("COPY people FROM STDIN (FORMAT csv, NULL 'NULL')", frame.to_csv(header=False, na_rep="NULL"))
    client("UPDATE people SET x = 'NaN' WHERE x IS NULL AND key % 2 = 0")
    if card["link"] == "log" and max(abs(value) for value in model.decision_values(frame)[:, 0]) > 700:
        return
    query = scoring_query(card, table="people", keep=("key",), dialect="postgres")
    answer = client(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER, NULL 'NULL')")
    found = {int(row["key"]): row for row in csv.DictReader(io.StringIO(answer))}
    assert sorted(found) == list(range(len(frame)))
    for key, row in enumerate(frame.to_dict("records")):
        expected = RowScorer(card)(row, checked=False)
        assert float(found[key]["score"]) == pytest.approx(expected.score, rel=1e-9, abs=1e-9)
        assert found[key].get("decision") == expected.decision
        empty = ["NULL"] * (card["reasons"]["count"] - len(expected.reasons))
        told = [found[key][f"reason_{rank + 1}"] for rank in range(card["reasons"]["count"])]
        assert told == [reason.text for reason in expected.reasons] + empty


@given(data=st.data())
@settings(max_examples=1, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_contract_query_counts_faults(data, client):
    model = data.draw(rule_models())
    card = scoring_card(model, policy=policy_of(model, decision=None, reasons={}))
    client("TRUNCATE people")
    client("COPY people FROM STDIN (FORMAT csv, NULL 'NULL')", "0,3.5,1,a\n1,0,Infinity,a\n2,NULL,NULL,zzz\n")
    answer = client(f"COPY ({contract_query(card, table='people', dialect='postgres')}) TO STDOUT (FORMAT csv)")
    assert set(answer.splitlines()) == {"n um,not finite,1", "x,above the maximum,1", "ç,not declared,1"}
