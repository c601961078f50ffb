"""Change a log's key, or leave a log behind whose key was stolen.

A rotation is for a key that is still trusted: the old key signs the name of the new one; see
:mod:`glassledger.audit.keychain`. After a theft the old key proves nothing any more: a new log under a new name begins
with the last checkpoint that somebody else vouches for, and takes the budgets over.
"""

from glassledger.audit import attested
from glassledger.audit.anchor import Anchor
from glassledger.audit.book import Book, NoPast
from glassledger.audit.budget import Balance, BudgetAct
from glassledger.audit.checkpoint import Checkpoint, open_checkpoint
from glassledger.audit.entry import Entry
from glassledger.audit.keychain import CONFIRMED, ROTATED
from glassledger.audit.log import Log
from glassledger.audit.note import Note
from glassledger.audit.recover import SUCCEEDS
from glassledger.audit.shelf import Shelf, rotation_unfinished
from glassledger.audit.signer import Signer
from glassledger.audit.staging import Staging
from glassledger.audit.store import Appended
from glassledger.audit.stores import Place, open_store
from glassledger.audit.verified import begins_with
from glassledger.errors import UsageError


def rotate_key(
    place: Place, *, old: Signer, new: Signer, actor: str, reason: str, anchor: Anchor | None = None
) -> Appended:
    """Hand a log to a new key of the same name; may be repeated when it was cut off.

    Parameters
    ----------
    place : path or str
        The log.
    old, new : Signer
        Both are needed: the old key signs the tree in which the new one is named.
    actor, reason : str
        Who decided, and why; goes into the log.
    anchor : Anchor, optional
        The log's anchor, if it has one; it moves to the new key.

    Returns
    -------
    Appended
        The entry that names the new key.

    Raises
    ------
    UsageError
        Code ``rotation-key`` when the keys do not fit.
    """
    if old.name != new.name or old.public_key == new.public_key or old.algorithm != new.algorithm:
        raise UsageError(
            "The new key is not another key of the same name.",
            code="rotation-key",
            hint="For another name start a new log with 'glassledger log succeed'.",
        )
    store, shelf = open_store(place, anchor)
    try:
        log = Log(store, shelf, old.key, None)
        begun = _begin(log, shelf, old, new)
        place_of_new = begun or log.transact(lambda staging: _entries(staging, old, new, actor, reason))
        shelf.hand_over(new, log.head())
    finally:
        store.close()
    Log.open(place, signer=new, anchor=anchor).close()  # seals it
    return place_of_new


def succeed(
    place: Place, heir: Place, *, signer: Signer, actor: str, reason: str, last: bytes | None = None
) -> Checkpoint:
    """Start a new log after one whose key can no longer be trusted.

    The budgets go over: to their caps when entries are newer than ``last``, because nobody knows who wrote those.

    Parameters
    ----------
    place, heir : path or str
        The old log, which is only read, and where the new one goes.
    signer : Signer
        The new log's key; its name must be new, such as ``bank.example/log/v2``.
    actor, reason : str
        Who decided, and why.
    last : bytes, optional
        The last checkpoint that somebody else vouches for; else the newest cosigned one, else the last signed one.

    Returns
    -------
    Checkpoint
        Where the old log was left.
    """
    store, shelf = open_store(place)
    try:
        key, head = shelf.key(), store.reader().head()
        if key.name == signer.name:
            raise UsageError(
                "A successor needs a name of its own.",
                code="succession-name",
                hint="Witnesses keep the old name's history; use for instance the old name with /v2.",
            )
        cosigned = list(attested.of_kind(shelf.attested(), attested.COSIGNED).values())
        note = last or (cosigned[-1] if cosigned else shelf.signed_head(key).note)
        left = open_checkpoint(note, key).checkpoint
        begins_with(head.size, store.reader(), left.size, left.root)
        book = _replayed(Log(store, shelf, key, None), left.size)
    finally:
        store.close()
    frozen = head.size > left.size
    body = {"checkpoint": note.decode(), "vkey": str(key), "reason": reason, "entries_after": head.size - left.size}
    first = Entry.build(SUCCEEDS, actor=actor, body=body)
    carried = [
        entry
        for number, balance in enumerate(book.balances.values())
        for entry in _carried(number, balance, actor, frozen=frozen)
    ]
    with Log.create(heir, origin=signer.name, signer=signer) as log:
        log.transact(lambda staging: [staging.append(entry) for entry in (first, *carried)])
    return left


def _begin(log: Log, shelf: Shelf, old: Signer, new: Signer) -> Appended | None:
    """Announce the new key, or find the entry of a rotation that was cut off."""
    pending = shelf.next_key()
    if pending is None:
        if shelf.key() != old.key:
            raise UsageError(
                "The old key is not the one in use.",
                code="rotation-key",
                hint="Give the key whose public half is in log.vkey.",
            )
        for promise in shelf.promises(old.key):
            begins_with(log.size, log.reader(), promise.size, promise.root)
        shelf.announce(new.key)
        return None
    if pending != new.key:
        raise rotation_unfinished()
    for index, entry in enumerate(log.entries()):
        if entry.type == ROTATED and entry.body.get("new") == new.vkey:
            return Appended(index, log.reader().rows(index, index + 1)[0].leaf)
    return None


def _entries(staging: Staging, old: Signer, new: Signer, actor: str, reason: str) -> Appended:
    body = {"old": old.vkey, "new": new.vkey, "reason": reason}
    place = staging.append(Entry.build(ROTATED, actor=actor, body=body))
    head = staging.head()
    text = Checkpoint(old.name, head.size, head.root).text()
    note = Note(text, (old.signature(text), new.signature(text))).to_bytes()
    staging.append(Entry.build(CONFIRMED, actor=actor, body={"checkpoint": note.decode()}))
    return place


def _replayed(log: Log, size: int) -> Book:
    book = Book(NoPast())
    for index, entry in enumerate(log.entries(0, size)):
        if entry.concerns_ledger:
            book.admit(index, entry)
    return book


def _carried(number: int, balance: Balance, actor: str, *, frozen: bool) -> list[Entry]:
    nano = balance.cap_nano_epsilon if frozen else balance.spent_nano_epsilon
    pico = balance.cap_pico_delta if frozen else balance.spent_pico_delta
    acts = [BudgetAct("open", balance.scope, balance.cap_nano_epsilon, balance.cap_pico_delta)]
    if nano or pico:
        acts.append(BudgetAct("spend", balance.scope, nano, pico, f"carried-over-{number}"))
    names = {"open": "budget.opened", "spend": "budget.carried_over"}
    return [Entry.build(names[act.act], actor=actor, body={"budget": act.to_body()}) for act in acts]
