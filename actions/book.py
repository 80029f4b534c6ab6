"""The service team's lists that an action needs: wishes, categories, labels around facts."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core import categories, references, wanted

CONTENT = Path(__file__).resolve().parent.parent / "content"


@dataclass(frozen=True)
class Book:
    """Wishes, categories and labels around facts."""

    wishes: wanted.Wishes
    categories: tuple[categories.Category, ...]
    labels: references.Labels

    def missing_field(self, code: str | None) -> str | None:
        """The one fact worth asking in this category, or None when the category is not sure."""
        return categories.by_code(code, self.categories).missing_field if code else None

    def wishes_in(self, words: str) -> list[str]:
        """The kinds of outcome asked for; what is denied just before it ("not a refund") is not one."""
        return [it.kind for it in wanted.meant(words, self.wishes, self.labels.denied)]


@functools.lru_cache(maxsize=1)
def opened() -> Book:
    """The lists as they stand now; the action server is started again after an edit."""
    return Book(
        wishes=wanted.Wishes.from_mapping(_read("wanted.yml")),
        categories=categories.from_list(_read("categories.yml")),
        labels=references.Labels.from_mapping(_read("references.yml")),
    )


def _read(name: str) -> Any:
    return yaml.safe_load((CONTENT / name).read_text(encoding="utf-8"))
