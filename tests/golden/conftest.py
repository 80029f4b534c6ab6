"""The reception of tests/reception: real database, real words, Rasa refused."""

from tests.reception.conftest import clock, content, db, reception

__all__ = ["clock", "content", "db", "reception"]
