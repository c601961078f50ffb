"""Nothing but our own errors comes out of a sealed function, and no frame that held rows."""

import traceback

import pandas as pd
import pytest

from glassledger.data.sealed import sealed
from glassledger.errors import InputError, PolicyError


@sealed
def _work(rows: pd.DataFrame, how: str) -> int:
    if how == "fine":
        return len(rows)
    if how == "ours":
        try:
            float(rows.iloc[0, 0])
        except ValueError:
            raise PolicyError("A plain sentence.", code="some-code", facts={"count": 1}) from None
    if how == "memory":
        raise MemoryError
    return int(rows.iloc[0, 0])


ROWS = pd.DataFrame({"a": ["Zq-canary"]})


def _everything(error: BaseException) -> str:
    whole = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [frame for frame in whole.stack if frame.name not in ("_raised", "<module>")]
    return str(error) + repr(error) + "".join(f"{frame.name} {frame.locals}" for frame in frames)


def _raised(how: str, kind: type[BaseException]) -> BaseException:
    with pytest.raises(kind) as caught:
        _work(ROWS, how)
    return caught.value


def test_a_result_passes_through() -> None:
    assert _work(ROWS, "fine") == 1
    assert _work.__name__ == "_work"


def test_our_error_comes_out_without_its_frames() -> None:
    error = _raised("ours", PolicyError)

    assert isinstance(error, PolicyError)
    assert (error.code, error.facts) == ("some-code", {"count": 1})
    assert (error.__cause__, error.__context__) == (None, None)
    assert "Zq-canary" not in _everything(error)


def test_a_vendors_error_is_told_by_kind_and_place_only() -> None:
    error = _raised("theirs", InputError)

    assert isinstance(error, InputError)
    assert error.code == "internal-fault"
    assert error.facts["exception"] == "ValueError"
    assert (error.__cause__, error.__context__) == (None, None)
    assert "Zq-canary" not in _everything(error)


def test_without_the_seal_the_cell_is_in_words_and_frames() -> None:
    with pytest.raises(ValueError) as caught:
        _work.__wrapped__(ROWS, "theirs")  # type: ignore[attr-defined]

    assert "Zq-canary" in str(caught.value)
    assert "Zq-canary" in _everything(caught.value)


def test_no_memory_is_not_disguised() -> None:
    assert isinstance(_raised("memory", MemoryError), MemoryError)
