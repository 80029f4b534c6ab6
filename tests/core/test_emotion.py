from pathlib import Path

import pytest
import yaml

from core.content import ContentError
from core.emotion import CALM, NAMES, EmotionCues, Mood, feel, guidance, resigned, settle
from core.text import fold

CONTENT = yaml.safe_load((Path(__file__).parents[2] / "content/emotions.yml").read_text(encoding="utf-8"))
CUES = EmotionCues.from_mapping(CONTENT)


@pytest.mark.parametrize(
    ("said", "name", "level"),
    [
        ("快递还没到，麻烦看一下", "calm", 0),
        ("货送到坏了三成", "calm", 0),
        ("谢谢你们！！", "calm", 0),
        ("太好了！！！", "calm", 0),
        ("急用的东西", "worried", 1),
        ("怎么办啊，急死我了", "worried", 2),
        ("你们营业员态度不行", "aggrieved", 1),
        ("凭什么不给我退", "angry", 2),
        ("又坏了", "frustrated", 1),
        ("又坏了，都第三次了，打了八遍电话", "frustrated", 2),
        ("太过分了", "angry", 1),
        ("太过分了！！", "angry", 2),
        ("你们就是忽悠人，太过分", "angry", 2),
        ("他妈的等了三天", "angry", 2),
        ("妈的什么破公司", "angry", 2),
        ("卧槽", "angry", 2),
        ("再不退我就去法院告你们", "angry", 3),
        ("今天之内不解决我就曝光", "angry", 3),
        ("最后一次，别怪我不客气", "angry", 3),
        ("限你们三天之内给我退款", "angry", 3),
        ("你们这帮骗子", "abusive", 3),
        ("傻逼", "abusive", 3),
        ("你个王八蛋", "abusive", 3),
        ("给我滚", "abusive", 3),
        ("一群废物，你们去死吧", "abusive", 3),
        ("我不想活了", "distressed", 3),
        ("我真的撑不住了", "distressed", 3),
    ],
)
def test_moods_and_levels(said: str, name: str, level: int) -> None:
    mood = feel(fold(said), CUES, said)
    assert (mood.name, mood.level) == (name, level)
    assert bool(mood.words) == (level > 0)


@pytest.mark.parametrize(
    "said",
    [
        "滚筒洗衣机坏了",
        "跳楼价买的衣服",
        "我妈的手机坏了",
        "他妈妈来取的",
        "垃圾桶坏了",
        "不着急，慢慢来",
        "支架撑不住",
        "姑娘的衣服没到",
        "老板娘的电话是多少",
        "USB线没发",
        "2B铅笔少了一盒",
        "恐怕要换一个",
        "老子庄子那本书没到",
        "毛线团少发一个",
        "要求不过分吧",
        "不生气",
        "恶心呕吐",
    ],
)
def test_look_alikes_stay_calm(said: str) -> None:
    assert feel(fold(said), CUES, said).level == 0


def test_anger_shortens_questions_only_for_heated_moods() -> None:
    assert Mood("frustrated", 2).anger == 1
    assert Mood("angry", 2).anger == 2
    assert CALM.anger == 0


def test_the_words_are_kept() -> None:
    assert feel("他妈的等了三天", CUES).words[0] == "他妈的"


@pytest.mark.parametrize(
    "said",
    [
        "算了",
        "算了吧",
        "算了，不说了",
        "随便吧",
        "就这样吧",
        "不用了",
        "以后不来了",
        "呵呵",
        "随便你们",
        "懒得说了",
        "说了也没用",
        "认倒霉吧",
        "我放弃了",
        "不指望你们了",
        "爱咋咋地",
        "快递晚了五天，算了",
        "唉算了",
        "当我没说",
        "再也不买了",
        "就当喂狗了",
        "无所谓了",
    ],
)
def test_giving_up_is_noticed(said: str) -> None:
    assert resigned(fold(said), CUES)


@pytest.mark.parametrize(
    "said",
    [
        "算了一下一共三百",
        "算了三遍账都不对",
        "我算了下少了两箱",
        "不用修改了",
        "随便问问",
        "不能就这么算了",
        "道个歉就想算了？",
        "别想就这么算了",
        "谢谢不用了",
        "不用了谢谢",
        "颜色无所谓",
        "你们装完就不管了",
        "东西不要了，退款",
        "怎么能算了",
        "我确认了订单",
        "结算了没有",
    ],
)
def test_these_do_not_give_up(said: str) -> None:
    assert resigned(fold(said), CUES) is None


def test_the_cue_is_returned_without_marks() -> None:
    assert resigned("快递晚了五天,算了", CUES) == "算了"


def test_mood_rises_at_once_and_falls_after_two_calm_turns() -> None:
    angry = Mood("angry", 2, ("太过分",))
    assert settle(CALM, angry, 0) == angry
    assert settle(angry, CALM, 1) == angry
    assert settle(angry, CALM, 2) == CALM


def test_guidance_names_replies_that_exist() -> None:
    replies = yaml.safe_load((Path(__file__).parents[2] / "content/replies.yml").read_text(encoding="utf-8"))
    for mood in NAMES:
        for names in guidance(mood, CUES).values():
            assert set(names) <= set(replies["responses"]), mood


def test_an_angry_customer_is_asked_no_fact() -> None:
    assert guidance("angry", CUES)["open"] == ("utter_angry",)
    assert guidance("angry", CUES)["clarify"] == ()


def test_unknown_moods_are_refused() -> None:
    with pytest.raises(ContentError, match="unknown mood"):
        EmotionCues.from_mapping({**CONTENT, "moods": {"cross": {"words": ["x"]}}})
