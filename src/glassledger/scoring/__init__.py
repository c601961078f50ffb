"""Running a model: tables and single rows, scores, decisions and reasons."""

from glassledger.scoring.kernel import Scorer
from glassledger.scoring.score import score
from glassledger.scoring.single import row_scorer, score_one

__all__ = ["Scorer", "row_scorer", "score", "score_one"]
