"""The WeChat door: the verified service account."""
