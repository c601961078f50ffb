"""No row leaves by way of an exception: not in its words, its chain or the frames that it keeps alive."""

import functools
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from glassledger.errors import Error, InputError

P = ParamSpec("P")
T = TypeVar("T")


def sealed(act: Callable[P, T]) -> Callable[P, T]:
    """Let only our own errors out of a function that handles rows, without the frames that held them.

    Any other exception is a fault of ours or of a vendor, and its text may quote cells: only its kind and the place in
    our code are kept, as ``InputError`` with code ``internal-fault``.
    """

    @functools.wraps(act)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        fault: Error
        try:
            return act(*args, **kwargs)
        except MemoryError:
            raise
        except Error as error:
            fault = error
        except Exception as error:  # noqa: BLE001 - the whole point
            fault = _unexpected(error)
        del args, kwargs  # this frame stays in the traceback
        fault.__traceback__ = fault.__context__ = fault.__cause__ = None
        raise fault

    return guarded


def _unexpected(error: Exception) -> InputError:
    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "glassledger" in frame.filename]
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "unknown"
    return InputError(
        f"An unforeseen {type(error).__name__} stopped the work at {place}.",
        code="internal-fault",
        hint="Its text may quote cells and is withheld. Please report kind and place, without your data.",
        facts={"exception": type(error).__name__, "place": place},
    )
