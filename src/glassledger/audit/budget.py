"""Privacy-budget arithmetic of the log: integers, never a refund.

An entry that touches a budget says so under the reserved key ``budget`` of its body::

    {"act": "spend", "scope": "bank", "nano_epsilon": 1000000000, "pico_delta": 0, "key": "fit-7f3a"}

so that whoever reads the log can add it up again. One nano-epsilon is 1e-9, one pico-delta is 1e-12.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal, Self, get_args

from glassledger.errors import AuditError, PrivacyError

BODY_KEY: Final = "budget"
MAX_AMOUNT: Final = 2**53 - 1  # the largest integer that every JSON reader keeps exactly
_MAX_TEXT: Final = 256

Act = Literal["open", "spend"]


@dataclass(frozen=True)
class BudgetAct:
    """What one entry does to one budget.

    Attributes
    ----------
    act : {"open", "spend"}
        ``open`` sets the cap, ``spend`` takes from it.
    scope : str
        Whose budget: the name of a dataset.
    nano_epsilon, pico_delta : int
        Amounts, 0 to 2**53 - 1; not both zero.
    key : str
        Idempotency key of a spend: one key is paid for once. Empty for ``open``.
    """

    act: Act
    scope: str
    nano_epsilon: int
    pico_delta: int
    key: str = ""

    def __post_init__(self) -> None:
        amounts = (self.nano_epsilon, self.pico_delta)
        whole = all(type(value) is int and 0 <= value <= MAX_AMOUNT for value in amounts)
        if not whole or not any(amounts) or self.act not in get_args(Act):
            raise PrivacyError(
                "A budget amount is a whole number of nano-epsilon and pico-delta, and not both are zero.",
                code="budget-amount",
                hint="Round the wanted epsilon and delta up to whole units.",
                facts={"scope": self.scope},
            )
        if not _is_text(self.scope) or (self.act == "spend") != bool(self.key) or (self.key and not _is_text(self.key)):
            raise PrivacyError(
                "A budget has a scope, and a spend has a key of its own (1 to 256 printable characters).",
                code="budget-key",
                hint="Use a new key for each private act and the same one when you repeat it.",
                facts={"scope": self.scope},
            )

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> Self | None:
        """Read the reserved key of an entry's body; None when the entry touches no budget.

        Raises
        ------
        PrivacyError
            When the key is there and does not say exactly what it must.
        """
        if BODY_KEY not in body:
            return None
        value = body[BODY_KEY]
        if not isinstance(value, dict) or value.keys() != {"act", "scope", "nano_epsilon", "pico_delta", "key"}:
            raise PrivacyError(
                "An entry's budget part must hold act, scope, nano_epsilon, pico_delta and key.",
                code="budget-malformed",
                hint="Let BudgetAct.to_body() write it.",
            )
        return cls(**value)

    def to_body(self) -> dict[str, Any]:
        """The value to put under ``budget`` in the entry's body."""
        return asdict(self)


@dataclass(frozen=True)
class Balance:
    """A budget: what may be spent at most, and what was."""

    scope: str
    cap_nano_epsilon: int
    cap_pico_delta: int
    spent_nano_epsilon: int = 0
    spent_pico_delta: int = 0

    def after(self, act: BudgetAct) -> Self:
        """The balance that this act leaves.

        Raises
        ------
        PrivacyError
            ``budget-exceeded`` or ``budget-below-spent``, with the numbers.
        """
        if act.act == "open":
            changed = replace(self, cap_nano_epsilon=act.nano_epsilon, cap_pico_delta=act.pico_delta)
        else:
            changed = replace(
                self,
                spent_nano_epsilon=self.spent_nano_epsilon + act.nano_epsilon,
                spent_pico_delta=self.spent_pico_delta + act.pico_delta,
            )
        if changed.spent_nano_epsilon > changed.cap_nano_epsilon or changed.spent_pico_delta > changed.cap_pico_delta:
            raise self._refusal(act)
        return changed

    def _refusal(self, act: BudgetAct) -> PrivacyError:
        spent, cap = (self.spent_nano_epsilon, self.spent_pico_delta), (self.cap_nano_epsilon, self.cap_pico_delta)
        asked = (act.nano_epsilon, act.pico_delta)
        numbers = f"spent {_amount(spent)}, cap {_amount(cap)}, asked {_amount(asked)}"
        opening = act.act == "open"
        return PrivacyError(
            f"The budget of {self.scope} cannot be set below what was spent: {numbers}."
            if opening
            else f"The budget of {self.scope} does not allow this: {numbers}.",
            code="budget-below-spent" if opening else "budget-exceeded",
            hint="Nothing was spent. The owner of the budget can raise the cap by an entry of its own.",
            facts={"scope": self.scope, "spent": list(spent), "cap": list(cap), "asked": list(asked)},
        )


def opened(act: BudgetAct) -> Balance:
    """The balance of a scope's first act, which must open it."""
    if act.act != "open":
        raise PrivacyError(
            f"No budget was opened for {act.scope}.",
            code="budget-not-opened",
            hint="Its owner must set a cap first; nothing was spent.",
            facts={"scope": act.scope},
        )
    return Balance(act.scope, act.nano_epsilon, act.pico_delta)


def same_spend(first: BudgetAct | None, again: BudgetAct) -> None:
    """A key that was paid for may come back with the same cost only.

    Raises
    ------
    AuditError
        Code ``budget-key-reused``.
    """
    if first != again:
        raise AuditError(
            "This budget key was used before for another scope or amount.",
            code="budget-key-reused",
            hint="Use a new key for a new private act; nothing was spent.",
            facts={"scope": again.scope, "key": again.key},
        )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MAX_TEXT and value.isprintable()


def _amount(pair: tuple[int, int]) -> str:
    nano, pico = pair
    return f"epsilon {nano // 10**9}.{nano % 10**9:09d} delta {pico // 10**12}.{pico % 10**12:012d}"
