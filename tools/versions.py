"""The versions of what is brought before a lock file can speak."""

UV = "0.13.9"
NODE_WHEEL = "24.19.0"
RASA_PYTHON = (3, 10)
"""Rasa 3.6.21 runs on nothing newer."""

OLDEST_NODE = 18
"""Older npm does not read our lock file."""
