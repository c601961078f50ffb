"""Evidence first, pages second: a report renders one evidence document and sees neither rows nor models."""

from glassledger.report.evidence import Evidence, LogEntry, LogExcerpt
from glassledger.report.language import languages
from glassledger.report.report import Report

__all__ = ["Evidence", "LogEntry", "LogExcerpt", "Report", "languages"]
