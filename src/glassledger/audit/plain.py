"""A fast lane of verification: recognise, on the bytes alone, entries that only need hashing.

A plain entry is a valid one (:meth:`Entry.parse` accepts it) that the ledger's rules do not look at: no artefact, file,
subject or budget, no intent and no outcome, and a flat body of ASCII texts, whole numbers, booleans and nulls. What is
not plain is read in full, so this module can only save time, never judge.
"""

import re
from datetime import datetime
from typing import Final

_TEXT: Final = rb'"[ -!#-\[\]-~]*"'  # printable ASCII but for the quote and the backslash: nothing is escaped
_VALUE: Final = rb"(?:" + _TEXT + rb"|0|-?[1-9][0-9]{0,14}|true|false|null)"
_PART: Final = rb"[a-z][a-z0-9_]*"
_PLAIN: Final = re.compile(
    rb'\{"actor":"[ -!#-\[\]-~]{1,1024}","artifacts":\{\},'
    rb'"body":\{((?:' + _TEXT + rb":" + _VALUE + rb",)*" + _TEXT + rb":" + _VALUE + rb"|)\},"
    rb'"files":\{\},"format":"glassledger/entry/v1","subject":null,'
    rb'"time":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,6})?Z",'
    rb'"type":"(?!log\.)' + _PART + rb"(?:\." + _PART + rb')*\.(?!intent"|outcome"|failure")' + _PART + rb'"\}'
)
_KEYS: Final = re.compile(rb'"([^"]*)":')
_MAX_ENTRY: Final = 65_535


def is_plain(data: bytes) -> bool:
    """Whether these bytes are certainly a valid entry that concerns no ledger."""
    found = _PLAIN.fullmatch(data)
    if found is None or len(data) > _MAX_ENTRY:
        return False
    body, time = found.groups()
    keys = _KEYS.findall(body)
    if b"budget" in keys or keys != sorted(set(keys)):
        return False
    try:
        datetime.fromisoformat(time.decode())
    except ValueError:
        return False
    return True
