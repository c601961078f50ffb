"""From a raw table to a screened one: read, type, check against the policy's contract, redact, check again."""

from glassledger.data.read import read_table
from glassledger.data.screen import screen
from glassledger.data.screened import ScreenedFrame
from glassledger.data.split import split

__all__ = ["ScreenedFrame", "read_table", "screen", "split"]
