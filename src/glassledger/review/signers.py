"""``allowed_signers``: which person signs with which key, for what, from when until when (``man ssh-keygen``).

Stricter than OpenSSH on purpose: a sign-off needs a named person, so patterns, certificate authorities and one key
under two names are refused instead of understood.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

from glassledger.errors import AuditError, ReviewError
from glassledger.review.sshsig import read_public

_OPTION = re.compile(r'(?P<name>[A-Za-z-]+)(?:="(?P<value>[^"]*)")?(?:,|$)')
_TIME_FORMS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_IDENTITY = re.compile(r"[^\s\"*?!,#\x00-\x1f\x7f]{1,200}")


@dataclass(frozen=True)
class AllowedSigner:
    """One line of the file. ``namespaces`` empty means any; the window is closed on both sides."""

    identity: str
    key: bytes
    namespaces: tuple[str, ...] = ()
    valid_after: datetime | None = None
    valid_before: datetime | None = None

    def admits(self, identity: str, key: bytes, *, namespace: str, at: datetime) -> bool:
        """Whether this line lets ``identity`` sign with ``key`` at that time."""
        return (
            (identity, key) == (self.identity, self.key)
            and (not self.namespaces or namespace in self.namespaces)
            and (self.valid_after is None or self.valid_after <= at)
            and (self.valid_before is None or at <= self.valid_before)
        )


def parse_signers(text: str) -> tuple[AllowedSigner, ...]:
    """Read an ``allowed_signers`` file.

    Raises
    ------
    ReviewError
        When a line is not understood in full, or one key stands under two names.
    """
    signers = tuple(
        signer
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
        for signer in _read_line(line.strip(), number)
    )
    names: dict[bytes, str] = {}
    for signer in signers:
        if names.setdefault(signer.key, person(signer.identity)) != person(signer.identity):
            raise ReviewError(
                "One key stands under two names in allowed_signers.",
                code="key-shared",
                hint="Four eyes need two people with a key each; remove one of the lines.",
            )
    return signers


def person(identity: str) -> str:
    """The identity as far as two people are told apart: case, width and blanks do not make a second person."""
    return unicodedata.normalize("NFKC", identity).casefold().strip()


def _read_line(line: str, number: int) -> list[AllowedSigner]:
    names, _, rest = line.partition(" ")
    options, rest = _read_options(rest.strip(), number)
    try:
        key = read_public(rest)
        window = {name: _time(options[option]) for name, option in _WINDOW if option in options}
    except (AuditError, ValueError):
        raise _unreadable(number) from None
    namespaces = tuple(options.get("namespaces", "").split(",")) if "namespaces" in options else ()
    if any(re.search(r"[*?!\s]", name) or not name for name in namespaces):
        raise _unreadable(number)
    for name in names.split(","):
        check_identity(name)
    return [AllowedSigner(identity=name, key=key, namespaces=namespaces, **window) for name in names.split(",")]


_WINDOW = (("valid_after", "valid-after"), ("valid_before", "valid-before"))


def _read_options(rest: str, number: int) -> tuple[dict[str, str], str]:
    """Options stand before the key type, joined by commas, each value in double quotes."""
    if rest.startswith(("ssh-", "ecdsa-", "sk-")):
        return {}, rest
    found: dict[str, str] = {}
    position = 0
    while position < len(rest) and not rest[position].isspace():
        match = _OPTION.match(_until_blank(rest), position)
        name = match["name"].lower() if match else ""
        if not match or match["value"] is None or name in found or name not in _OPTIONS:
            raise _unreadable(number)
        found[name] = match["value"]
        position = match.end()
    return found, rest[position:].strip()


_OPTIONS = ("namespaces", "valid-after", "valid-before")


def _until_blank(rest: str) -> str:
    """The option field: up to the first blank outside quotes."""
    inside = False
    for index, character in enumerate(rest):
        inside ^= character == '"'
        if character.isspace() and not inside:
            return rest[:index]
    return rest


def _time(value: str) -> datetime:
    """``YYYYMMDD[HHMM[SS]][Z]``; local time without the Z, as OpenSSH reads it."""
    digits, zulu = (value[:-1], True) if value.endswith(("Z", "z")) else (value, False)
    if not digits.isdecimal() or not digits.isascii():
        raise ValueError("not a time")
    moment = datetime.strptime(digits, _TIME_FORMS.get(len(digits), "refused"))
    return moment.replace(tzinfo=UTC) if zulu else moment.astimezone(UTC)


def check_identity(identity: str) -> None:
    """Refuse an identity that could be read as more than one name."""
    if not _IDENTITY.fullmatch(identity):
        raise ReviewError(
            "An identity in allowed_signers must be one plain name, such as alice@corp.",
            code="identity-malformed",
            hint="No blanks, quotes, commas, # or patterns (* ? !): a sign-off needs a named person.",
        )


def _unreadable(number: int) -> ReviewError:
    return ReviewError(
        f"Line {number} of allowed_signers cannot be read.",
        code="signers-malformed",
        hint='It must be: name [namespaces="…",valid-after="…",valid-before="…"] ssh-ed25519 AAAA…',
        facts={"line": number},
    )
