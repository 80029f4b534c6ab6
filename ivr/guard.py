"""Who may knock at the phone door: only whoever can sign with our token.

Twilio signs the exact public address and every parameter:
https://www.twilio.com/docs/usage/security#validating-requests
"""

from __future__ import annotations

from flask import Request
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

LARGEST_BODY = 64 * 1024


class Guard:
    """Checks signatures made with any of these tokens: Twilio's, and the simulator's own.

    An empty token never counts, since `RequestValidator('')` accepts what is signed with an empty key
    (measured); without any token every request is refused.
    """

    def __init__(self, tokens: tuple[str, ...], public_url: str) -> None:
        self._validators = [RequestValidator(token) for token in tokens if token.strip()]
        self._public_url = public_url.rstrip("/")

    @property
    def open(self) -> bool:
        return bool(self._validators)

    def admits(self, request: Request) -> bool:
        """True for a request that was signed for our public address. The Host header plays no part."""
        signature = request.headers.get(SIGNATURE_HEADER, "")
        if not signature:
            return False
        algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER))
        url = self.address(request)
        return any(v.validate(url, request.form, signature, algorithm) for v in self._validators)

    def address(self, request: Request) -> str:
        """The address as the caller of this webhook sees it: public URL, path and query, byte for byte."""
        query = request.query_string.decode("ascii", "replace")
        return f"{self._public_url}{request.path}{'?' + query if query else ''}"


def too_large(request: Request) -> bool:
    """Whether the body is larger than anything Twilio sends; a body of unknown length is read to the cap."""
    request.max_content_length = LARGEST_BODY
    return (request.content_length or 0) > LARGEST_BODY
