"""Figures about a model on rows that it was not fitted on: performance, curves, groups.

The figures are exact, not private: ``protection`` says so, and a report decides who may see them.
"""
