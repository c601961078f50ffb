"""The frame around every call into a learner's library: no warning and no error of theirs gets out.

Both can quote rows. A failure becomes a :class:`ModelError` that names the library and the kind of failure.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from glassledger.errors import Error, ModelError


@contextmanager
def door(library: str) -> Iterator[None]:
    """Run a library's code; translate whatever it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except (Error, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 -- whatever a library raises may quote rows
            raise ModelError(
                f"The library {library} could not fit or read this model ({type(error).__name__}).",
                code="learner-failed",
                hint="Check the family's settings against the size of the table; its message is withheld: "
                "it may quote rows.",
                facts={"library": library, "error": type(error).__name__},
            ) from None


def library(distribution: str) -> str:
    """Name and installed version, such as ``scikit-learn 1.8.0``."""
    return f"{distribution} {version(distribution)}"
