"""Attack a logged model's family with invented people, and keep what was found."""

from glassledger.models.canary_attack import attack as attack_family
from glassledger.records.attack import AttackRecord
from glassledger.workspace.handles import LoggedModel
from glassledger.workspace.rooms import Rooms


def attack(rooms: Rooms, model: LoggedModel, *, runs: int, canaries: int) -> AttackRecord:
    """Run the attacks under the model's policy; log the outcome. Touches no ledger and no real row."""

    def on_run(done: int, total: int) -> None:
        rooms.on_step("attacking", done, total)

    intent = {"model": model.digest, "policy": model.policy.digest, "runs": runs, "canaries": canaries}
    with rooms.journal.act("attack", intent) as act:
        record = attack_family(model.policy, runs=runs, canaries=canaries, on_run=on_run)
        act.artifacts["attack"] = rooms.keep(record)
        act.body |= {"model": model.digest, "policy": model.policy.digest}
    return record


def latest_attack(rooms: Rooms, model: LoggedModel) -> AttackRecord | None:
    """The last attack under the model's policy; None when there was none."""
    digests = [
        row.entry.artifacts["attack"]
        for row in rooms.journal.rows()
        if row.entry.type == "attack.outcome" and row.entry.body.get("policy") == model.policy.digest
    ]
    return AttackRecord.from_json(rooms.artifacts.get(digests[-1])) if digests else None
