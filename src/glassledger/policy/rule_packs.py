"""Rule packs: the dated files that say what laws, guidance and standards ask of a model."""

from os import PathLike
from pathlib import Path

from glassledger.errors import PolicyError
from glassledger.policy.faults import Fault, choices, invalid, short
from glassledger.policy.load import read_policy
from glassledger.policy.shipped import shipped_folder, shipped_packs
from glassledger.policy.strict import parse_record
from glassledger.records.rules import RulePack


def load_pack(name: str | PathLike[str]) -> RulePack:
    """A shipped pack by name, or one of your own by the path of a ``.yaml`` file.

    Raises
    ------
    PolicyError
        When there is none, or it has a fault: line, path, what is wrong.
    """
    text = str(name)
    if text.endswith((".yaml", ".yml")):
        return parse_pack(read_policy(text), name=text)
    if text not in shipped_packs():
        raise PolicyError(
            f"No rule pack is called `{short(text)}`{choices(text, shipped_packs())}",
            code="rule-pack-unknown",
            hint="Name a shipped pack, or the path of a .yaml file of your own.",
        )
    return parse_pack((shipped_folder() / "rules" / f"{text}.yaml").read_bytes(), name=f"{text}.yaml")


def parse_pack(data: bytes, *, name: str) -> RulePack:
    """Read and check a pack given as bytes."""
    pack = parse_record(data, RulePack, name=name)
    seen: set[str] = set()
    faults = []
    for index, control in enumerate(pack.controls):
        if control.id in seen:
            faults.append(Fault(("controls", index, "id"), "another control has this id"))
        seen.add(control.id)
    if Path(name).name in {f"{shipped}.yaml" for shipped in shipped_packs()} and Path(name).stem != pack.id:
        faults.append(Fault(("id",), "must be the name of the file"))
    if faults:
        raise invalid(name, faults)
    return pack
