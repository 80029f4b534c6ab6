"""Talking with customers: in writing, by phone, and every try to reach them."""
