"""A scorer in one file that needs Python and nothing else."""

import json
from importlib.resources import files

from glassledger.scoring.card import Card, notice

_TAIL = '''

REVIEW = {review}
CARD = json.loads(
    {card}
)
SCORER = RowScorer(CARD)


def main() -> int:
    """Read one JSON object a line from standard input, write one a line; 1 when a row was refused."""
    refused = 0
    for line in sys.stdin:
        try:
            scored = SCORER(json.loads(line))
        except RowError as fault:
            refused += 1
            answer = {{"refused": fault.faults}}
        else:
            answer = scored._asdict() | {{"reasons": [reason._asdict() for reason in scored.reasons]}}
        print(json.dumps(answer, ensure_ascii=False))
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
'''


def standalone(card: Card) -> str:
    """Source of a Python file that reproduces scores, decisions and reasons.

    ``python scorer.py < rows.jsonl`` writes one JSON object a row; ``from scorer import SCORER`` gives the scorer.
    """
    text = json.dumps(card, ensure_ascii=True, allow_nan=False, sort_keys=True)
    return scorer_source() + _TAIL.format(review=repr(notice(card)), card=repr(text))


def scorer_source() -> str:
    """The row scorer's own source, ready for something below it that reads JSON."""
    source = files("glassledger.scoring").joinpath("row.py").read_text(encoding="utf-8")
    return source.replace("import math\n", "import json\nimport math\nimport sys\n", 1)
