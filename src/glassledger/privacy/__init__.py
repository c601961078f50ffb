"""Budget, accounting and noise: what a private release may cost, what it costs, and where its randomness comes from."""
