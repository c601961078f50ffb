"""The bundled campaign: invented customers, fake personal columns, and a response whose true causes are known.

Nobody in it exists. Names are combined from invented lists, e-mail addresses end in ``example.com`` (RFC 2606),
telephone numbers lie in the range 555-0100 … 0199 that is kept for fiction, identity numbers begin with 666, which
was never issued, and postcodes with ZZ, which no area has.

The log-odds of a response are exactly ``INTERCEPT + Σ TRUE_EFFECTS + TRUE_PAIR`` (:func:`true_log_odds`). Gender and
age have no effect of their own; both shift income, so group figures differ a little through that proxy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """A true effect on the log-odds: straight lines between ``knots`` (x, y), or a value per level."""

    knots: tuple[tuple[float, float], ...] = ()
    levels: Mapping[str, float] = field(default_factory=dict)
    missing: float = 0.0

    def of(self, column: "pd.Series[Any]") -> Floats:
        """The effect, row by row."""
        if self.levels:
            return np.asarray(column.map(dict(self.levels)), dtype=np.float64)
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        x, y = np.asarray(self.knots).T
        return np.asarray(np.where(np.isnan(values), self.missing, np.interp(values, x, y)), dtype=np.float64)


@dataclass(frozen=True)
class PairEffect:
    """``amount`` where the number is at least ``from_value`` and the category is one of ``levels``; else 0."""

    number: str
    from_value: float
    category: str
    levels: tuple[str, ...]
    amount: float

    def of(self, frame: pd.DataFrame) -> Floats:
        """The effect, row by row."""
        hit = (frame[self.number] >= self.from_value) & frame[self.category].isin(self.levels)
        return np.where(hit.to_numpy(dtype=bool), self.amount, 0.0)


INTERCEPT = -2.77

TRUE_EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        "region": Effect(
            levels={
                "north": 0.0,
                "north_east": 0.05,
                "east": -0.1,
                "south_east": -0.05,
                "south": 0.1,
                "south_west": 0.15,
                "west": 0.0,
                "north_west": -0.1,
            }
        ),
        "income": Effect(knots=((0, -0.5), (20_000, -0.3), (45_000, 0.2), (90_000, 0.6), (250_000, 0.6)), missing=-0.1),
        "tenure_months": Effect(knots=((0, -0.6), (24, 0.1), (60, 0.35), (240, 0.1), (480, -0.2))),
        "product_count": Effect(knots=((0, -0.4), (2, 0.0), (5, 0.5), (12, 0.6))),
        "channel": Effect(levels={"branch": -0.2, "web": 0.15, "app": 0.3, "phone": 0.0, "other": -0.3}),
        "last_contact_days": Effect(knots=((0, -0.7), (14, -0.2), (60, 0.4), (180, 0.1), (1000, -0.4)), missing=-0.25),
        "web_visits_30d": Effect(knots=((0, -0.3), (3, 0.0), (15, 0.6), (60, 0.9), (200, 0.9))),
        "prior_responses": Effect(knots=((0, 0.0), (1, 0.5), (3, 1.1), (8, 1.6), (20, 1.7))),
        "segment_code": Effect(levels={"A": 0.3, "B": 0.15, "C": 0.0, "D": -0.05, "E": -0.15, "F": -0.3}),
    }
)

#: Frequent visitors respond more when the website or the app is their channel.
TRUE_PAIR = PairEffect("web_visits_30d", 10, "channel", ("web", "app"), 0.6)

_FIRST = (
    "Alba Bruno Calla Dario Elin Fenna Gwyn Hanno Isolde Jarek Kaia Lunis Merit Nilo Orla Pavo Quira Rasmin Selma "
    "Tivo Ulla Veda Wim Xenia Yorick Zelda"
)
_LAST = (
    "Ashbrand Birkholt Corvane Dunmarsh Elverfeld Farrowby Glennick Hollowell Immersen Jorvald Kestrelby Larkwood "
    "Mossgrave Nettleham Oakhaven Pellworth Quillmere Ravensby Silverton Thornwick Umberfold Vexley Windermoor Yarrowby"
)
_STREETS = ("Larch Row", "Copper Lane", "Mill Rise", "Harbour Walk", "Quarry Street", "Orchard Way", "Station Yard")
_NOTES = (
    "Asked about a savings account.",
    "Wants letters rather than calls.",
    "{name} asked to be called back next week.",
    "Complaint settled; confirmation sent to {email}.",
    "Spoke to {name} at the branch about a new card and the fees for payments abroad.",
    "Moved house, new address to follow.",
)
_REGIONS = tuple(TRUE_EFFECTS["region"].levels)
_TODAY = np.datetime64("2026-06-30")


def campaign(rows: int = 20_000, seed: int = 7) -> pd.DataFrame:
    """Invent customers and their response to a campaign.

    Parameters
    ----------
    rows : int, at least 1
    seed : int
        The same seed gives the same table.

    Returns
    -------
    DataFrame
        22 columns: nine identifiers and a free text, consent (92 % yes), gender and age, nine features, ``responded``
        (12 % yes).
    """
    if rows < 1:
        raise ValueError("rows must be at least 1")
    rng = np.random.default_rng(seed)
    people = _people(rows, rng)
    frame = pd.concat([people, _behaviour(people, rng)], axis=1)
    chance = 1.0 / (1.0 + np.exp(-true_log_odds(frame)))
    frame["responded"] = _choose(rng.random(rows) < chance, "yes", "no")
    return frame


def true_log_odds(frame: pd.DataFrame) -> Floats:
    """The log-odds from which ``responded`` was drawn, row by row."""
    effects = [effect.of(frame[name]) for name, effect in TRUE_EFFECTS.items()]
    return np.asarray(INTERCEPT + np.sum(effects, axis=0) + TRUE_PAIR.of(frame), dtype=np.float64)


def _people(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    numbers = rng.permutation(rows)
    names = [
        " ".join(pair) for pair in zip(rng.choice(_FIRST.split(), rows), rng.choice(_LAST.split(), rows), strict=True)
    ]
    emails = [
        f"{name.lower().replace(' ', '.')}.{number}@example.com" for name, number in zip(names, numbers, strict=True)
    ]
    age = np.clip(rng.normal(47, 16, rows), 18, 95).astype(np.int64)
    births = _TODAY - (age * 365.25 + rng.integers(1, 365, rows)).astype("timedelta64[D]")
    return pd.DataFrame(
        {
            "customer_id": [f"C{1_000_000 + number}" for number in numbers],
            "full_name": names,
            "email": emails,
            "phone": [f"+1-{a}-555-01{b:02d}" for a, b in zip(*_pairs(rng, (201, 990), (0, 100), rows), strict=True)],
            "national_id": [
                f"666-{a:02d}-{b:04d}" for a, b in zip(*_pairs(rng, (1, 100), (1, 10_000), rows), strict=True)
            ],
            "street_address": [f"{a} {_STREETS[b]}" for a, b in zip(*_pairs(rng, (1, 200), (0, 7), rows), strict=True)],
            "postcode": [f"ZZ{a:02d} {b}" for a, b in zip(*_pairs(rng, (0, 100), (100, 1000), rows), strict=True)],
            "birth_date": births.astype(str),
            "notes": _notes(names, emails, rng),
            "consent_marketing": _choose(rng.random(rows) < 0.92, "yes", "no"),
            "gender": rng.choice(["female", "male", "diverse"], rows, p=[0.505, 0.485, 0.01]).astype(object),
            "age": age,
        }
    )


def _behaviour(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    rows = len(people)
    career = np.interp(people["age"], (18, 30, 50, 65, 95), (-0.5, -0.05, 0.2, 0.0, -0.25))
    gap = np.where(people["gender"] == "male", 0.14, -0.14)
    income = np.clip(np.exp(rng.normal(10.5, 0.5, rows) + career + gap), 0, 250_000).round(-1)
    rank = np.argsort(np.argsort(income + rng.normal(0, 30_000, rows)))
    last_contact = pd.array(np.minimum(rng.exponential(190, rows), 1000).astype(np.int64), dtype="Int64")
    last_contact[rng.random(rows) < 0.2] = pd.NA
    return pd.DataFrame(
        {
            "region": rng.choice(_REGIONS, rows, p=[0.1, 0.08, 0.12, 0.2, 0.16, 0.1, 0.14, 0.1]).astype(object),
            "income": np.where(rng.random(rows) < 0.06, np.nan, income),
            "tenure_months": np.minimum(rng.exponential(85, rows), 480).astype(np.int64),
            "product_count": np.minimum(rng.poisson(1.9, rows), 12).astype(np.int64),
            "channel": rng.choice(
                ["branch", "web", "app", "phone", "other"], rows, p=[0.25, 0.3, 0.27, 0.13, 0.05]
            ).astype(object),
            "last_contact_days": last_contact,
            "web_visits_30d": np.minimum(rng.poisson(rng.gamma(0.8, 7.0, rows)), 200).astype(np.int64),
            "prior_responses": np.minimum(rng.poisson(rng.gamma(0.5, 1.1, rows)), 20).astype(np.int64),
            "segment_code": np.asarray(list("FEDCBA"), dtype=object)[rank * 6 // rows],
        }
    )


def _notes(names: list[str], emails: list[str], rng: np.random.Generator) -> list[str | None]:
    choice = rng.integers(0, 2 * len(_NOTES), len(names))  # half of the customers have none
    return [
        _NOTES[pick].format(name=name, email=email) if pick < len(_NOTES) else None
        for pick, name, email in zip(choice, names, emails, strict=True)
    ]


def _pairs(
    rng: np.random.Generator, one: tuple[int, int], two: tuple[int, int], rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return rng.integers(*one, rows), rng.integers(*two, rows)


def _choose(mask: NDArray[np.bool_], yes: str, no: str) -> NDArray[np.object_]:
    return np.where(mask, np.asarray(yes, dtype=object), np.asarray(no, dtype=object))
