"""Small deterministic SVG charts: the same numbers give the same bytes, in every theme and language."""
