"""Detection of personal data beside Presidio's pattern recognisers, in one run.

``python benchmarks/bench_pii.py`` prints JSON and writes ``benchmarks/results/bench_pii.json``. Presidio's side is left
out, and said to be, where ``presidio_analyzer`` cannot be imported. Speeds are per second of process time.
"""

import argparse
import gzip
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pii_columns import table

from glassledger.redaction.columns import detect_columns
from glassledger.redaction.spans import find_spans

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


def columns(*, rows: int, seed: int, headers: bool) -> dict[str, float]:
    frame, truth = table(rows=rows, seed=seed, headers=headers)
    started = time.process_time()
    found = {verdict.column: verdict.kind for verdict in detect_columns(frame)}
    seconds = time.process_time() - started
    flagged = [name for name in truth if found[name] != "none"]
    quasi = {"postcode", "coordinates", "birth_date", "none"}
    direct = [name for name in truth if truth[name] not in quasi]
    personal = [name for name in truth if truth[name] != "none"]
    return {
        "columns": len(truth),
        "look_alikes": len(truth) - len(personal),
        "precision": round(sum(truth[name] != "none" for name in flagged) / len(flagged), 3),
        "recall": round(sum(found[name] != "none" for name in personal) / len(personal), 3),
        "recall_direct": round(sum(found[name] != "none" for name in direct) / len(direct), 3),
        "clean_flagged": sum(truth[name] == "none" for name in flagged),
        "cells_per_s": round(frame.size / seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=99)
    asked = parser.parse_args()
    free = [f"客户手机13{i % 10}{i * 7919 % 10**8:08d}已登记，请于周五前联系" for i in range(20_000)]
    clean = [f"order {i} shipped on time to depot {i % 40}" for i in range(20_000)]
    result: dict[str, object] = {
        "spans": {"glassledger": spans(ours)},
        "cells": {"glassledger": {"chinese": round(cells(ours, free)), "clean": round(cells(ours, clean))}},
        "columns": {
            name: columns(rows=asked.rows, seed=asked.seed, headers=headers)
            for name, headers in (("with headers", True), ("without headers", False))
        },
    }
    for threshold in (0.4, 0.5):
        peer = presidio(threshold)
        if peer is not None:
            result["spans"][f"presidio patterns, threshold {threshold}"] = spans(peer)  # type: ignore[index]
            speeds = {"chinese": round(cells(peer, free[:300])), "clean": round(cells(peer, clean[:300]))}
            result["cells"][f"presidio patterns, threshold {threshold}"] = speeds  # type: ignore[index]
    result["peer"] = "measured in this run" if presidio(0.5) else "presidio_analyzer is not installed: not run"
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "bench_pii.json").write_text(json.dumps(result, indent=1) + "\n")
    json.dump(result, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
