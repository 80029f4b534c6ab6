"""Decisions: pure functions and frozen values; no clock, no chance, no disk, no framework."""
