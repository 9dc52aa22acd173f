"""`python -m skykeep.cli` is `skykeep`."""

from skykeep.cli import main

main()
