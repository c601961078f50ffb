"""Watching a model after its approval. Nothing is implemented yet.

Drift of inputs and scores against the training window, and outcomes against what was predicted, will live here
(``drift.py``, ``outcomes.py``). They will read aggregate records only: never rows, never fitted models. Until then no
report may show a monitoring result; it says *not run*.
"""
