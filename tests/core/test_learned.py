"""The reader of what tools/fit.py wrote: shares from known weights, packed rows, and broken files."""

import json
import logging
import math
import os
from datetime import date
from pathlib import Path

import pytest

import wiring
from core.learned import (
    END,
    LONGEST_READ,
    MARK,
    MOST,
    NOTHING_LEARNED,
    START,
    STEPS,
    Judge,
    Learned,
    features,
    grams,
    row,
)
from core.understanding import understand
from reception.content import load
from tests.fakes.grading import tier_of

DAY = date(2026, 3, 2)


def packed(rarity: int, *roots: int) -> bytes:
    return row(rarity, roots).encode("latin-1")


def small(apart: bool) -> Judge:
    """`人` weighs +4 steps for yes and is half as rare as `工`, which weighs -1 step; a step is a half."""
    rows = {"人": packed(10, 0, 2), "工": packed(20, 0, -1), "人工": packed(10, 3, -2)}
    return Judge(("no", "yes"), apart, (0.0, 0.25), 0.5, rows)


WRITTEN = {
    "labels": ["no", "yes"],
    "apart": False,
    "bias": [0.0, 0.25],
    "step": 0.5,
    "rows": {"人": row(10, (0, 2)), "工": row(20, (0, -1))},
}


def test_two_features_are_weighed_by_their_rarity() -> None:
    yes = 0.25 + 0.5 * (10 * 4 - 20 * 1) / math.sqrt(10**2 + 20**2)
    share = math.exp(yes) / (math.exp(0.0) + math.exp(yes))
    assert small(apart=False).shares(["人", "工", "unknown"]) == pytest.approx(
        {"no": 1 - share, "yes": share}
    )


def test_labels_apart_are_each_a_yes_or_no() -> None:
    shares = small(apart=True).shares(["人"])
    assert shares == pytest.approx({"no": 0.5, "yes": 1 / (1 + math.exp(-(0.25 + 0.5 * 4)))})
    assert sum(shares.values()) > 1


def test_nothing_known_leaves_the_bias() -> None:
    assert small(apart=True).shares([]) == pytest.approx({"no": 0.5, "yes": 1 / (1 + math.exp(-0.25))})


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("root", [MOST, -MOST])
def test_the_heaviest_weights_overflow_nothing(apart: bool, root: int) -> None:
    shares = Judge(("a", "b"), apart, (0.0, 0.0), 1e6, {"x": packed(255, root, -root)}).shares(["x"])
    assert shares["a" if root > 0 else "b"] == pytest.approx(1.0)
    assert shares["b" if root > 0 else "a"] == pytest.approx(0.0)


def test_the_reason_is_the_run_that_spoke_most_for_the_label() -> None:
    judge = small(apart=False)
    assert judge.why("转人工", "no") == "人工"
    assert judge.why("转人工", "yes") == ""  # 人 alone is one character, 人工 speaks against it
    assert judge.why("在吗", "no") == ""


def test_the_edges_of_a_text_are_no_part_of_a_reason() -> None:
    judge = Judge(("yes",), True, (0.0,), 1.0, {f"{START}转": packed(10, 5), f"工{END}": packed(10, 9)})
    assert judge.why("转人工", "yes") == "工"


@pytest.mark.parametrize("roots", [(-MOST, MOST), (0, 1), (-1, 0), tuple(range(-MOST, MOST + 1))])
def test_a_row_is_unpacked_as_it_was_packed(roots: tuple[int, ...]) -> None:
    unpacked = json.loads(json.dumps(row(34, roots))).encode("latin-1")
    assert unpacked[0] == 34
    assert [STEPS[byte] for byte in unpacked[1:]] == [root * abs(root) for root in roots]


def test_a_rarity_beyond_a_byte_is_the_highest_byte() -> None:
    assert packed(255) == packed(256) == packed(9999)
    assert packed(0)[0] == 0


@pytest.mark.parametrize("root", [MOST + 1, -MOST - 2])
def test_a_root_beyond_a_byte_is_refused(root: int) -> None:
    with pytest.raises(ValueError, match="256"):
        row(1, [root])


def test_grams_hold_runs_edges_and_no_number() -> None:
    assert grams("12号AA") == grams("7号aa")
    assert {START, f"{START}0", "0号a", f"a{END}"} <= set(grams("12号AA"))
    assert len(grams("人人人")) == len(set(grams("人人人")))
    assert max(map(len, grams("一二三四五六"))) == 4


def test_a_mark_repeated_often_counts_as_twice() -> None:
    assert grams("人工!!!!!!!!") == grams("人工!!") != grams("人工!")


def test_of_a_novel_both_ends_are_read() -> None:
    read = set(grams("甲" + "天地" * 50_000 + "乙"))
    assert {f"{START}甲", f"乙{END}"} <= read
    assert set(grams("甲" + "一" + "天" * LONGEST_READ + "乙")) >= {f"{START}甲一", f"天乙{END}"}
    assert "中" not in set(grams("天地" * LONGEST_READ + "中" + "天地" * LONGEST_READ))


def test_no_text_can_look_like_a_finding() -> None:
    made = features("human", ["human"])
    assert made.count(MARK + "human") == 1
    assert MARK + "human" not in grams("human")


def test_what_was_written_is_read() -> None:
    learned = Learned.from_mapping({"human_request": WRITTEN})
    expected = Judge(
        ("no", "yes"), False, (0.0, 0.25), 0.5, {"人": packed(10, 0, 2), "工": packed(20, 0, -1)}
    )
    assert learned.judges == {"human_request": expected}
    assert learned.shares("human_request", ["人"]) == expected.shares(["人"])
    assert learned.shares("mood", ["人"]) == {}


BROKEN = {
    "no labels": {name: value for name, value in WRITTEN.items() if name != "labels"},
    "a short row": {**WRITTEN, "rows": {"人": row(10, (0,))}},
    "a long row": {**WRITTEN, "rows": {"人": row(10, (0, 1, 2))}},
    "an empty row": {**WRITTEN, "rows": {"人": ""}},
    "a row of no bytes": {**WRITTEN, "rows": {"人": "一二三"}},
    "one bias for two labels": {**WRITTEN, "bias": [0.0]},
    "no step": {**WRITTEN, "step": None},
    "a step in words": {**WRITTEN, "step": "a half"},
    "a bias that is a number": {**WRITTEN, "bias": 0.5},
    "a judge that is a list": [1, 2],
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_something_else_is_refused(broken: object) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Learned.from_mapping({"human_request": broken})


FILES = {
    "half a file": json.dumps({"human_request": WRITTEN})[:-9].encode(),
    "no text": b"\xff\xfe\x00",
    "empty": b"",
    **{name: json.dumps({"human_request": broken}).encode() for name, broken in BROKEN.items()},
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_broken_file_is_said_and_leaves_the_cue_lists(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "learned.json").write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert wiring.learned(tmp_path / "learned.json") is NOTHING_LEARNED
    assert "cue lists alone" in caplog.text


# Once a fault: `.items()` of a list or `.encode()` of a number is an AttributeError, which nobody expects,
# and the doors do not start. Take the mark away when it is a TypeError, or expected in wiring.learned.
@pytest.mark.parametrize(
    "given",
    [
        [],
        None,
        {"human_request": {**WRITTEN, "rows": []}},
        {"human_request": {**WRITTEN, "rows": {"人": 5}}},
    ],
    ids=["a list", "null", "rows in a list", "a row that is a number"],
)
def test_no_broken_file_keeps_the_doors_shut(given: object, tmp_path: Path) -> None:
    (tmp_path / "learned.json").write_text(json.dumps(given))
    assert wiring.learned(tmp_path / "learned.json") is NOTHING_LEARNED


def test_without_a_file_the_cue_lists_still_find_a_wish_for_a_person_and_danger(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        nothing = wiring.learned(tmp_path / "none.json")
    assert "cue lists alone" in caplog.text
    vocabulary = load(wiring.CONTENT, today=DAY, learned=nothing).vocabulary
    assert understand("給我轉人工", vocabulary, DAY).human
    danger = understand("厨房煤气漏气了，你们快来", vocabulary, DAY).raised
    assert tier_of(danger) == 3
    assert understand("快递送来就摔坏了", vocabulary, DAY).kind == "complaint"


def test_a_good_file_is_read_once_and_again_when_it_changed(tmp_path: Path) -> None:
    file = tmp_path / "learned.json"
    file.write_text(json.dumps({"human_request": WRITTEN}))
    first = wiring.learned(file)
    assert set(first.judges) == {"human_request"}
    assert wiring.learned(file) is first
    file.write_text(json.dumps({"mood": WRITTEN}))
    os.utime(file, ns=(1, 1))
    assert set(wiring.learned(file).judges) == {"mood"}
