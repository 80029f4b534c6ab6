"""`python -m tools`, as the script ./jiesu calls it."""

from tools.cli import entry

entry()
