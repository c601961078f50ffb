"""What the account says of a table is never less than what its release costs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from glassledger.models.private_counts import _noisy, shares_of, table_for


@given(
    allowed=st.integers(1, 60),
    share=st.floats(0.0, 1.0),
    mu=st.floats(1e-3, 4.0),
)
def test_a_release_that_touches_fewer_cells_is_no_dearer_than_the_account(
    allowed: int, share: float, mu: float
) -> None:
    touched = max(1, round(share * allowed))
    entry = table_for(allowed, mu)
    _, released = _noisy([np.zeros(0, dtype=np.int64)], touched, mu, lambda size: bytes(size))
    assert released.mu <= entry.mu <= mu * (1 + 1e-12)
    assert released.shift <= entry.shift * (1 + 1e-12)
    assert released.miss <= entry.miss


@given(mu=st.floats(1e-3, 4.0), ordered=st.integers(0, 9), deep=st.integers(0, 9), nominal=st.integers(0, 9))
def test_the_tables_together_stay_below_what_they_were_given(mu: float, ordered: int, deep: int, nominal: int) -> None:
    deep = min(deep, ordered)
    tables = shares_of(ordered, deep, nominal, mu=mu, label=0.04).tables(ordered, deep, nominal)
    assert sum(table.mu**2 for table in tables) <= mu**2 * (1 + 1e-12)
