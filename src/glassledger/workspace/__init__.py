"""The only place where layers meet, and the only writer of the log."""

from glassledger.workspace.handles import LoggedModel, ScoredTable, WrittenReport
from glassledger.workspace.workspace import Workspace

__all__ = ["LoggedModel", "ScoredTable", "Workspace", "WrittenReport"]
