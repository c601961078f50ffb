"""The leak guard: looks into everything that leaves, and lets nothing pass that it could not read."""

from glassledger.redaction.guard.index import LeakIndex
from glassledger.redaction.guard.scan import Guard, require_clean

__all__ = ["Guard", "LeakIndex", "require_clean"]
