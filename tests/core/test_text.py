import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.text import fold, is_blank, safe_for_rasa

UNSEEN = "\u200b\u200e\u202e\ufeff\u2060\u00ad\x00\u3000 \t\n\x85"


@given(st.text())
@example("\u200b\uff11\u3000\u3000\uff12")
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("given_text", "folded"),
    [
        ("１３８，ＡＢ！", "138,AB!"),
        ("／restart", "／restart"),
        ("a\u200bb\ufeff", "ab"),
        ("\u202e投诉\u202c", "投诉"),
        ("  投\u3000 诉\n", "投 诉"),
        ("", ""),
        ("😡", "😡"),
        ("<b>货坏了</b>", "<b>货坏了</b>"),
        ("a\ud800b", "ab"),
    ],
)
def test_one_spelling(given_text: str, folded: str) -> None:
    assert fold(given_text) == folded


def test_the_simplifier_is_used() -> None:
    assert fold("轉人工", lambda text: text.replace("轉", "转")) == "转人工"


@pytest.mark.parametrize("text", ["", " ", "。。。", "？！", "\u3000\u200b", "…", "~~", "——"])
def test_nothing_to_understand(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["0", "喂", "😡", "a", "？喂"])
def test_something_to_understand(text: str) -> None:
    assert not is_blank(text)


@given(st.text(st.sampled_from(UNSEEN + "/／a·"), max_size=8))
def test_a_command_never_reaches_rasa(text: str) -> None:
    safe = safe_for_rasa(text)
    for trimmed in (safe, safe.strip(), safe.strip(UNSEEN), safe.lstrip(UNSEEN + "\u180e\u2028")):
        assert not trimmed.startswith(("/", "／"))


@given(st.text(max_size=3000))
def test_at_most_a_thousand_characters(text: str) -> None:
    assert len(safe_for_rasa(text)) <= 1000
    assert not safe_for_rasa(text).strip().startswith(("/", "／"))


def test_ordinary_words_pass_as_they_are() -> None:
    assert safe_for_rasa("货坏了/少了") == "货坏了/少了"
