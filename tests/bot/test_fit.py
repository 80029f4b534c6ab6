"""Fitting on a few sentences: labels are told apart, and what is written is what core/learned.py reads."""

import json

import pytest

from bot import files, signals, vocabulary
from core.learned import MARK, MOST, NOTHING_LEARNED, STEPS, Learned, features
from core.understanding import by_cues
from tools import fit

CUES = vocabulary.load(NOTHING_LEARNED)
LIKES = ["这个店真好", "东西真好用", "师傅真好啊", "服务真好呢", "今天真好吃", "真好下次来"]
HATES = ["这个店真烂", "东西真烂透", "师傅真烂啊", "服务真烂呢", "今天真烂吃", "真烂不来了"]


def sentences(*labelled):
    return [fit.Sentence(features(text, []), tuple(label.split(","))) for text, label in labelled]


def shares(fitted, text):
    return Learned.from_mapping({"it": json.loads(json.dumps(fitted))}).shares("it", features(text, []))


@pytest.fixture
def data(tmp_path, monkeypatch):
    """data/ with these sentences only."""
    monkeypatch.setattr(fit, "DATA", tmp_path)
    for folder in ("labelled", "nlu"):
        (tmp_path / folder).mkdir()

    def labelled(name, *rows):
        body = "".join(f"{text}\t{label}\n" for text, label in rows)
        (tmp_path / "labelled" / f"{name}.tsv").write_text(f"text\tlabel\n{body}", encoding="utf-8")

    def nlu(intent, *lines):
        examples = "".join(f"    - {line}\n" for line in lines)
        text = f'version: "3.1"\nnlu:\n- intent: {intent}\n  examples: |\n{examples}'
        (tmp_path / "nlu" / f"{intent}.yml").write_text(text, encoding="utf-8")

    return labelled, nlu


def test_two_labels_are_told_apart():
    fitted = fit.fit(sentences(*((it, "yes") for it in LIKES), *((it, "no") for it in HATES)), apart=False)
    assert (fitted["labels"], fitted["apart"]) == (["no", "yes"], False)
    assert shares(fitted, "老板真好")["yes"] > 0.8
    assert shares(fitted, "老板真烂")["no"] > 0.8
    assert sum(shares(fitted, "老板真烂").values()) == pytest.approx(1)


def test_four_labels_are_told_apart():
    groups = {"0": "请问几点", "1": "有点失望", "2": "气死人了", "3": "混蛋东西"}
    rows = [(f"{words}{end}", label) for label, words in groups.items() for end in "啊呢吧呀哦"]
    fitted = fit.fit(sentences(*rows), apart=False)
    for label, words in groups.items():
        found = shares(fitted, f"{words}嘛")
        assert max(found, key=found.get) == label


def test_labels_apart_may_all_hold_or_none():
    rows = [
        *((it, "good") for it in LIKES),
        *((it, "bad") for it in HATES),
        *((f"真好就是后来真烂{n}", "good,bad") for n in "甲乙丙丁"),
        *((f"请问几点开门{n}", "none") for n in "甲乙丙丁戊己庚辛"),
    ]
    fitted = fit.fit(sentences(*rows), apart=True)
    assert fitted["labels"] == ["bad", "good"]
    assert all(share > 0.5 for share in shares(fitted, "真好就是后来真烂").values())
    assert all(share < 0.5 for share in shares(fitted, "请问几点开门啊").values())
    assert shares(fitted, "老板真好")["good"] > 0.5 > shares(fitted, "老板真好")["bad"]


def test_rows_are_short_and_hold_the_largest_weight_whole():
    fitted = fit.fit(sentences(*((it, "yes") for it in LIKES), *((it, "no") for it in HATES)), apart=False)
    rows = {gram: packed.encode("latin-1") for gram, packed in fitted["rows"].items()}
    roots = [abs(byte - MOST - 1) for row in rows.values() for byte in row[1:]]
    assert {len(row) for row in rows.values()} == {3}
    assert max(roots) == MOST
    assert all(max(abs(byte - MOST - 1) for byte in row[1:]) >= fit.LEAST for row in rows.values())
    assert "下次" not in rows  # said once
    no, yes = (STEPS[byte] for byte in rows["真好"][1:])
    assert no == -yes < 0 < yes


def test_a_file_is_written_whole_for_core_to_read(data, tmp_path):
    labelled, nlu = data
    labelled("mood", *((it, "3") for it in HATES), *((it, "0") for it in LIKES))
    nlu("greet", "你好", "您好")
    out = tmp_path / "learned.json"
    assert fit.main([str(out)]) == 0
    learned = Learned.from_mapping(json.loads(out.read_text(encoding="utf-8")))
    assert set(learned.judges) == {"mood"}
    assert learned.judges["mood"].labels == ("0", "3")
    cued = by_cues("老板真烂", CUES, fit.TODAY)
    found = learned.shares("mood", features(cued.folded, cued.marks()))
    assert found["3"] > 0.5
    assert learned.judges["mood"].why(cued.folded, "3") in "老板真烂"
    assert [file.name for file in tmp_path.glob("learned*")] == ["learned.json"]


def test_what_stood_there_stays_when_fitting_fails(data, tmp_path):
    labelled, _ = data
    labelled("mood", ("no tab", "0\t1"))
    (tmp_path / "learned.json").write_text("old")
    with pytest.raises(ValueError, match="unpack"):
        fit.main([str(tmp_path / "learned.json")])
    assert (tmp_path / "learned.json").read_text() == "old"


@pytest.fixture
def learnt_from(data, tmp_path, monkeypatch):
    """The texts and labels from which each judgement is fitted."""

    def found(*texts):
        given = []
        monkeypatch.setattr(fit, "fit", lambda sentences, apart: given.append(sentences) or {})
        fit.main([str(tmp_path / "learned.json")])
        names = sorted(file.stem for file in (tmp_path / "labelled").iterdir())
        by_features = {frozenset(found_in(text)): text for text in texts}
        return {
            name: {(by_features[frozenset(it.features)], ",".join(it.labels)) for it in sentences}
            for name, sentences in zip(names, given, strict=True)
        }

    return found


def found_in(text):
    cued = by_cues(text, CUES, fit.TODAY)
    return features(cued.folded, cued.marks())


def test_sentences_of_the_assistant_help_where_their_intent_says_enough(data, learnt_from):
    labelled, nlu = data
    labelled("mood", ("谢谢", "1"), ("气死了", "2"))
    nlu("thanks", "谢谢", "多谢")
    nlu("complain", "东西坏了")
    found = learnt_from("谢谢", "多谢", "气死了", "东西坏了")
    assert found["mood"] == {("谢谢", "1"), ("气死了", "2"), ("多谢", "0")}  # our own label counts


def test_other_files_help_unless_they_say_too_much(data, learnt_from):
    labelled, _ = data
    texts = ("转人工", "送来就坏了", "我要退款", "给我回电话", "打给我修一下", "煤气漏气")
    labelled("human_request", ("转人工", "yes"))
    labelled("category", ("送来就坏了", "damage"), ("转人工", "other"), ("我要退款", "other"))
    labelled("wanted", ("我要退款", "refund"), ("给我回电话", "reply"), ("打给我修一下", "repair,reply"))
    labelled("complaint", ("煤气漏气", "complaint"))
    labelled("red_flags", ("煤气漏气", "safety"))
    found = learnt_from(*texts)
    no = {("送来就坏了", "no"), ("我要退款", "no")}
    assert found["human_request"] == {("转人工", "yes"), *no}
    assert ("送来就坏了", "none") in found["wanted"]
    assert ("我要退款", "none") not in found["wanted"]
    assert found["red_flags"] == {
        ("煤气漏气", "safety"),
        *((text, "none") for text in ("送来就坏了", "转人工", "我要退款")),
    }


def test_a_complaint_that_asks_for_something_is_no_example_of_asking_for_nothing(data, learnt_from):
    labelled, _ = data
    labelled("wanted", ("修一下吧", "repair"))
    labelled("category", ("送来就坏了", "damage"), ("坏了，我要退款", "damage"))
    found = learnt_from("修一下吧", "送来就坏了", "坏了，我要退款")
    assert found["wanted"] == {("修一下吧", "repair"), ("送来就坏了", "none")}


def test_what_the_cue_lists_find_is_a_feature_of_fitting(data, tmp_path, monkeypatch):
    labelled, _ = data
    labelled("human_request", ("给我转人工", "yes"))
    labelled("category", ("坏了", "damage"))
    labelled("wanted", ("坏了", "none"))
    given = []
    monkeypatch.setattr(fit, "fit", lambda sentences, apart: given.extend(sentences) or {})
    fit.main([str(tmp_path / "learned.json")])
    assert any(f"{MARK}human" in it.features for it in given)


def test_every_intent_that_helps_exists_in_our_sentences():
    known = {intent for _, intent in fit._intents()}
    assert {intent for says in fit.FROM_INTENTS.values() for intent in says} <= known
    assert not [text for text, _ in fit._intents() if not text.strip() or text.startswith("- ")]


# ---- the cue lists as Rasa's environment reads them


def test_all_lists_are_read_and_named_as_sources(monkeypatch):
    read = []
    monkeypatch.setattr(
        vocabulary.files, "read", lambda name, was=files.read: (read.append(name), was(name))[1]
    )
    loaded = vocabulary.load(NOTHING_LEARNED)
    assert {vocabulary.LEARNED, *(files.CONTENT / name for name in read)} == set(vocabulary.sources())
    assert loaded.learned is NOTHING_LEARNED
    assert loaded.simplify("電話") == "电话"
    cued = by_cues("轉人工，煤氣漏氣了", loaded, fit.TODAY)
    assert cued.human
    assert {it.flag for it in cued.raised} == {"safety"}


def test_what_was_learnt_is_read_from_disk_unless_given(monkeypatch, tmp_path):
    monkeypatch.setattr(vocabulary, "LEARNED", tmp_path / "learned.json")
    assert vocabulary.load().learned is NOTHING_LEARNED
    one = {"labels": ["no", "yes"], "apart": False, "bias": [0, 0], "step": 1, "rows": {}}
    (tmp_path / "learned.json").write_text(json.dumps({"human_request": one}))
    assert set(vocabulary.load().learned.judges) == {"human_request"}


def test_a_broken_file_leaves_rasa_with_the_cue_lists(monkeypatch, tmp_path):
    monkeypatch.setattr(vocabulary, "LEARNED", tmp_path / "learned.json")
    (tmp_path / "learned.json").write_text("{")
    assert vocabulary.load().learned is NOTHING_LEARNED


def test_a_trained_signal_is_used_no_longer_when_what_was_learnt_changed(monkeypatch, tmp_path):
    monkeypatch.setattr(vocabulary, "LEARNED", tmp_path / "learned.json")
    before = signals.Signals.fingerprint_addon({})
    (tmp_path / "learned.json").write_text("{}")
    assert signals.Signals.fingerprint_addon({}) != before
