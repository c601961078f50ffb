"""Running a model on screened rows: scores, decisions and reasons."""

from glassledger.scoring.score import score

__all__ = ["score"]
