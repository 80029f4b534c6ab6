"""Scripts: what authors write, what is told when it is wrong, and which fit the moment."""

import pytest

from core.content import ContentError
from core.scripts import Moment, Names, Say, fitting, read, unsaid

NAMES = Names(
    conditions={"心情": "mood", "级别": "tier", "步骤": "state", "还缺": "missing", "先后": "order"},
    values={
        "mood": {"平静": "calm", "生气": "angry", "难过、撑不住": "distressed"},
        "tier": {"一般": "1", "恶性": "3"},
        "state": {"已受理": "registered", "调查中": "investigating"},
        "missing": {"回电号码": "phone"},
    },
    parts={"说": "say", "做": "do", "别说": "avoid"},
)
ANGRY = """# 生气

先后：2
心情：生气、难过、撑不住
级别：一般

## 说
- 开场：{detail}，您有火是应该的。
- 问号码【还缺：回电号码】：打哪个号码找您方便？

## 做
- 句子短。

## 别说
- 您冷静
"""
NOW = Moment(tier=1, mood="angry", state="registered", channel="web", missing=frozenset({"phone"}))


def test_a_script_is_read():
    script = read("angry", ANGRY, NAMES)
    assert script.when == {"mood": {"angry", "distressed"}, "tier": {"1"}}
    assert (script.title, script.order) == ("生气", 2)
    assert [line.label for line in script.say] == ["开场", "问号码"]
    assert script.say[0].words == "{detail}，您有火是应该的。"
    assert script.say[1].when == {"missing": {"phone"}}
    assert (script.do, script.avoid) == (("句子短。",), ("您冷静",))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "begins with a title"),
        ("# 空\n", "says nothing"),
        ("# 空\n## 说\n", "says nothing"),
        ("# 一\n# 二\n## 说\n- 开场：好\n", "line 2.*one title"),
        ("# 一\n心情：生汽\n## 说\n- 开场：好\n", "line 2.*生汽.*known are"),
        ("# 一\n心情：\n## 说\n- 开场：好\n", "line 2.*心情.*known are"),
        ("# 一\n天气：晴\n## 说\n- 开场：好\n", "line 2.*天气.*no condition"),
        ("# 一\n先后：10\n## 说\n- 开场：好\n", "line 2.*1 .first. to 9"),
        ("# 一\n随便一句\n## 说\n- 开场：好\n", "line 2.*no condition"),
        ("# 一\n## 讲\n- 开场：好\n", "line 2.*no part 讲"),
        ("# 一\n## 说\n开场：好\n", "line 3.*dash"),
        ("# 一\n## 说\n- 没有标签\n", "line 3.*label"),
        ("# 一\n## 说\n- 很长很长很长的标签：好\n", "line 3.*too long"),
        ("# 一\n## 说\n- 开场【还缺：天气】：好\n", "line 3.*天气"),
        ("# 一\n## 别说\n- \n", "line 3.*dash"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, told):
    with pytest.raises(ContentError, match=told) as refused:
        read("x", text, NAMES)
    assert "scripts/x.md" in str(refused.value)


def test_what_fits_the_moment_comes_in_its_order():
    angry = read("angry", ANGRY, NAMES)
    step = read("step", "# 步\n步骤：已受理\n## 说\n- 谁：好\n", NAMES)
    other = read("other", "# 别\n步骤：调查中\n## 说\n- 谁：好\n", NAMES)
    always = read("always", "# 常\n先后：9\n## 说\n- 在：在的\n", NAMES)
    assert [one.name for one in fitting([always, step, other, angry], NOW)] == ["angry", "step", "always"]


def test_every_condition_must_hold():
    angry = read("angry", ANGRY, NAMES)
    assert fitting([angry], Moment(3, "angry", "registered", "web")) == []
    assert fitting([angry], Moment(1, "calm", "registered", "web")) == []


def test_a_line_with_a_condition_of_its_own():
    angry = read("angry", ANGRY, NAMES)
    (known,) = fitting([angry], Moment(1, "angry", "registered", "web"))
    assert [line.label for line in known.say] == ["开场"]


def test_what_was_said_is_not_offered_again_even_in_slightly_other_words():
    lines = [Say("开场", "我是李敏，来办这件事，记录我看过了。"), Say("下一步", "后天十点前打给您。")]
    said = ["您好，我是李敏，来办这件事，记录我看过了！"]
    assert [line.label for line in unsaid(lines, said)] == ["下一步"]
    assert unsaid(lines, []) == lines
