"""Detection of personal data beside Presidio's pattern recognisers, in one run.

``python benchmarks/bench_pii.py`` prints JSON and writes ``benchmarks/results/bench_pii.json``. Presidio's side is left
out, and said to be, where ``presidio_analyzer`` cannot be imported. Speeds are per second of process time.
"""

import argparse
import gzip
import json
import logging
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
from pii_columns import PERSONAL, cn_id, email, iban, nir, table

from glassledger.redaction.columns import detect_column, detect_columns
from glassledger.redaction.distinct import Distinct
from glassledger.redaction.inspect import inspect_table
from glassledger.redaction.spans import find_spans
from glassledger.redaction.stray import rows_with, stray_places, texts_of

HERE = Path(__file__).resolve().parent
SHARED = Path(os.environ.get("GLASSLEDGER_SHARED", HERE.parent.parent / "shared")) / "data"
OURS = {
    "payment_card": "CREDIT_CARD",
    "phone": "PHONE_NUMBER",
    "cn_mobile": "PHONE_NUMBER",
    "email": "EMAIL_ADDRESS",
    "iban": "IBAN_CODE",
    "us_ssn": "US_SSN",
    "ipv4": "IP_ADDRESS",
    "ipv6": "IP_ADDRESS",
}
TYPES = frozenset(OURS.values())
QUASI = frozenset(("postcode", "coordinates", "birth_date", "age", "gender", "city", "none"))
PLANTED = {"email": email, "iban": iban, "cn_id": cn_id, "fr_nir": nir} | {
    kind: make for _, kind, make in PERSONAL if kind in ("payment_card", "es_dni", "it_codice_fiscale")
}
Place = tuple[int, int, str]
Finder = Callable[[Sequence[str]], list[list[Place]]]


def ours(texts: Sequence[str]) -> list[list[Place]]:
    return [[(span.start, span.end, OURS.get(span.kind, span.kind)) for span in spans] for spans in find_spans(texts)]


def presidio(threshold: float) -> Finder | None:
    """Presidio's default English recognisers over a blank tokenizer: patterns only, no language model."""
    try:
        import spacy
        from presidio_analyzer import AnalyzerEngine
        from presidio_analyzer.nlp_engine import SpacyNlpEngine
    except ImportError:
        return None

    class Blank(SpacyNlpEngine):
        def __init__(self) -> None:
            super().__init__()
            self.nlp = {"en": spacy.blank("en")}

    engine = AnalyzerEngine(nlp_engine=Blank(), supported_languages=["en"])

    logging.getLogger("tldextract").setLevel(logging.CRITICAL)  # it asks the network for a newer list, and does without

    def find(texts: Sequence[str]) -> list[list[Place]]:
        return [
            [
                (item.start, item.end, item.entity_type)
                for item in engine.analyze(text, language="en", score_threshold=threshold, entities=sorted(TYPES))
            ]
            for text in texts
        ]

    return find


def overlaps(one: Place, other: Place) -> bool:
    """The same type, and the common part is at least half of the whole."""
    common = min(one[1], other[1]) - max(one[0], other[0])
    return one[2] == other[2] and 2 * common >= max(one[1], other[1]) - min(one[0], other[0])


def spans(find: Finder) -> dict[str, float]:
    with gzip.open(SHARED / "pii_presidio_synth_dataset_v2.json.gz") as file:
        documents = json.load(file)
    texts = [item["full_text"] for item in documents]
    find(texts[:20])
    started = time.process_time()
    places = find(texts)
    seconds = time.process_time() - started
    right = wrong = missed = 0
    for document, found in zip(documents, places, strict=True):
        gold = [(s["start_position"], s["end_position"], s["entity_type"]) for s in document["spans"]]
        gold = [place for place in gold if place[2] in TYPES]
        right += sum(any(overlaps(place, other) for other in found) for place in gold)
        missed += sum(not any(overlaps(place, other) for other in found) for place in gold)
        wrong += sum(not any(overlaps(place, other) for other in gold) for place in found)
    return {
        "precision": round(right / (right + wrong), 3),
        "recall": round(right / (right + missed), 3),
        "documents_per_s": round(len(texts) / seconds),
    }


def cells(find: Finder, texts: Sequence[str]) -> float:
    started = time.process_time()
    find(texts)
    return len(texts) / (time.process_time() - started)


def scan(texts: Sequence[str]) -> list[list[Place]]:
    """As a table is scanned: every distinct value once."""
    distinct = Distinct.of(pd.Series(texts, dtype=object))
    stray_places(texts_of(distinct))
    return []


def columns(*, rows: int, seed: int, headers: bool) -> dict[str, float]:
    frame, truth = table(rows=rows, seed=seed, headers=headers)
    started = time.process_time()
    found = {verdict.column: verdict.kind for verdict in detect_columns(frame)}
    seconds = time.process_time() - started
    return judged([(truth[name], found[name]) for name in truth]) | {"cells_per_s": round(frame.size / seconds)}


def adversarial(*, rows: int, seed: int) -> dict[str, float] | str:
    """Names of columns in eight languages over Faker's values, ``rows`` cells each."""
    try:
        from pii_adversarial import tables
    except ImportError:
        return "faker is not installed: not run"
    made, truth = tables(rows=rows, seed=seed)
    kinds = [detect_column(column, str(column.name)).kind for column in made]
    same = {"cn_mobile": "phone", "ipv6": "ipv4"}
    typed = sum(same.get(a, a) == same.get(b, b) for a, b in zip(truth, kinds, strict=True) if a != "none")
    personal = sum(kind != "none" for kind in truth)
    return judged(list(zip(truth, kinds, strict=True))) | {"recall_typed": round(typed / personal, 3)}


def judged(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Precision and recall of (true kind, found kind)."""
    flagged = [true for true, found in pairs if found != "none"]
    personal = [found for true, found in pairs if true != "none"]
    direct = [found for true, found in pairs if true not in QUASI]
    return {
        "columns": len(pairs),
        "look_alikes": len(pairs) - len(personal),
        "precision": round(sum(true != "none" for true in flagged) / len(flagged), 3),
        "recall": round(sum(found != "none" for found in personal) / len(personal), 3),
        "recall_direct": round(sum(found != "none" for found in direct) / len(direct), 3),
        "clean_flagged": sum(true == "none" for true in flagged),
    }


def chinese_recall(rows: int = 5_000) -> float:
    """Texts without blanks in which a mobile number, a resident id and an address are all found."""
    rng = random.Random(4)
    texts = [f"客户手机{mobile(rng)}已登记，身份证{cn_id(rng)}，邮箱{email(rng)}请勿外传" for _ in range(rows)]
    wanted = {"cn_mobile", "cn_id", "email"}
    return round(sum({span.kind for span in found} == wanted for found in find_spans(texts)) / rows, 4)


def sparse(rows: int = 20_000) -> dict[str, float]:
    """Identifiers in 0.2 % of a clean column: the share of those cells found, and cells found that hold none."""
    rng, found = random.Random(8), {}
    for kind, make in PLANTED.items():
        cells = [f"parcel {rng.randint(1, 9999)} to depot {rng.randint(1, 40)}" for _ in range(rows)]
        planted = set(rng.sample(range(rows), rows // 500))
        for place in planted:
            cells[place] = f"{make(rng)}" if kind != "email" else f"ask {make(rng)}"
        distinct = Distinct.of(pd.Series(cells, dtype=object))
        places = stray_places(texts_of(distinct))
        rows_found = {int(row) for got in places.values() for row in rows_with(distinct, got)}
        found[kind] = round(len(rows_found & planted) / len(planted), 4)
        found["wrongly"] = found.get("wrongly", 0) + len(rows_found - planted)
    return found


def big_table(rows: int = 1_000_000) -> dict[str, float]:
    """Twelve columns, each value ten times: verdicts and the full scan for strays."""
    rng = random.Random(5)
    makes = {name: make for name, _, make in PERSONAL}
    names = ("email", "phone_number", "iban", "card_number", "customer_name", "Anschrift", "date_of_birth", "zip_code")
    cells = {name: [makes[name](rng) for _ in range(rows // 10)] * 10 for name in names}
    cells["note"] = [free_text(rng, place) for place in range(rows // 10)] * 10
    cells["amount"] = [round(rng.uniform(1, 9000), 2) for _ in range(rows // 10)] * 10
    cells["visits"] = [rng.randint(0, 40) for _ in range(rows)]
    cells["segment"] = [rng.choice(("gold", "silver", "basic")) for _ in range(rows)]
    frame = pd.DataFrame(cells)
    started = time.process_time()
    inspect_table(frame, name="big")
    return {
        "rows": rows,
        "columns": len(cells),
        "cpu_s_detect": round(time.process_time() - started, 2),
        "process_peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def mobile(rng: random.Random) -> str:
    return f"1{rng.choice('3578')}{rng.randint(0, 10**9 - 1):09d}"


def free_text(rng: random.Random, place: int) -> str:
    """A note in English, German or French, of which some two thirds hold something."""
    form = rng.choice((
        "customer called about the delivery of the new lamp and asked for a refund",
        "write to {e} about the open invoice",
        "Rückruf unter +49 89 {p} gewünscht, Kunde wartet auf Antwort", "bitte an {e} schicken, danke für die Mühe",
        "le client a demandé une facture, merci de répondre à {e}", "card {c} was declined twice on Friday, try again",
        "no complaint, renewal agreed for next year", "order {o} arrived late, gave a voucher of 20 EUR",
    ))  # fmt: skip
    text = form.format(
        e=email(rng),
        p=rng.randint(10**6, 10**7 - 1),
        c=f"4111 1111 1111 {rng.randint(0, 9999):04d}",
        o=rng.randint(10**7, 10**8),
    )
    return f"{text} #{place}"


def speeds(peer: Finder | None) -> dict[str, dict[str, float | str]]:
    """Cells per second of process time, ours over many, the peer's over a few of the same, and the ratio."""
    rng = random.Random(6)
    frame = pd.concat([table(rows=5_000, seed=6, headers=False)[0]] * 20, ignore_index=True)
    started = time.process_time()
    detect_columns(frame)
    classify = frame.size / (time.process_time() - started)
    some = [str(cell) for name in frame for cell in frame[name].iloc[:4]]
    cases: dict[str, tuple[float, Sequence[str]]] = {"column classify, 100,000 rows": (classify, some)}
    for name, texts in (
        ("free text, en de fr", [free_text(rng, place) for place in range(20_000)]),
        ("free text, zh", [f"客户手机{mobile(rng)}已登记，请于周五前联系" for _ in range(20_000)]),
        ("clean column", [f"order {place} shipped on time to depot {place % 40}" for place in range(20_000)]),
    ):
        cases[name] = (cells(scan, texts), texts[:300])
    out: dict[str, dict[str, float | str]] = {}
    for name, (ours_per_s, few) in cases.items():
        theirs = cells(peer, few) if peer is not None else None
        ratio = "peer not installed: not run" if theirs is None else round(ours_per_s / theirs)
        out[name] = {"glassledger": round(ours_per_s), "presidio patterns": round(theirs or 0), "ratio": ratio}
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20_261_130)
    parser.add_argument("--big", type=int, default=1_000_000, help="rows of the table of twelve columns")
    asked = parser.parse_args()
    found: dict[str, object] = {"glassledger": spans(ours)}
    for threshold in (0.4, 0.5):
        peer = presidio(threshold)
        if peer is not None:
            found[f"presidio patterns, threshold {threshold}"] = spans(peer)
    result: dict[str, object] = {
        "spans": found,
        "cells_per_s": speeds(presidio(0.4)),
        "columns": {
            name: columns(rows=asked.rows, seed=asked.seed, headers=headers)
            for name, headers in (("with headers", True), ("without headers", False))
        },
        "columns named in eight languages": {
            f"{rows} cells each": adversarial(rows=rows, seed=asked.seed) for rows in (5, 40)
        },
        "sparse 0.2 %, recall": sparse(),
        "chinese unspaced, recall": chinese_recall(),
        "big table": big_table(asked.big),
        "peer": "measured in this run" if presidio(0.5) else "presidio_analyzer is not installed: not run",
    }
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "bench_pii.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    json.dump(result, sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
