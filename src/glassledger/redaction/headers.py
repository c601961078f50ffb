"""What a column's name says: whole words and phrases, never parts of words (``cid`` is not in ``acid_level``)."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal

from glassledger.redaction.kinds import ABOUT

Word = Literal["whole", "part", "none"]

_EDGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def words_of(name: str) -> tuple[str, ...]:
    """``eMail_Address2`` → ``email address 2`` in words, without accents."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    parts = re.split(r"[^0-9a-z\u4e00-\u9fff]+", _EDGE.sub(" ", plain).lower())
    return tuple(piece for part in parts for piece in re.findall(r"[a-z]+|[0-9]+|[\u4e00-\u9fff]+", part))


def names(header: str, phrases: Sequence[str]) -> Word:
    """How a column's name bears on a kind's phrases.

    Returns
    -------
    {"whole", "part", "none"}
        ``whole``: it is one of the phrases (also written together). ``part``: it holds one as whole words, and no word
        that turns it into something about the thing (``email_verified``).
    """
    words = words_of(header)
    joined, spaced = "".join(words), " ".join(words)
    if any(joined == phrase.replace(" ", "") for phrase in phrases):
        return "whole"
    if ABOUT & set(words) or any(not word.isascii() and word in header for word in ABOUT):
        return "none"
    held = any((phrase in header) if not phrase.isascii() else f" {phrase} " in f" {spaced} " for phrase in phrases)
    return "part" if held else "none"
