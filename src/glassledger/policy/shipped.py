"""The policies that come with glassledger, in a checkout as well as in an installed wheel."""

from pathlib import Path

from glassledger.errors import UsageError
from glassledger.policy.faults import choices, short


def shipped_names() -> tuple[str, ...]:
    """Names of the shipped scoring policies, sorted."""
    return tuple(sorted(path.stem for path in (_folder() / "scoring").glob("*.yaml")))


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
    return (_folder() / "scoring" / f"{stem}.yaml").read_bytes()


def _folder() -> Path:
    """``glassledger/policies`` in a wheel, ``policies`` at the root of a checkout."""
    package = Path(__file__).resolve().parents[1]
    packed = package / "policies"
    return packed if packed.is_dir() else package.parents[1] / "policies"
