"""`./jiesu eval`: files that anybody may bring, figures worked out by hand, customers played without Rasa."""

import json
import socket
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import settings as setting
import wiring
from core.learned import NOTHING_LEARNED, Judge, Learned
from reception.content import load
from reception.heard import Answer, Said
from store import complaints, events
from tests.fakes.clock import Clock
from tools import private, stack, training
from tools.evaluate import __main__ as command
from tools.evaluate import customers, dialogues, reading, report, scores, tasks
from tools.evaluate import judging as judged_by
from tools.evaluate.customers import MOST_TURNS, Customer, Talk
from tools.evaluate.dialogues import Played, measures
from tools.evaluate.reading import Example
from tools.evaluate.tasks import TASKS, Judged
from tools.say import Failure

DAY = date(2026, 3, 2)
CONTENT = load(wiring.CONTENT, today=DAY, learned=NOTHING_LEARNED)
VOCABULARY = CONTENT.vocabulary
READ = tasks.reader(VOCABULARY, DAY)


@pytest.fixture
def tsv(tmp_path: Path):
    def write(*rows: str, head: str = "text\tlabel", encoding: str = "utf-8") -> Path:
        file = tmp_path / "given.tsv"
        file.write_bytes("\n".join((head, *rows)).encode(encoding))
        return file

    return write


# ---- reading


def test_a_file_is_read_line_by_line(tsv) -> None:
    assert reading.read(tsv("转人工\tyes", "", " 在吗 \t no ")) == [
        Example("转人工", "yes"),
        Example(" 在吗 ", "no"),
    ]
    assert reading.read(tsv()) == []


def test_a_mark_of_byte_order_and_windows_lines_do_not_matter(tmp_path: Path) -> None:
    file = tmp_path / "windows.tsv"
    file.write_bytes(b"\xef\xbb\xbftext\tlabel\r\n" + "转人工\tyes\r\n".encode())
    assert reading.read(file) == [Example("转人工", "yes")]


@pytest.mark.parametrize("head", ["", "text,label", "label\ttext", "text\tlabel\tmore", "转人工\tyes"])
def test_another_first_line_is_refused(head: str, tsv) -> None:
    with pytest.raises(Failure, match="first line"):
        reading.read(tsv("转人工\tyes", head=head))


@pytest.mark.parametrize("row", ["转人工 yes", "转人工\tyes\tno", "转人工"])
def test_a_line_without_its_one_tab_is_named(row: str, tsv) -> None:
    with pytest.raises(Failure, match="line 3: expected one tab"):
        reading.read(tsv("在吗\tno", row))


def test_what_is_no_such_file_is_said(tmp_path: Path, tsv) -> None:
    for file, words in (
        (tmp_path / "none", "no file"),
        (tmp_path, "no UTF-8"),
        (tsv(encoding="utf-16"), "no UTF-8"),
    ):
        with pytest.raises(Failure, match=words):
            reading.read(file)
    (tmp_path / "empty").write_bytes(b"")
    with pytest.raises(Failure, match="first line"):
        reading.read(tmp_path / "empty")


# Once a fault: str.splitlines() also ends a line at U+2028, U+0085, form feed and others, which stand in
# pasted texts. `.split("\n")` (and a "\r" taken off) reads them; then take this mark away.
@pytest.mark.parametrize("mark", ["\u2028", "\x0b", "\x85"])
def test_only_a_line_feed_ends_a_line(mark: str, tmp_path: Path, tsv) -> None:
    assert len(reading.read(tsv(f"坏了{mark}要退款\tyes"))) == 1
    rows = json.dumps({"opening": f"坏了{mark}要退款"}, ensure_ascii=False)
    assert len(customers.read(jsonl(tmp_path, rows))) == 1


@pytest.mark.parametrize(
    ("label", "codes"),
    [
        ("legal, media", {"legal", "media"}),
        ("legal;media|group+privacy", {"legal", "media", "group", "privacy"}),
        ("self-harm", {"self_harm"}),
        *((nothing, set()) for nothing in ("", "[]", "0", "no", "null", "none", " , ")),
        # Once a fault: "-" becomes "_" before it is compared, and so a code.
        pytest.param("-", set()),
    ],
)
def test_several_labels_are_told_apart(label: str, codes: set[str]) -> None:
    assert reading.several(label) == codes


def test_an_unknown_label_is_named_with_those_that_are_known() -> None:
    with pytest.raises(Failure, match=r"'4' is unknown; known are 0, 1, 2, 3"):
        reading.check([Example("x", "3"), Example("y", "4")], "0123", Path("mood.tsv"))


# ---- scores

TRUTH = [{"a"}, {"a", "b"}, {"b"}, set(), {"a"}]
GUESS = [{"a"}, {"a"}, {"a", "b"}, {"b"}, set()]


def test_precision_recall_and_f1_as_worked_out_by_hand() -> None:
    a, b = scores.found(TRUTH, GUESS, "a"), scores.found(TRUTH, GUESS, "b")
    assert (a.right, a.claimed, a.there) == (2, 3, 3)
    assert (a.precision, a.recall, a.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert (b.right, b.claimed, b.there) == (1, 2, 2)
    assert scores.macro_f1(TRUTH, GUESS, ["a", "b", "never there"]) == pytest.approx((2 / 3 + 1 / 2) / 2)


@pytest.mark.parametrize(
    ("truth", "guess", "expected"),
    [
        ([], [], (1, 1, 1)),  # nothing to find, nothing claimed
        ([set()], [{"a"}], (0, 1, 0)),  # claimed in vain
        ([{"a"}], [set()], (1, 0, 0)),  # missed
        ([{"a"}], [{"a"}], (1, 1, 1)),
    ],
)
def test_shares_of_nothing(truth: list, guess: list, expected: tuple) -> None:
    one = scores.found(truth, guess, "a")
    assert (one.precision, one.recall, one.f1) == expected


def test_no_truth_at_all_is_a_full_score() -> None:
    assert scores.macro_f1([], [], "ab") == scores.macro_f1([set()], [{"a"}], "ab") == 1
    assert scores.share(0, 0) == 1


def test_lists_of_different_length_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="shorter"):
        scores.found([{"a"}], [], "a")


# ---- tasks, by the cue lists alone

TWO_LINES = {
    "human_request": (["给我转人工\tyes", "今天天气不错\tno"], {"recall": 1, "false_alarms": 0}),
    "complaint": (
        ["快递送来就摔坏了\tcomplaint", "今天天气不错\tother"],
        {"macro_f1": 1, "false_alarms_on_other": 0},
    ),
    "mood": (
        ["你们这群骗子王八蛋\t3", "请问几点下班\t0"],
        {"within_one": 1, "angry_f1": 1, "furious_below_angry": 0, "macro_f1": 1},
    ),
    "red_flags": (
        ["煤气漏气了\tsafety", "请问几点下班\tnone"],
        {"recall_safety": 1, "precision": 1, "recall": 1},
    ),
    "resigned": (
        ["算了不说了，随便你们吧\thidden", "请问几点下班\tneutral"],
        {"hidden_f1": 1, "hidden_precision": 1, "hidden_recall": 1, "macro_f1": 1},
    ),
    "wanted": (["我要退款\trefund", "请问几点下班\tnone"], {"macro_f1": 1, "exact": 1}),
    "category": (["快递送来就摔坏了\tdamage", "请问几点下班\tother"], {"macro_f1": 1, "exact": 1}),
    "references": (
        ['我电话13800138000\t{"phone":"13800138000"}', "请问几点下班\t{}"],
        {"exact": 1, "exact_phone": 1},
    ),
}


@pytest.fixture
def cues_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "vocabulary", lambda: VOCABULARY)


def test_every_task_is_tried_here() -> None:
    assert {*TWO_LINES, "dialogues"} == set(command.NAMES)


@pytest.mark.parametrize("task", TWO_LINES)
def test_a_good_file_ends_in_one_line_for_machines(task: str, tsv, cues_alone, capsys) -> None:
    rows, expected = TWO_LINES[task]
    assert command.main([task, str(tsv(*rows))]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last == {"task": task, "file": "given.tsv", "lines": 2, **expected}


@pytest.mark.parametrize("task", TWO_LINES)
def test_wrong_labels_cost(task: str, tsv) -> None:
    """The same messages with their labels changed round."""
    rows, expected = TWO_LINES[task]
    (one, its), (two, other) = (row.split("\t") for row in rows)
    _, changed = judged_by.judged_file(task, tsv(f"{one}\t{other}", f"{two}\t{its}"), VOCABULARY)
    assert changed != expected
    assert min(changed.values()) == 0 or max(changed.values()) == 1


def test_a_mistake_is_shown_with_what_it_was_taken_for(tsv, cues_alone, capsys) -> None:
    long = "转人工" + "啊" * 100
    assert command.main(["human_request", str(tsv(f"{long}\tno"))]) == 0
    out = capsys.readouterr().out
    assert f"no taken for yes: {long[: command.LONGEST_SHOWN]}…" in out
    assert long not in out


@pytest.mark.parametrize("task", TWO_LINES)
def test_a_file_of_no_messages_is_scored(task: str, tsv, cues_alone, capsys) -> None:
    assert command.main([task, str(tsv())]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["lines"] == 0


@pytest.mark.parametrize("arguments", [[], ["moods", "x.tsv"], ["mood"], ["mood", "a", "b"]])
def test_anything_else_is_told_the_usage(arguments: list[str], capsys) -> None:
    assert command.main(arguments) == 2
    out = capsys.readouterr().out
    assert out.startswith("Usage: ./jiesu eval TASK FILE")
    assert all(name in out for name in command.NAMES)


@pytest.mark.parametrize(
    ("task", "row", "words"),
    [
        ("mood", "x\t4", "unknown"),
        ("resigned", "x\tgone", "unknown"),
        ("complaint", "x", "one tab"),
        ("references", "x\t[]", "no JSON object"),
        ("references", "x\t{", "no JSON object"),
        ("references", 'x\t{"amount": "a lot"}', "given.tsv"),
    ],
)
def test_a_file_that_cannot_be_scored_is_said_in_words(
    task: str, row: str, words: str, tsv, cues_alone, capsys
) -> None:
    assert command.main([task, str(tsv(row))]) == 1
    out = capsys.readouterr().out
    assert out.startswith("\njiesu: ")
    assert words in out


@pytest.mark.parametrize(
    ("task", "label"),
    [("red_flags", "saftey"), ("wanted", "money"), ("human_request", "maybe")],
)
def test_a_slip_in_a_label_is_said(task: str, label: str, tsv, cues_alone) -> None:
    assert command.main([task, str(tsv(f"我要投诉\t{label}"))]) == 1


# Once a fault: a TypeError and an OverflowError leave judge_references: `./jiesu eval` shows a stack trace.
@pytest.mark.parametrize("label", ['{"amount": [[]]}', '{"amount": 1e999}'])
def test_an_odd_fact_is_said_in_words(label: str, tsv, cues_alone) -> None:
    assert command.main(["references", str(tsv(f"x\t{label}"))]) == 1


def test_every_code_has_its_place_in_the_table_of_its_task() -> None:
    for task in TASKS.values():
        labels = set(task.labels(VOCABULARY))
        for text in ("煤气漏气了，我要退款，转人工", "今天天气不错", "算了", "什么破玩意，告你们！！"):
            assert task.guess(READ(text), VOCABULARY) <= labels


def test_moods_are_measured_by_distance() -> None:
    def judged(*pairs: tuple[str, ...]) -> list[Judged]:
        return [Judged("x", frozenset(truth), frozenset(guess)) for truth, guess in pairs]

    found = TASKS["mood"].measures(judged(*(tuple(pair) for pair in ("00", "13", "31", "32", "23"))))
    assert found["within_one"] == pytest.approx(3 / 5)
    assert found["furious_below_angry"] == 1
    assert found["angry_f1"] == pytest.approx(2 * 2 / (3 + 3))


def test_flags_that_the_file_never_names_are_not_scored() -> None:
    judged = [
        Judged("x", frozenset({"legal"}), frozenset({"legal", "staff_conduct"})),
        Judged("y", frozenset({"none"}), frozenset({"legal"})),
    ]
    assert TASKS["red_flags"].measures(judged) == {"recall_legal": 1, "precision": 0.5, "recall": 1}


def test_false_alarms_are_a_share_of_the_noes() -> None:
    pairs = [("yes", "yes"), ("yes", "no"), ("no", "yes"), ("no", "no"), ("no", "no"), ("no", "no")]
    judged = [Judged("x", frozenset({truth}), frozenset({guess})) for truth, guess in pairs]
    assert TASKS["human_request"].measures(judged) == {"recall": 0.5, "false_alarms": 0.25}


# ---- facts: the same however they are written


def facts(text: str, label: str) -> tuple[set[str], set[str]]:
    (judged,) = tasks.judge_references([Example(text, label)], READ)
    return set(judged.truth), set(judged.guess)


@pytest.mark.parametrize(
    ("text", "label", "canonical"),
    [
        ("我电话是13800138000", '{"phone": "+86 138-0013-8000"}', "phone=13800138000"),
        ("打138 0013 8000", '{"phone": ["13800138000"]}', "phone=13800138000"),
        ("打010-62345678", '{"phone": "01062345678"}', "phone=1062345678"),
        ("打010-62345678", '{"phone": "+86 10 6234 5678"}', "phone=1062345678"),
        ("打０２１ ６２３４５６７８", '{"phone": "021-62345678"}', "phone=2162345678"),
        ("訂單號 AB12-3456", '{"order_no": "ab123456"}', "order_no=AB123456"),
        ("賠我五百塊", '{"amount": "500.0"}', "amount=500"),
        ("上個禮拜三買的", '{"when": "上個禮拜三"}', "when=上个礼拜三"),
        ("上個禮拜三買的", '{"when": "上个礼拜三"}', "when=上个礼拜三"),
    ],
)
def test_one_fact_has_one_form(text: str, label: str, canonical: str) -> None:
    assert facts(text, label) == ({canonical}, {canonical})


def test_no_fact_and_an_empty_fact_are_none() -> None:
    assert facts("在吗", "") == facts("在吗", "{}") == facts("在吗", '{"phone": null, "when": ""}')
    assert facts("在吗", "")[0] == set()


def test_a_fact_that_is_taken_back_does_not_count() -> None:
    truth, guess = facts("不是3月3号，是3月5号", '{"when": "3月5号"}')
    assert truth == guess


def test_facts_are_measured_all_together_and_kind_by_kind() -> None:
    judged = [
        Judged("a", frozenset({"phone=1", "when=x"}), frozenset({"phone=1", "when=y"})),
        Judged("b", frozenset(), frozenset({"amount=5"})),
        Judged("c", frozenset({"phone=2"}), frozenset({"phone=2"})),
    ]
    assert tasks.measures_of_references(judged) == pytest.approx(
        {"exact": 1 / 3, "exact_phone": 1.0, "exact_when": 2 / 3}
    )


# ---- simulated customers


def jsonl(folder: Path, *rows: object) -> Path:
    file = folder / "dialogues.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    file.write_text("\n".join(lines), encoding="utf-8-sig")
    return file


def test_customers_are_read_with_what_they_leave_out(tmp_path: Path) -> None:
    one, two = customers.read(jsonl(tmp_path, {"opening": "坏了"}, "", {"id": 7, "opening": ["a", "b"]}))
    assert (one.id, one.channel, one.opening, one.answers, one.expect) == ("1", "web", ["坏了"], {}, {})
    assert (two.id, two.opening) == ("7", ["a", "b"])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{", "JSONDecodeError"),
        ([1], "AttributeError"),
        ({}, "opening"),
        ({"opening": 3}, "a text or a list"),
        ({"opening": ["a", 3]}, "a text or a list"),
        ({"opening": []}, "needs an opening"),
        ({"opening": "a", "channel": "fax"}, "web, phone, wechat"),
    ],
)
def test_a_line_that_is_no_customer_is_named(row: object, words: str, tmp_path: Path) -> None:
    with pytest.raises(Failure, match="line 2") as failure:
        customers.read(jsonl(tmp_path, {"opening": "坏了"}, row))
    assert words in str(failure.value)


def test_customers_who_are_not_there(tmp_path: Path, capsys) -> None:
    with pytest.raises(Failure, match="FileNotFoundError"):
        customers.read(tmp_path / "none")
    assert command.main(["dialogues", str(tmp_path / "none")]) == 1


# Once a fault: `answers` and `expect` are taken as they are, and break the dialogue that is under way.
@pytest.mark.parametrize("answers", [None, ["对"], {"phone": 13800138000}])
def test_answers_that_cannot_be_said_are_refused(answers: object, tmp_path: Path) -> None:
    with pytest.raises(Failure):
        customers.read(jsonl(tmp_path, {"opening": "坏了", "answers": answers}))


def customer(**more) -> Customer:
    given = {"id": "c", "channel": "web", "opening": ["坏了"], "answers": {}, "expect": {}, **more}
    return Customer(**given)


def test_the_opening_comes_first_whatever_is_asked() -> None:
    talk = Talk(customer(opening=["在吗", "坏了"], answers={"phone": "13800138000"}))
    assert [talk.next(None), talk.next("phone"), talk.next("phone"), talk.next(None)] == [
        *("在吗", "坏了", "13800138000"),
        None,
    ]
    assert talk.said == ["在吗", "坏了", "13800138000"]


def test_a_question_without_its_answer_gets_the_other_one() -> None:
    assert Talk(customer(opening=[], answers={"other": "你说呢"})).next("missing") == "你说呢"
    assert Talk(customer(opening=[], answers={"phone": "1"})).next("missing") is None
    assert Talk(customer(opening=[], answers={"read_back": []})).next("read_back") is None


def test_answers_to_the_read_back_come_in_order_and_the_last_one_stays() -> None:
    talk = Talk(customer(opening=[], answers={"read_back": ["要改", "对"], "other": "嗯"}))
    said = [talk.next(asked) for asked in ("read_back", "phone", "read_back", "read_back")]
    assert said == ["要改", "嗯", "对", "对"]


def test_nobody_talks_for_ever() -> None:
    talk = Talk(customer(answers={"other": "嗯"}))
    said = [talk.next("phone") for _ in range(3 * MOST_TURNS)]
    assert [bool(words) for words in said] == [True] * MOST_TURNS + [False] * 2 * MOST_TURNS


def test_everything_that_a_customer_would_say() -> None:
    made = customer(opening=["a", "b"], answers={"phone": "c", "read_back": ["d", "e"]})
    assert made.everything == ["a", "b", "c", "d", "e"]


# ---- what became of their dialogues


def played(tier: int | None = None, expected: int | None = None, **more) -> Played:
    expect = {} if expected is None else {"tier": expected}
    return Played(customer(expect=expect), record={"tier": {"level": tier}}, **more)


def test_lost_facts_repeated_questions_and_tiers_are_counted() -> None:
    found = measures(
        [
            played(3, 3, given=["phone=1", "when=x"], lost=["when=x"], wrong=["human False, expected True"]),
            played(2, 3, given=["phone=2"], asked_again=["phone after 1", "missing after 2"]),
            played(1, 2, given=["wanted=refund"], wrong=["category damage missing", "category loss missing"]),
            played(2, wrong=["flag legal missing", "kind other, expected complaint"]),
        ]
    )
    assert found == {
        "facts_kept": 0.75,
        "facts_asked_again": 2,
        "tier_right": pytest.approx(1 / 3),
        "red_line_too_low": 1,
        "human_right": 0.75,
        "kind_right": 0.75,
        "categories_right": 0.75,
        "flags_right": 0.75,
    }


def test_nobody_at_all_is_a_full_score() -> None:
    found = measures([])
    assert {name for name, value in found.items() if value == 0} == {"facts_asked_again", "red_line_too_low"}
    assert {value for value in found.values() if value} == {1}


def answered(*replies: str) -> Answer:
    said = [Said(n, "assistant", "?", Clock().now, reply=reply) for n, reply in enumerate(replies)]
    return Answer("chat", "assistant", tuple(said))


@pytest.mark.parametrize(
    ("said", "reply", "again"),
    [
        (["电话13800138000"], "utter_ask_phone", 1),
        (["电话13800138000"], "utter_ask_phone_unknown", 1),
        (["电话13900139000"], "utter_ask_phone", 0),
        (["坏了"], "utter_ask_phone", 0),
        (["我要退款"], "utter_ask_wanted", 1),
        (["电话13800138000，我要退款"], "utter_ask_story", 0),
        (["运单号YT6601220098347"], "utter_ask_missing", 1),
        (["坏了"], "utter_registered", 0),
    ],
)
def test_a_question_whose_answer_was_said_counts_as_asked_again(
    said: list[str], reply: str, again: int
) -> None:
    expect = {
        "categories": ["damage"],
        "facts": {"phone": "13800138000", "wanted": ["refund"], "waybill": "YT6601220098347"},
    }
    made = Played(customer(expect=expect))
    house: Any = SimpleNamespace(reception=SimpleNamespace(content=CONTENT))
    dialogues._note(house, made, Talk(made.customer, said), said[-1], answered(reply), Clock().now)
    assert len(made.asked_again) == again
    assert made.turns == [(said[-1], [reply])]


@pytest.fixture
def house(tmp_path: Path):
    """A house whose Rasa is refused: the rules and scripted questions answer."""
    env = {"JIESU_DATA_DIR": str(tmp_path), "JIESU_RASA_URL": "http://127.0.0.1:9"}
    made = wiring.house(setting.load(env), Clock(), CONTENT)
    yield made
    made.db.close()


STORY = {
    "opening": ["冰箱送来就摔坏了，气死人"],
    "answers": {
        "wanted": "我要退款",
        "missing": "YT6601220098347",
        "phone": "13800138000",
        "choice": "先登记",
        "read_back": ["对"],
        "other": "嗯",
    },
    "expect": {
        "kind": "complaint",
        "categories": ["damage"],
        "tier": 1,
        "facts": {"wanted": ["refund"], "phone": "138 0013 8000"},
        "flags": [],
        "human": False,
    },
}


@pytest.mark.parametrize("channel", ["web", "phone", "wechat"])
def test_a_customer_is_played_to_the_end(channel: str, house) -> None:
    made = dialogues.play(house, customer(**STORY, channel=channel))
    assert made.given == ["wanted=refund", "phone=13800138000"]
    assert (made.lost, made.wrong, made.asked_again, made.human) == ([], [], [], False)
    assert made.record["number"]


def test_what_is_wrong_on_the_record_is_said(house) -> None:
    expect = {
        "kind": "other",
        "tier": 3,
        "human": True,
        "categories": ["loss", "other"],
        "flags": ["legal"],
        "facts": {"phone": ["13800138000", "13911112222"], "amounts": [600]},  # one of them never said
    }
    opening = ["冰箱送来就摔坏了，损失六百块，电话13800138000"]
    made = dialogues.play(house, customer(opening=opening, answers={"other": "跳过"}, expect=expect))
    assert [one.split()[0] for one in made.wrong] == ["tier", "kind", "human", "category", "flag"]
    assert made.given == ["phone=13800138000", "phone=13911112222", "amounts=600"]
    assert made.lost == ["phone=13911112222"]  # what nobody finds in any words counts as said
    assert measures([made])["red_line_too_low"] == 1


def test_what_was_never_asked_and_never_said_is_not_lost(house) -> None:
    expect = {"facts": {"phone": "13800138000"}}
    made = dialogues.play(
        house, customer(opening=["厨房煤气漏气了"], answers={"phone": "13800138000"}, expect=expect)
    )
    said = any("13800138000" in words for words, _ in made.turns)
    assert made.given == (["phone=13800138000"] if said else [])


def test_a_flag_that_is_unclear_pages_a_person_and_raises_no_tier(tmp_path: Path) -> None:
    unclear = Learned({"red_flags": Judge(("media",), True, (-1.0,), 1.0, {})})  # a share of 0.27
    content = replace(CONTENT, vocabulary=replace(VOCABULARY, learned=unclear))
    env = {"JIESU_DATA_DIR": str(tmp_path), "JIESU_RASA_URL": "http://127.0.0.1:9"}
    made = wiring.house(setting.load(env), Clock(), content)
    one = dialogues.play(made, customer(opening=["冰箱送来就摔坏了"], answers={"other": "跳过"}))
    with made.db.reading() as conn:
        (row,) = complaints.of_customer(conn, 1)
        assert events.happened(conn, row.id, "supervisor_paged")
    made.db.close()
    assert one.record["tier"]["level"] == 1
    assert [flag["flag"] for flag in one.record["flags"]] == ["media"]


# ---- a stack of its own


def test_a_private_stack_is_told_nothing_that_this_one_was_told(tmp_path: Path) -> None:
    told = {"JIESU_SECRET_KEY": "planted", "TWILIO_AUTH_TOKEN": "planted", "JIESU_PORT": "1", "PATH": "/bin"}
    env = private.environment(str(tmp_path), told)
    assert "planted" not in env.values()
    assert (env["PATH"], env["JIESU_DATA_DIR"]) == ("/bin", str(tmp_path))
    ports = {env["JIESU_PORT"], env["JIESU_ACTIONS_PORT"], env["JIESU_RASA_URL"].rsplit(":")[-1]}
    assert len(ports) == 3
    for port in ports:
        socket.create_server(("127.0.0.1", int(port))).close()


def test_an_assistant_that_does_not_come_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    released: list[str] = []
    monkeypatch.setattr(private, "READY_WITHIN", -1.0)
    monkeypatch.setattr(training, "needed", lambda: False)
    monkeypatch.setattr(stack, "answers", lambda _: False)
    supervisor: Any = SimpleNamespace(release=released.append)
    with pytest.raises(Failure, match="did not start in time"):
        private.bring_rasa({"JIESU_RASA_URL": "http://127.0.0.1:9"}, supervisor, "hello")
    assert released == ["rasa"]


# ---- the page of figures


def test_the_report_changes_the_table_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    page = tmp_path / "understanding.md"
    page.write_text("# Before\n<!-- figures -->\nold\n<!-- end of figures -->\nAfter \\1\n")
    full = {"dev": dict.fromkeys((it.measure for it in report.FIGURES), 0.5), "held": {}}
    monkeypatch.setattr(report, "_found", lambda _: full)
    report.write(page)
    text = page.read_text()
    assert text.startswith("# Before\n<!-- figures -->\n| task |")
    assert text.endswith("<!-- end of figures -->\nAfter \\1\n")
    assert "old" not in text
    assert "| human_request | recall | at least 0.99 | 0.500 (missed) |  |  |" in text
    assert text.count("\n| ") == len(report.FIGURES) + 1


@pytest.mark.parametrize(
    ("most", "value", "cell"),
    [
        (False, 0.9, "0.900"),
        (False, 0.8996, "0.900"),
        (False, 0.899, "0.899 (missed)"),
        (True, 0.9, "0.900"),
        (True, 0.901, "0.901 (missed)"),
    ],
)
def test_a_figure_that_does_not_reach_its_limit_says_so(most: bool, value: float, cell: str) -> None:
    figure = report.Figure("mood", "within_one", 0.9, most)
    found = {column: {"within_one": value} for column in report.COLUMNS}
    assert figure.row(found).endswith(f" 0.9 | {cell} | {cell} | {value:.3f} |")


def test_the_page_marks_what_its_own_figures_miss() -> None:
    """Edited by hand or left from an earlier limit, the page would tell something else than its figures."""
    rows = [line.split(" | ") for line in report.PAGE.read_text("utf-8").splitlines()]
    printed = {(row[0].removeprefix("| "), row[1]): row for row in rows if len(row) == 6}
    for figure in report.FIGURES:
        cells = [cell.strip(" |") for cell in printed[figure.task, figure.measure][3:]]
        values = zip(report.COLUMNS, cells, strict=True)
        found = {column: {figure.measure: float(cell.split()[0])} for column, cell in values if cell}
        assert figure.row(found) in report.PAGE.read_text("utf-8")


def test_a_page_without_a_place_for_the_table_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("nothing")
    with pytest.raises(Failure, match="no place"):
        report.write(tmp_path / "page.md")
    assert (tmp_path / "page.md").read_text() == "nothing"
