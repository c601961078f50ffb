"""What the lines of the private benchmark add up to: a JSON file and Markdown tables.

Everything that is compared is compared over the splits that both sides have.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

OURS, PEER, CEILING = "dp-additive", "dp-ebm", "ebm"
VARIANTS = ("dp-ebm", "dp-ebm-classic", "dp-ebm-a", "dp-ebm-b")
Line = dict[str, Any]


class Lines:
    """Lines by table, epsilon and learner, then by split."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._cells: dict[tuple[str, float | None, str], dict[int, Line]] = defaultdict(dict)
        for line in lines:
            self._cells[line["table"], line["epsilon"], line["learner"]][line["split"]] = line
        self.tables = sorted({table for table, _, _ in self._cells})
        self.epsilons = sorted({epsilon for _, epsilon, _ in self._cells if epsilon is not None})
        self.learners = list(dict.fromkeys(learner for _, _, learner in self._cells))

    def values(self, table: str, epsilon: float | None, learner: str, what: str) -> dict[int, float]:
        """One figure by split; a learner that is not private has the same for every epsilon."""
        cells = self._cells
        lines = cells.get((table, epsilon, learner)) or cells.get((table, None, learner)) or {}
        return {split: float(line[what]) for split, line in lines.items()}

    def cells(self) -> list[Line]:
        """Mean and standard deviation over the splits of every cell."""
        return [self._cell(*place) for place in sorted(self._cells, key=lambda p: (p[0], p[1] or 0.0, p[2]))]

    def _cell(self, table: str, epsilon: float | None, learner: str) -> Line:
        cell: Line = {"table": table, "epsilon": epsilon, "learner": learner}
        cell["splits"] = len(self._cells[table, epsilon, learner])
        for what in ("auroc", "log_loss"):
            figures = list(self.values(table, epsilon, learner, what).values())
            cell[what] = round(mean(figures), 5)
            cell[f"{what}_sd"] = round(stdev(figures), 5) if len(figures) > 1 else None
        cell["fit_cpu_seconds"] = round(median(self.values(table, epsilon, learner, "fit_cpu_seconds").values()), 3)
        return cell


def paired(lines: Lines, table: str, epsilon: float, learners: tuple[str, ...], what: str) -> tuple[list[float], int]:
    """Means over the splits that all of these learners have, and how many those are."""
    found = [lines.values(table, epsilon, learner, what) for learner in learners]
    common = set.intersection(*(set(values) for values in found))
    return [mean(values[split] for split in common) for values in found] if common else [], len(common)


def gaps(lines: Lines) -> list[Line]:
    """(ours − DP-EBM) / (EBM − DP-EBM) of the mean AUROC, table by table and averaged over the tables."""
    out = []
    for epsilon in lines.epsilons:
        by_table = {}
        for table in lines.tables:
            means, splits = paired(lines, table, epsilon, (OURS, PEER, CEILING), "auroc")
            if splits:
                ours, peer, ceiling = means
                by_table[table] = {"closed": round((ours - peer) / (ceiling - peer), 3), "splits": splits}
        if len(by_table) == len(lines.tables):
            average = mean(item["closed"] for item in by_table.values())
            out.append({"epsilon": epsilon, "closed": round(average, 3), "tables": by_table})
    return out


def duels(lines: Lines) -> list[Line]:
    """Ours minus each variant of DP-EBM: AUROC gained and log loss saved, over common splits."""
    out = []
    for epsilon in lines.epsilons:
        for table in lines.tables:
            for variant in VARIANTS:
                auroc, splits = paired(lines, table, epsilon, (OURS, variant), "auroc")
                loss, _ = paired(lines, table, epsilon, (OURS, variant), "log_loss")
                if splits:
                    duel: Line = {"table": table, "epsilon": epsilon, "against": variant, "splits": splits}
                    ours = lines.values(table, epsilon, OURS, "auroc")
                    theirs = lines.values(table, epsilon, variant, "auroc")
                    duel["auroc_gained"] = round(auroc[0] - auroc[1], 5)
                    duel["log_loss_saved"] = round(loss[1] - loss[0], 5)
                    duel["splits_won"] = sum(ours[split] > theirs[split] for split in set(ours) & set(theirs))
                    out.append(duel)
    return out


def summarise(lines: list[Line], cost: list[Line], folder: Path, facts: dict[str, Any]) -> None:
    """Write ``bench_private.json`` and print the tables of ``bench_private.md``, which is written beside it."""
    table = Lines(lines)
    document = facts | {"delta": 1e-6, "gap": gaps(table), "duels": duels(table), "cells": table.cells(), "cost": cost}
    folder.mkdir(exist_ok=True)
    (folder / "bench_private.json").write_text(json.dumps(document, indent=1) + "\n")
    page = markdown(table, document)
    (folder / "bench_private.md").write_text(page)
    print(page)


def markdown(table: Lines, document: Line) -> str:
    """The tables that the documentation shows."""
    parts = ["# Private learners on real tables\n\nWritten by `python benchmarks/bench_private.py summarise`.\n"]
    parts.append(_grid("Share of the gap between DP-EBM and the non-private EBM that is closed", *_gap_rows(document)))
    for epsilon in table.epsilons:
        parts.append(_grid(f"AUROC / log loss at epsilon {epsilon:g} (splits)", *_figure_rows(table, epsilon)))
    parts.append(_grid("Where a variant of DP-EBM is ahead", *_defeat_rows(document)))
    if document["cost"]:
        parts.append(
            _grid(
                "One fit in a fresh process: CPU seconds / MiB above the loaded table / MiB of the process",
                *_cost_rows(document),
            )
        )
    return "\n".join(parts)


def _grid(title: str, head: list[str], rows: list[list[str]]) -> str:
    lines = [f"## {title}\n", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows]) + "\n"


def _gap_rows(document: Line) -> tuple[list[str], list[list[str]]]:
    names = list(document["gap"][0]["tables"]) if document["gap"] else []
    rows = []
    for gap in document["gap"]:
        cells = [f"{gap['tables'][name]['closed']:.2f} ({gap['tables'][name]['splits']})" for name in names]
        rows.append([f"{gap['epsilon']:g}", f"**{gap['closed']:.2f}**", *cells])
    return ["epsilon", "average", *(f"{name} (splits)" for name in names)], rows


def _figure_rows(table: Lines, epsilon: float) -> tuple[list[str], list[list[str]]]:
    rows = []
    for learner in table.learners:
        cells = []
        for name in table.tables:
            auroc = table.values(name, epsilon, learner, "auroc").values()
            loss = table.values(name, epsilon, learner, "log_loss").values()
            cells.append(f"{mean(auroc):.4f} / {mean(loss):.3f} ({len(auroc)})" if auroc else "–")
        rows.append([learner, *cells])
    return ["learner", *table.tables], sorted(rows, key=lambda row: row[0] != OURS)


def _defeat_rows(document: Line) -> tuple[list[str], list[list[str]]]:
    rows = [
        [
            f"{duel['epsilon']:g}",
            duel["table"],
            duel["against"],
            f"{duel['auroc_gained']:+.4f}",
            f"{duel['log_loss_saved']:+.4f}",
            str(duel["splits"]),
        ]
        for duel in document["duels"]
        if duel["auroc_gained"] <= 0 or duel["log_loss_saved"] <= 0
    ]
    head = ["epsilon", "table", "variant", "AUROC gained", "log loss saved", "splits"]
    return head, rows or [["none", *[""] * 5]]


def _cost_rows(document: Line) -> tuple[list[str], list[list[str]]]:
    cost = {(line["table"], line["rows"], line["learner"]): line for line in document["cost"]}
    places = list(dict.fromkeys((name, rows) for name, rows, _ in cost))
    rows = []
    for learner in dict.fromkeys(learner for _, _, learner in cost):
        found = [cost.get((*place, learner)) for place in places]
        cells = [f"{c['fit_cpu_seconds']:.2f} / {c['rise_mib']:.0f} / {c['peak_mib']:.0f}" if c else "–" for c in found]
        rows.append([learner, *cells])
    return ["learner", *(f"{name}, {size:,} rows" for name, size in places)], rows
