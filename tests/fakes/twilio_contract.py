"""Twilio's own description of its REST side as a wire: each request is checked against it, then answered.

openapi-core checks operation, parameters, body, words of enumerations and who asks. It lets through what
the description does not name, so unknown fields, and a call that is told nothing, are refused here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse
from twilio.http.response import Response

from ivr.rest import API, Wire
from tools import places

FORM = "application/x-www-form-urlencoded"


class NotAsDescribed(AssertionError):
    """A request or an answer that the description does not allow."""


@cache
def described() -> OpenAPI:
    """The description; `./jiesu test` fetches it. Without it this raises: nothing is checked by nothing."""
    if not places.TWILIO_SPEC.exists():
        raise AssertionError("Twilio's API description is not here: run ./jiesu test with a network")
    spec = json.loads(places.TWILIO_SPEC.read_text("utf-8"))
    return OpenAPI.from_dict(spec, config=Config(spec_validator_cls=None))


def request(
    method: str,
    url: str,
    params: Mapping[str, Any] | None = None,
    data: Mapping[str, Any] | None = None,
    auth: tuple[str, str] | None = None,
) -> MockRequest:
    """The request as it would go over the network."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | {name: str(value) for name, value in (params or {}).items()}
    known = base64.b64encode(":".join(auth).encode()).decode() if auth else ""
    return MockRequest(
        f"{parts.scheme}://{parts.netloc}",
        method,
        parts.path,
        args=query,
        data=urlencode(data or {}).encode(),
        content_type=FORM if method == "POST" else "",
        headers={"Authorization": f"Basic {known}"} if auth else {},
    )


def check(asked: MockRequest) -> None:
    """Raises NotAsDescribed."""
    try:
        described().validate_request(asked)
    except Exception as error:
        raise NotAsDescribed(f"{error}: {error.__cause__}") from error
    operation = _operation(asked)
    named = {one["name"] for one in operation.get("parameters", ())}
    form = dict(parse_qsl(asked.body.decode()))
    fields = operation.get("requestBody", {}).get("content", {}).get(FORM, {}).get("schema", {})
    strays = (set(asked.args or {}) - named) | (set(form) - set(fields.get("properties", {})))
    if strays:
        raise NotAsDescribed(f"{asked.method} {asked.path}: unknown: {sorted(strays)}")
    if asked.method == "post" and not {"Url", "Twiml", "Status"} & set(form):
        raise NotAsDescribed(f"{asked.path}: neither Url nor Twiml nor Status")


def check_answer(asked: MockRequest, body: dict[str, Any], status: int = 200) -> None:
    """Whether an answer is one that the description allows. Raises NotAsDescribed."""
    answer = MockResponse(json.dumps(body).encode(), status_code=status, content_type="application/json")
    try:
        described().validate_response(asked, answer)
    except Exception as error:
        raise NotAsDescribed(f"{error}: {error.__cause__}") from error


def example(asked: MockRequest, name: str = "") -> tuple[int, str]:
    """The description's own example of an answer: the named one, else the first."""
    status, answer = next(iter(_operation(asked)["responses"].items()))
    examples = answer.get("content", {}).get("application/json", {}).get("examples", {})
    if not examples:
        return int(status), ""
    chosen = examples[name] if name else next(iter(examples.values()))
    return int(status), json.dumps(chosen["value"])


def _operation(asked: MockRequest) -> Any:
    """The operation, as plain data."""
    found = [
        (path, methods)
        for path, methods in _paths().items()
        if asked.method in methods and _fits(path, asked.path)
    ]
    if len(found) != 1:
        raise NotAsDescribed(f"{asked.method} {asked.path}: {len(found)} operations")
    return found[0][1][asked.method]


def _fits(pattern: str, path: str) -> bool:
    parts, given = pattern.removesuffix(".json").split("/"), path.removesuffix(".json").split("/")
    same = len(parts) == len(given)
    return same and all(part.startswith("{") or part == one for part, one in zip(parts, given, strict=True))


@cache
def _paths() -> dict[str, Any]:
    paths: dict[str, Any] = json.loads(places.TWILIO_SPEC.read_text("utf-8"))["paths"]
    return paths


@dataclass
class Answer:
    """Written by hand, for what has no example: an error, a row."""

    status: int
    body: dict[str, Any]


class Contract(Wire):
    """A wire without a network. `example`: which of the description's is given; `answer`: instead of one."""

    def __init__(self, example: str = "", answer: Answer | None = None) -> None:
        super().__init__(API, pause=lambda seconds: None)
        self.asked: list[MockRequest] = []
        self._example = example
        self._answer = answer

    def exchange(self, method: str, url: str, params: Any, data: Any, headers: Any, auth: Any) -> Response:
        asked = request(method, url, params, data, auth)
        check(asked)
        self.asked.append(asked)
        if self._answer is not None:
            return Response(self._answer.status, json.dumps(self._answer.body))
        return Response(*example(asked, self._example))
