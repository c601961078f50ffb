"""``python -m glassledger``."""

from glassledger.cli import main

main()
