"""Evidence first, pages second: a report renders one evidence document and sees neither rows nor models."""

from glassledger.report.evidence import Evidence, LogEntry, LogExcerpt
from glassledger.report.language import languages
from glassledger.report.report import Format, Report

__all__ = ["Evidence", "Format", "LogEntry", "LogExcerpt", "Report", "languages"]
