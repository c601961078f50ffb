"""The faces that a browser sees. Nothing is implemented yet.

A scoring endpoint and a reviewer's page will live here, as thin as the command line: each call goes through the
workspace, which checks, logs and refuses. Until then ``glassledger serve`` does not exist.
"""
