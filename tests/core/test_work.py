"""The lists of the service team: causes, departments; each wrong list is refused with its place."""

import pytest

from core.content import ContentError
from core.work import Work

LISTS = {
    "causes.yml": [{"code": "packing", "name": "包装没包好"}],
    "departments.yml": [{"name": "货运部", "does": "运输"}],
    "remedies.yml": {"kinds": [{"code": "apology"}], "limits": {}, "remind": 15},
    "follow_up.yml": {"unsolved": ["没解决"], "hedged": ["还行"], "nothing": ["没有"]},
}


def read(**changed):
    return lambda name: {**LISTS, **changed}[name]


def test_lists_become_names():
    work = Work.from_lists(read(), ["货运部"])
    assert work.causes == {"packing": "包装没包好"}
    assert work.departments == {"货运部": "运输"}


@pytest.mark.parametrize(
    ("changed", "assigned", "where"),
    [
        ({}, ["财务部"], "财务部"),
        ({"causes.yml": []}, [], "causes.yml"),
        ({"causes.yml": [*LISTS["causes.yml"], *LISTS["causes.yml"]]}, [], r"causes.yml\[2\]"),
        ({"departments.yml": [{"name": "货运部"}]}, [], r"departments.yml\[1\]"),
        ({"departments.yml": [{"name": 7, "does": "x"}]}, [], "a text"),
    ],
)
def test_a_wrong_list_is_refused_with_its_place(changed, assigned, where):
    with pytest.raises(ContentError, match=where):
        Work.from_lists(read(**changed), assigned)
