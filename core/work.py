"""What the service team lists for the work on complaints: causes, departments, remedies, follow-up cues."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from core.content import ContentError, known_keys, list_at, mapping_at, text_at
from core.follow_up import Cues
from core.remedy import Rules


@dataclass(frozen=True)
class Work:
    """`causes`: names by code. `departments`: what each answers for, by name. Both in the order written."""

    causes: Mapping[str, str]
    departments: Mapping[str, str]
    remedies: Rules
    cues: Cues

    @classmethod
    def from_lists(cls, read: Callable[[str], object], assigned: Iterable[str]) -> Work:
        """From causes.yml, departments.yml, remedies.yml and follow_up.yml, as `read` gives them by name.
        `assigned`: the departments that complaints go to; each must be one. Raises ContentError."""
        departments = _pairs(read("departments.yml"), "departments.yml", "name", "does")
        for name in assigned:
            if name not in departments:
                raise ContentError("departments.yml", f"{name!r} of categories.yml is missing")
        return cls(
            _pairs(read("causes.yml"), "causes.yml", "code", "name"),
            departments,
            Rules.from_mapping(read("remedies.yml")),
            Cues.from_mapping(read("follow_up.yml")),
        )


def _pairs(value: object, where: str, key: str, other: str) -> dict[str, str]:
    made: dict[str, str] = {}
    for n, item in enumerate(list_at(value, where), 1):
        place = f"{where}[{n}]"
        given = mapping_at(item, place)
        known_keys(given, (key, other), place)
        name = text_at(given.get(key), place)
        if name in made:
            raise ContentError(place, f"{name!r} stands twice")
        made[name] = text_at(given.get(other), place)
    if not made:
        raise ContentError(where, "the list is empty")
    return made
