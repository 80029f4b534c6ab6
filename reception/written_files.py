"""Files that the service team writes: YAML without its traps, and plain texts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from core.content import ContentError


def read_yaml(path: Path) -> Any:
    """What a YAML file says. Raises ContentError with the line at fault."""
    try:
        return yaml.load(path.read_text("utf-8"), Loader=_Plain)
    except FileNotFoundError:
        raise ContentError(path.name, "the file is missing") from None
    except UnicodeDecodeError:
        raise ContentError(path.name, "must be saved as UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark else "somewhere"
        raise ContentError(f"{path.name}, {line}", str(getattr(error, "problem", error))) from None


class _Plain(yaml.CSafeLoader):
    """Safe YAML without two traps: a name may stand only once (the second would silently win), and yes, no,
    on and off are texts (as in YAML 1.2); only true and false are not."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if key.value in seen:
            raise yaml.constructor.ConstructorError(None, None, f"`{key.value}` stands twice", key.start_mark)
        seen.add(key.value)
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


_Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), ["t", "f"])
_Plain.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def words_of(folder: Path, name: str) -> Mapping[str, Any]:
    """A tree of texts by name. Raises ContentError."""
    words = read_yaml(folder / name)
    if not isinstance(words, dict):
        raise ContentError(name, "needs names and words")
    _check_words(name, words)
    return words


def _check_words(where: str, words: Any) -> None:
    """Every end of the tree is a text; YAML reads 1, true and dates as something else."""
    if isinstance(words, dict):
        for key, inner in words.items():
            _check_words(f"{where}: {key}", inner)
    elif isinstance(words, list):
        for inner in words:
            _check_words(where, inner)
    elif not isinstance(words, str) or not words.strip():
        raise ContentError(where, f"must be a text (in quotation marks if need be), not {words!r}")


def text_of(path: Path) -> str:
    """A plain text. Raises ContentError."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise ContentError(f"{path.parent.name}/{path.name}", "must be saved as UTF-8") from None
