"""The errors page lists what the source can raise."""

from tests.error_page import PAGE, page


def test_the_page_is_what_the_source_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.error_page"


def test_the_page_knows_codes_that_users_meet() -> None:
    for code in ("contract-broken", "budget-exceeded", "artifact-changed", "model-unknown", "policy-invalid"):
        assert f"| `{code}` |" in page()
