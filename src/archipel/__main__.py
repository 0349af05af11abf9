"""``python -m archipel``."""

from archipel.cli import main

main()
