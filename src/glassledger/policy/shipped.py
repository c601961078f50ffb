"""The policies that come with glassledger, in a checkout as well as in an installed wheel."""

from pathlib import Path

from glassledger.errors import UsageError
from glassledger.policy.faults import choices, short


def shipped_names() -> tuple[str, ...]:
    """Names of the shipped scoring policies, sorted."""
    return tuple(sorted(path.stem for path in (shipped_folder() / "scoring").glob("*.yaml")))


def shipped_packs() -> tuple[str, ...]:
    """Names of the shipped rule packs, sorted."""
    return tuple(sorted(path.stem for path in (shipped_folder() / "rules").glob("*.yaml")))


def shipped_policy(name: str) -> bytes:
    """The bytes of a shipped scoring policy.

    Parameters
    ----------
    name : str
        Such as ``"bank_marketing"``; ``"scoring/bank_marketing.yaml"`` means the same.

    Raises
    ------
    UsageError
        When no shipped policy has this name; the nearest one is named.
    """
    stem = name.removeprefix("scoring/").removesuffix(".yaml")
    names = shipped_names()
    if stem not in names:
        raise UsageError(
            f"No shipped policy is called `{short(name)}`{choices(stem, names)}",
            code="shipped-policy-unknown",
            facts={"names": list(names)},
        )
    return (shipped_folder() / "scoring" / f"{stem}.yaml").read_bytes()


def redaction_names() -> tuple[str, ...]:
    """Names of the shipped redaction policies, sorted."""
    return tuple(sorted(path.stem for path in (shipped_folder() / "redaction").glob("*.yaml")))


def shipped_redaction(name: str) -> bytes:
    """The bytes of a shipped redaction policy, such as ``"eu_gdpr"``.

    Raises
    ------
    UsageError
        When no shipped redaction policy has this name; the nearest one is named.
    """
    names = redaction_names()
    if name not in names:
        raise UsageError(
            f"No shipped redaction policy is called `{short(name)}`{choices(name, names)}",
            code="shipped-policy-unknown",
            facts={"names": list(names)},
        )
    return (shipped_folder() / "redaction" / f"{name}.yaml").read_bytes()


def shipped_folder() -> Path:
    """``glassledger/policies`` in a wheel, ``policies`` at the root of a checkout."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "policies"
    return packed if packed.is_dir() else package.parents[1] / "policies"
