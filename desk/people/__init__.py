"""Accounts, logging in, and the trail of who did what."""
