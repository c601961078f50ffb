"""What a column's name says: whole words and phrases, never parts of words (``cid`` is not in ``acid_level``)."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from glassledger.redaction.vocabulary import ABOUT, NUMBER_WORDS, PEOPLE_WORDS, PHRASES

Word = Literal["whole", "part", "none"]

_EDGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LEAST_PIECE, _MOST_PIECES = 3, 4
_SHORT_PIECES = frozenset(("no", "nr", "id", "ip"))
_LINKS = ("", "s", "n", "en")  # between the parts of a German compound
_KEPT = re.compile(r"[a-z]+|[0-9]+|[\u4e00-\u9fff]+")


def words_of(name: str) -> tuple[str, ...]:
    """``eMail_Address2`` → ``email address 2`` in words, without accents."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss").replace("ł", "l").replace("Ł", "L"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    parts = re.split(r"[^0-9a-z\u4e00-\u9fff]+", _EDGE.sub(" ", plain).lower())
    return tuple(piece for part in parts for piece in _KEPT.findall(part))


def names(header: str, phrases: Sequence[str]) -> Word:
    """How a column's name bears on a kind's phrases.

    Returns
    -------
    {"whole", "part", "none"}
        ``whole``: it is one of the phrases, also written together, in another order, with a word for "number" or
        with the word for whom it is about (``custPhoneNo``). ``part``: it holds one as whole words, and no word that
        turns it into something about the thing (``email_verified``).
    """
    words, forms = _forms(header)
    sets, joined, texts = _prepared(tuple(phrases))
    if any(form in sets for form, _ in forms) or any(text in joined for _, text in forms):
        return "whole"
    if ABOUT & set(words) or any(not word.isascii() and word in header for word in ABOUT):
        return "none"
    spaced = f" {' '.join(words)} "
    return (
        "part" if any((text in header) if not text.isascii() else f" {text} " in spaced for text in texts) else "none"
    )


def bare(header: str, phrases: frozenset[str]) -> bool:
    """Whether a column is called by one of these words and nothing else."""
    words = words_of(header)
    return " ".join(words) in phrases or " ".join(word for word in words if word not in NUMBER_WORDS) in phrases


@lru_cache(maxsize=4096)
def _forms(header: str) -> tuple[tuple[str, ...], tuple[tuple[frozenset[str], str], ...]]:
    """The words of a name, and what it comes down to without the words that change nothing."""
    raw = words_of(header)
    words = tuple(piece for word in raw for piece in _pieces(word))
    core = tuple(word for word in words if word not in NUMBER_WORDS)
    bare_core = tuple(word for word in core if word not in PEOPLE_WORDS)
    forms = {(frozenset(form), "".join(form)): None for form in (raw, words, core, bare_core) if form}
    return words, tuple(forms)


@lru_cache(maxsize=256)
def _prepared(phrases: tuple[str, ...]) -> tuple[frozenset[frozenset[str]], frozenset[str], tuple[str, ...]]:
    sets = frozenset(frozenset(phrase.split()) for phrase in phrases)
    return sets, frozenset(phrase.replace(" ", "") for phrase in phrases), phrases


@lru_cache(maxsize=4096)
def _pieces(word: str) -> tuple[str, ...]:
    """A word, or the known words that it was written together from (``custphone``)."""
    known = _known()
    if word in known or not word.isascii() or not word.isalpha():
        return (word,)
    singular = word.removesuffix("s")
    if singular in known and len(singular) > _LEAST_PIECE:
        return (singular,)
    return _split(word, _MOST_PIECES) or (word,)


@lru_cache(maxsize=8192)
def _split(word: str, most: int) -> tuple[str, ...]:
    """The longest known beginning first; nothing when some rest is not known."""
    known = _known()
    if word in known and (len(word) >= _LEAST_PIECE or word in _SHORT_PIECES):
        return (word,)
    if most == 1:
        return ()
    for end in range(len(word) - 2, 1, -1):
        head = word[:end]
        if head in known and (end >= _LEAST_PIECE or head in _SHORT_PIECES):
            for link in _LINKS:
                rest = _split(word[end + len(link) :], most - 1) if word[end:].startswith(link) else ()
                if rest:
                    return (head, *rest)
    return ()


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    words = {word for phrases in PHRASES.values() for phrase in phrases for word in phrase.split() if word.isascii()}
    return frozenset(words | {word for word in (*ABOUT, *NUMBER_WORDS, *PEOPLE_WORDS) if word.isascii()})
