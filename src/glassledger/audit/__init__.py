"""The transparency log: bytes in, proofs out.

Formats are other people's: RFC 6962/9162 trees, C2SP signed notes, checkpoints, tiles and proofs. Nothing in this
package knows what a model is, and nothing in it needs a data-science package.
"""
