"""What is wrong with a policy, where, and in plain words."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from glassledger.errors import PolicyError

Path = tuple[str | int, ...]

_WORD = re.compile(r"[\w-]+")
_SHOWN = 50

#: A file with more faults than this is no policy; the rest is counted only.
MOST_FAULTS = 500


@dataclass(frozen=True)
class Fault:
    """One fault of a policy file.

    Attributes
    ----------
    path : tuple of str and int
        Keys and list positions from the top of the document.
    message : str
        A plain sentence without a full stop; it may name keys, columns and levels that the policy itself declares.
    line : int or None
        Line in the file, counted from 1; None where the path tells it.
    meant : str or None
        For an unknown key, the valid name that is closest to it.
    """

    path: Path
    message: str
    line: int | None = None
    meant: str | None = None


def dotted(path: Path) -> str:
    """``data.columns.age.levels[2]``; names with other characters than letters, digits, _ and - are quoted."""
    out = ""
    for step in path:
        if isinstance(step, int):
            out += f"[{step}]"
        else:
            out += "." * bool(out) + (step if _WORD.fullmatch(step) else f"'{short(step)}'")
    return out


def short(name: str) -> str:
    """A name cut to 60 printable characters."""
    clean = "".join(character if character.isprintable() else "�" for character in name)
    return clean if len(clean) <= 60 else clean[:59] + "…"


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The valid name that is closest to a wrong one, capitals aside; None when nothing is close."""
    folded = {valid.casefold(): valid for valid in sorted(names, reverse=True)}
    close = get_close_matches(name.casefold(), list(folded), n=1)
    return folded[close[0]] if close else None


def suggestion(name: str, names: Iterable[str]) -> str:
    """``, did you mean `x`?`` when one valid name is close, else nothing."""
    close = nearest(name, names)
    return "" if close is None else f", did you mean `{short(close)}`?"


def choices(name: str, names: Iterable[str]) -> str:
    """:func:`suggestion`, or the valid names when none is close."""
    names = tuple(names)
    listed = ", ".join(f"`{short(valid)}`" for valid in names[:20])
    return suggestion(name, names) or (f"; valid here: {listed}{', …' if len(names) > 20 else ''}" if names else "")


def under(path: Path, roots: Collection[Path]) -> bool:
    """Whether ``path`` is one of ``roots`` or lies below one."""
    return any(path[:length] in roots for length in range(len(path) + 1))


def invalid(name: str, faults: Sequence[Fault]) -> PolicyError:
    """All faults of one file as one error, in file order."""
    ordered = sorted(faults, key=lambda fault: (fault.line or 0, fault.path == ()))
    lines = [_located(name, fault) for fault in ordered]
    if len(lines) > 1:
        more = [f"  … and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
        lines = [f"{name}: {len(lines)} faults", *(f"  {line}" for line in lines[:_SHOWN]), *more]
    return PolicyError(
        "\n".join(lines) + ("." if len(lines) == 1 and not lines[0].endswith("?") else ""),
        code="policy-invalid",
        hint=("\n" if len(lines) > 1 else "") + "Every key is described in docs/reference/policy.md.",
        facts={
            "policy": name,
            "count": len(ordered),
            "faults": [
                {"line": fault.line, "path": dotted(fault.path), "message": fault.message}
                for fault in ordered[:MOST_FAULTS]
            ],
        },
    )


def _located(name: str, fault: Fault) -> str:
    place = f"{name}:{fault.line}" if fault.line else name
    return f"{place}: {dotted(fault.path)}: {fault.message}" if fault.path else f"{place}: {fault.message}"
