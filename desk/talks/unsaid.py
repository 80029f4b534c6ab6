"""Words for a customer from the page of the steps: what speaks against them is told once, and they are sent
when asked for a second time."""

from __future__ import annotations

from desk.talks.care import Found, against, digest


class Unsaid(Exception):
    """Not sent yet. `found`: what speaks against the words; `anyway`: what a second sending carries."""

    def __init__(self, found: Found, anyway: str) -> None:
        super().__init__("words that nobody should say")
        self.found = found
        self.anyway = anyway


def checked(number: str, words: str, offers: bool = False) -> str:
    """The words, fit to be sent. Raises Unsaid. `offers`: they lay options before the customer; asking which
    one is not asking once more what the customer wants."""
    found = against(number, words)
    if found.never or (found and not offers):
        raise Unsaid(found, digest(words))
    return words
