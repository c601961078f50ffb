"""Rotate keys and turn tokens back, both logged; no value and no secret goes into the log."""

from collections.abc import Sequence

from glassledger.errors import UsageError
from glassledger.redaction.tokens import reveal as reveal_tokens
from glassledger.workspace.rooms import Rooms

_LEAST_REASON = 5


def rotate(rooms: Rooms, name: str) -> tuple[str, str]:
    """See :meth:`Workspace.rotate_key`."""
    with rooms.journal.act("key.rotate", {"key": name}) as act:
        old, new = rooms.keys.rotate(name)
        act.body |= {"key": name, "retired": old.id, "id": new.id}
    return old.id, new.id


def reveal(rooms: Rooms, tokens: Sequence[str], *, column: str, policy: str, key: str, reason: str) -> list[str]:
    """See :meth:`Workspace.reveal`."""
    if len(reason.strip()) < _LEAST_REASON or not tokens:
        raise UsageError(
            "Revealing needs tokens and a reason that somebody else can follow.",
            code="reveal-unfounded",
            hint="Name the case, such as: refund 4711.",
        )
    asked = {"column": column, "policy": policy, "key": key, "tokens": len(tokens), "reason": reason}
    with rooms.journal.act("reveal", asked) as act:
        values = reveal_tokens(tokens, keys=rooms.keys, reference=key, column=column, policy=policy)
        act.body |= {"column": column, "policy": policy, "tokens": len(tokens)}
    return values
