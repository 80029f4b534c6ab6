"""The back office's door: complaints by REST, behind a token, described by OpenAPI."""
