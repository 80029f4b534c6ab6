"""`./jiesu maze`: walks a phone application like callers who press, speak and stay silent, and measures how
far from a person they are."""
