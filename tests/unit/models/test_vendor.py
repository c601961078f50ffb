"""Nothing that a library says gets out."""

import warnings

import pytest

from glassledger.errors import InputError, ModelError
from glassledger.models.vendor import door, library

CANARY = "canary-7351"


@pytest.mark.parametrize("kind", [ValueError, KeyError, TypeError, FloatingPointError, RuntimeError, AssertionError])
def test_an_error_is_named_by_its_kind_only(kind: type[Exception]) -> None:
    with pytest.raises(ModelError) as caught, door("somelib"):
        raise kind(f"cannot read {CANARY}")
    error = caught.value
    assert error.code == "learner-failed"
    assert error.facts == {"library": "somelib", "error": kind.__name__}
    assert CANARY not in f"{error}{error!r}{error.as_dict()}"
    assert error.__cause__ is None
    assert error.__suppress_context__


@pytest.mark.parametrize("error", [InputError("ours", code="x"), MemoryError(), KeyboardInterrupt()])
def test_our_errors_and_the_machines_pass(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, door("somelib"):
        raise error
    assert caught.value is error


def test_warnings_stay_inside() -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with door("somelib"):
            warnings.warn(CANARY, UserWarning, stacklevel=1)
        assert heard == []
        warnings.warn("outside", UserWarning, stacklevel=1)
        assert [str(warning.message) for warning in heard] == ["outside"]


def test_a_library_is_named_with_its_version() -> None:
    import sklearn

    assert library("scikit-learn") == f"scikit-learn {sklearn.__version__}"
