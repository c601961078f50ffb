"""Bytes as the texts that they may be, and texts as what stands behind their escapes."""

import base64
import binascii
import html
import re
from collections.abc import Iterator
from urllib.parse import unquote

import numpy as np

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}(?:\r?\n[A-Za-z0-9+/_-]+={0,2})*")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){8,}")
_UNICODE_ESCAPE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2}))")
_PAIRS = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_TAG = re.compile(r"<[^<>]{0,4000}>")
_SOFT = re.compile(r"=\r?\n")
_QUOTED = re.compile(r"(?:=[0-9A-F]{2})")
_OCTAL = re.compile(r"\\([0-7]{3})")
_INVISIBLE = dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_ROUNDS = 3
#: Bytes, up to which a decoded run is most likely a word or a digest.
_SHORT = 64
#: Runs of characters in some encoding: ASCII and UTF-8, Latin letters in UTF-16 and UTF-32, CJK in UTF-8, UTF-16 and
#: GB 18030.
_TEXT_BYTES = re.compile(
    rb"(?:[\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]){6,}"
    rb"|(?:[\xe3-\xe9][\x80-\xbf]{2}){2,}"
    rb"|(?:[\x20-\x7e]\0{1,3}){4,}|(?:\0{1,3}[\x20-\x7e]){4,}"
    rb"|(?:.[\x4e-\x9f]){4,}|(?:[\x4e-\x9f].){4,}"
    rb"|(?:[\x81-\xfe][\x40-\xfe]){4,}",
    re.DOTALL,
)
_CONTAINERS = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"\x1f\x8b", b"PK")


def decodings(data: bytes) -> Iterator[tuple[str, str]]:
    """(encoding, text): UTF-8, or what else the bytes may be when they are not plainly UTF-8."""
    try:
        text = data.decode("utf-8")
        plain = "\0" not in text
    except UnicodeDecodeError:
        text, plain = data.decode("utf-8", errors="replace"), False
    yield "", text
    if plain:
        return
    if "\ufffd" in text:
        yield "latin-1", data.decode("latin-1")
        yield "gb18030", data.decode("gb18030", errors="replace")
    for order in "<>":
        name = "little" if order == "<" else "big"
        for start in range(2):
            yield f"utf-16 {name}", _wide(data, start, order, 2)
        for start in range(4):
            yield f"utf-32 {name}", _wide(data, start, order, 4)


def _wide(data: bytes, start: int, order: str, width: int) -> str:
    """Code units as text; those that are no character become line ends."""
    count = (len(data) - start) // width
    units = np.frombuffer(data, dtype=f"{order}u{width}", count=max(count, 0), offset=start if count > 0 else 0)
    units = units.astype(np.uint32)
    bad = (units < 32) | (units > 0x10FFFF) | ((units >= 0xFFFE) & (units <= 0xFFFF))
    if width == 4:
        bad |= (units >= 0xD800) & (units <= 0xDFFF)
        return np.where(bad, 10, units).astype("<u4").tobytes().decode("utf-32-le")
    return np.where(bad, 10, units).astype("<u2").tobytes().decode("utf-16-le", errors="replace")


def unescaped(text: str) -> Iterator[tuple[str, str]]:
    """(what was undone, text) for each layer of escapes that changed something, up to three layers."""
    for _ in range(_ROUNDS):
        before, done = text, []
        for name, undo in _LAYERS:
            after = undo(text)
            if after != text:
                text = after
                done.append(name)
        if text == before:
            return
        yield " + ".join(done), text


def untagged(text: str) -> str:
    """Text with markup tags taken out, so that a value split by them is whole again."""
    return _TAG.sub("", text) if "<" in text else text


def embedded(text: str) -> Iterator[tuple[str, bytes]]:
    """Bytes that stand in the text as base64 or hexadecimal digits."""
    for match in _BASE64.finditer(text):
        run = re.sub(r"[\r\n]", "", match[0])
        for candidate in {run, *match[0].splitlines()}:
            if len(candidate.rstrip("=")) >= 16 and not candidate.isdecimal():
                yield from _worth("base64", _base64(candidate))
    for match in _HEX.finditer(text):
        yield from _worth("hexadecimal", binascii.unhexlify(match[0]))


def _worth(way: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Words, digests and long numbers decode to noise by the thousand; only what could be text or a container goes on.

    Anything longer than a digest or a name is looked at whatever it is.
    """
    if len(data) > _SHORT or _TEXT_BYTES.search(data) or data.startswith(_CONTAINERS):
        yield way, data


def _base64(run: str) -> bytes:
    body = run.rstrip("=").translate(str.maketrans("-_", "+/"))
    if len(body) % 4 == 1:
        body = body[:-1]
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        return b""


def _escapes(text: str) -> str:
    if "\\" not in text:
        return text
    if "\\u" in text or "\\x" in text or "\\U" in text:
        text = _UNICODE_ESCAPE.sub(_character, text)
        if _PAIRS.search(text):
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", errors="replace")
    text = _OCTAL.sub(lambda match: chr(int(match[1], 8) & 0xFF), text)
    return re.sub(r"\\(.)", r"\1", text)


def _character(match: re.Match[str]) -> str:
    number = int(next(group for group in match.groups() if group), 16)
    return chr(number) if number <= 0x10FFFF else "\ufffd"


def _quoted_printable(text: str) -> str:
    if not _QUOTED.search(text):
        return text
    joined = _SOFT.sub("", text)
    return re.sub(
        r"(?:=[0-9A-F]{2})+",
        lambda match: bytes.fromhex(match[0].replace("=", "")).decode("utf-8", errors="replace"),
        joined,
    )


def _web(text: str) -> str:
    return unquote(text) if "%" in text else text


def _entities(text: str) -> str:
    return html.unescape(text) if "&" in text else text


def _invisible(text: str) -> str:
    return text if text.isascii() else text.translate(_INVISIBLE)


_LAYERS = (
    ("escapes", _escapes),
    ("url", _web),
    ("entities", _entities),
    ("quoted-printable", _quoted_printable),
    ("invisible characters", _invisible),
)
