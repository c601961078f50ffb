"""Running a model: tables and single rows, scores, decisions and reasons."""

from glassledger.scoring.score import score
from glassledger.scoring.single import row_scorer, score_one

__all__ = ["row_scorer", "score", "score_one"]
