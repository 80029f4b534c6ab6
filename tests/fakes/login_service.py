"""A login service on this machine that does what OpenID Connect Core and PKCE (RFC 7636) ask of one, and
refuses what they ask it to refuse. What it says can be made wrong, one thing at a time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwk, jwt

CLIENT = "jiesu-desk"
SECRET = "a client secret of enough bytes"
LASTS = 300


class LoginService:
    """`person` is logged in there: the name that the service has for them. `claims` replaces claims of the
    next tokens (None: leaves them out), `signs` the key and `header` what stands before the token."""

    def __init__(self, callback: str) -> None:
        self.callback = callback
        self.person = "248289761001"
        self.key = jwk.RSAKey.generate_key(2048, {"kid": "one"})
        self.signs: Any = self.key
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.claims: dict[str, Any] = {}
        self.answer: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.refuses: str | None = None
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/realms/house"

    def __enter__(self) -> LoginService:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def environment(self) -> dict[str, str]:
        return {
            "JIESU_OIDC_ISSUER": self.issuer,
            "JIESU_OIDC_CLIENT_ID": CLIENT,
            "JIESU_OIDC_CLIENT_SECRET": SECRET,
        }

    # ---- What it answers

    def configuration(self) -> dict[str, Any]:
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        return told | self.metadata

    def keys(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False) | {"use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser is sent. Whoever asks for another address is told so and sent nowhere."""
        if asked.get("client_id") != CLIENT or asked.get("redirect_uri") != self.callback:
            raise PermissionError("unknown client or address")
        back = {"state": asked.get("state", "")}
        proper = asked.get("response_type") == "code" and asked.get("code_challenge_method") == "S256"
        if self.refuses or not proper or "openid" not in asked.get("scope", "").split():
            return f"{self.callback}?{urlencode(back | {'error': self.refuses or 'invalid_request'})}"
        code = secrets.token_urlsafe(24)
        self._codes[code] = {**asked, "at": str(time.time())}
        return f"{self.callback}?{urlencode(back | {'code': code})}"

    def token(self, asked: dict[str, str], login: str) -> tuple[int, dict[str, Any]]:
        """A code is good once, for whoever asked for it, with the secret that was promised for it."""
        given = base64.b64decode(login.removeprefix("Basic ")).decode() if login.startswith("Basic ") else ""
        if not hmac.compare_digest(unquote(given), f"{CLIENT}:{SECRET}"):
            return 401, {"error": "invalid_client"}
        began = self._codes.pop(asked.get("code", ""), None)
        proof = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = _base64(proof)
        fits = (
            began is not None
            and asked.get("grant_type") == "authorization_code"
            and challenge == began["code_challenge"]
            and asked.get("redirect_uri") == began["redirect_uri"]
            and time.time() - float(began["at"]) < 60
        )
        if began is None or not fits:
            return 400, {"error": "invalid_grant"}
        return 200, self._tokens(began)

    def _tokens(self, began: dict[str, str]) -> dict[str, Any]:
        access, now = secrets.token_urlsafe(24), int(time.time())
        half = hashlib.sha256(access.encode()).digest()[:16]
        claims = {
            "iss": self.issuer,
            "sub": self.person,
            "aud": CLIENT,
            "exp": now + LASTS,
            "iat": now,
            "nonce": began["nonce"],
            "at_hash": _base64(half),
            "name": "somebody else's name",
        }
        told = {name: value for name, value in (claims | self.claims).items() if value is not None}
        answer = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": LASTS,
            "id_token": self.sign(told),
        }
        return {name: value for name, value in (answer | self.answer).items() if value is not None}

    def sign(self, claims: dict[str, Any]) -> str:
        if self.header["alg"] == "none" or isinstance(self.signs, bytes):
            signed = ".".join(_base64(json.dumps(part).encode()) for part in (self.header, claims))
            seal = b"" if self.header["alg"] == "none" else hmac.digest(self.signs, signed.encode(), "sha256")
            return f"{signed}.{_base64(seal)}"
        return jwt.encode(self.header, claims, self.signs, algorithms=[self.header["alg"]])


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _handler(service: LoginService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            where = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(where.query).items()}
            path = where.path.removeprefix("/realms/house")
            service.asked.append((path, asked))
            if path == "/.well-known/openid-configuration":
                self._json(200, service.configuration())
            elif path == "/keys":
                self._json(200, service.keys())
            elif path == "/authorize":
                try:
                    self._to(service.authorize(asked))
                except PermissionError as refusal:
                    self._json(400, {"error": str(refusal)})
            else:
                self._json(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            asked = {name: values[0] for name, values in parse_qs(body).items()}
            service.asked.append(("/token", asked))
            self._json(*service.token(asked, self.headers.get("Authorization", "")))

        def _json(self, status: int, told: dict[str, Any]) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _to(self, address: str) -> None:
            self.send_response(302)
            self.send_header("Location", address)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler
