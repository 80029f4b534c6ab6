"""Reading what the service team wrote: each refusal says where it stands and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class ContentError(ValueError):
    """A content file says something that cannot be used; `where` is its place, `what` the reason."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


def mapping_at(value: object, where: str) -> Mapping[str, Any]:
    """The value as a mapping with text keys; raises ContentError otherwise."""
    if not isinstance(value, Mapping):
        raise ContentError(where, f"expected names with values, found {_kind(value)}")
    return {str(key): item for key, item in value.items()}


def list_at(value: object, where: str) -> Sequence[Any]:
    """The value as a list, an absent one as an empty list; raises ContentError otherwise."""
    if value is None:
        return ()
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        raise ContentError(where, f"expected a list, found {_kind(value)}")
    return value


def texts_at(value: object, where: str) -> tuple[str, ...]:
    """A list of texts, none of them empty; raises ContentError otherwise."""
    return tuple(text_at(item, f"{where}[{place}]") for place, item in enumerate(list_at(value, where), 1))


def text_at(value: object, where: str) -> str:
    """A text that is not empty; raises ContentError for numbers too, because 0 and "0" differ in YAML."""
    if not isinstance(value, str):
        raise ContentError(where, f"expected a text (put it in quotes), found {_kind(value)}")
    if not value.strip():
        raise ContentError(where, "the text is empty")
    return value


def whole_at(value: object, where: str, *, least: int = 0, most: int | None = None) -> int:
    """A whole number from `least` to `most`; raises ContentError otherwise."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ContentError(where, f"expected a whole number, found {_kind(value)}")
    if value < least or (most is not None and value > most):
        limit = f"at least {least}" if most is None else f"from {least} to {most}"
        raise ContentError(where, f"expected a number {limit}, found {value}")
    return value


def known_keys(value: Mapping[str, Any], allowed: Sequence[str], where: str) -> None:
    """Raises ContentError when a name is misspelt, so that no setting is silently ignored."""
    for key in value:
        if key not in allowed:
            raise ContentError(where, f"unknown name {key!r}; known are {', '.join(allowed)}")


def _kind(value: object) -> str:
    names = {type(None): "nothing", str: "a text", bool: "yes or no", int: "a number", float: "a number"}
    if isinstance(value, Mapping):
        return "names with values"
    return names.get(type(value), "a list" if isinstance(value, Sequence) else type(value).__name__)
