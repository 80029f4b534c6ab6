"""What may be typed into the record."""

import pytest

from core.corrections import FIELDS, Unfit, correction, day_and_clock, typed

CODES = ("damage", "delay")


def made(field, before=None, **given):
    return correction(field, {name: texts for name, texts in given.items()}, before, CODES)


@pytest.mark.parametrize(
    ("field", "given", "value"),
    [
        ("name", {"words": ["  王女士 "]}, "王女士"),
        ("story", {"words": ["一\r\n二"]}, "一\n二"),
        ("core_issue", {"words": ["沙发扶手裂了"]}, {"text": "沙发扶手裂了", "confirmed": False}),
        ("core_issue", {"words": ["裂了"], "confirmed": ["1"]}, {"text": "裂了", "confirmed": True}),
        (
            "wanted",
            {"choice": ["refund", "apology"], "words": ["退钱"]},
            {"kinds": ["refund", "apology"], "words": "退钱"},
        ),
        ("wanted", {"words": ["说法"]}, {"kinds": [], "words": "说法"}),
        (
            "happened",
            {"words": ["昨天下午三点"], "day": ["2026-03-01"], "clock": ["15:00"]},
            {"words": "昨天下午三点", "value": "2026-03-01T15:00"},
        ),
        (
            "happened",
            {"words": [""], "day": ["2026-03-01"], "clock": [""]},
            {"words": "", "value": "2026-03-01"},
        ),
        ("happened", {"words": ["三点"], "clock": ["15:00"]}, {"words": "三点", "value": "15:00"}),
        (
            "reference",
            {"choice": ["waybill"], "words": ["sf 123４"]},
            {"kind": "waybill", "value": "SF1234", "words": "sf 123４"},
        ),
        (
            "loss_claimed",
            {"amount": ["3000", "", "１,200"], "said": ["三千", "", ""]},
            [{"amount": 3000, "words": "三千"}, {"amount": 1200, "words": "１,200"}],
        ),
        ("phone", {"words": ["138 0013-8000"]}, "+8613800138000"),
        ("phone", {"words": ["１３８００１３８０００"]}, "+8613800138000"),
        ("phone", {"words": ["021-52345678"]}, "+862152345678"),
        ("phone", {"words": ["+85291234567"]}, "+85291234567"),
        ("contact_choice", {"choice": ["none"]}, "none"),
        ("subject", {"words": ["城东网点"]}, "城东网点"),
    ],
)
def test_what_is_typed_becomes_a_value(field, given, value):
    assert made(field, **given) == value


def test_words_that_named_an_issue_stay_with_it():
    before = [{"category": "damage", "cue": "裂"}]
    assert made("issues", before, choice=["delay", "damage"]) == [
        {"category": "delay", "cue": ""},
        {"category": "damage", "cue": "裂"},
    ]


def test_the_customers_words_for_a_number_stay_while_the_number_stays():
    before = {"kind": "order_no", "value": "A1234", "words": "a 一二三四"}
    assert made("reference", before, choice=["contract"], words=["A1234"])["words"] == "a 一二三四"
    assert made("reference", before, choice=["contract"], words=["A1235"])["words"] == "A1235"


@pytest.mark.parametrize("field", FIELDS)
def test_what_is_left_empty_is_not_known(field):
    assert correction(field, {}, None, CODES) is None
    assert (
        correction(field, {"words": ["  "], "choice": [""], "amount": [""], "said": [""]}, None, CODES)
        is None
    )


@pytest.mark.parametrize(
    ("field", "given", "code"),
    [
        ("name", {"words": ["长" * 41]}, "too_long_here"),
        ("core_issue", {"words": ["一\n二"]}, "one_line"),
        ("core_issue", {"words": ["长" * 61]}, "too_long_here"),
        ("issues", {"choice": ["invented"]}, "bad_desk_request"),
        ("wanted", {"choice": ["money"]}, "bad_desk_request"),
        ("happened", {"day": ["2026-02-30"]}, "bad_day"),
        ("happened", {"clock": ["25:00"]}, "bad_day"),
        ("reference", {"choice": [""], "words": ["A1"]}, "choose_one"),
        ("reference", {"choice": ["passport"], "words": ["A1"]}, "bad_desk_request"),
        ("loss_claimed", {"amount": ["三千"], "said": ["三千"]}, "bad_amount"),
        ("loss_claimed", {"amount": [""], "said": ["三千"]}, "bad_amount"),
        ("loss_claimed", {"amount": ["-5"]}, "bad_amount"),
        ("loss_claimed", {"amount": ["9" * 30]}, "bad_amount"),
        ("loss_claimed", {"amount": ["1"] * 13}, "bad_amount"),
        ("phone", {"words": ["1380013800"]}, "bad_number"),
        ("phone", {"words": ["138001380000"]}, "bad_number"),
        ("phone", {"words": ["打我手机"]}, "bad_number"),
        ("phone", {"words": ["\ud800"]}, "bad_number"),
        ("contact_choice", {"choice": ["pigeon"]}, "bad_desk_request"),
        ("read_back", {"words": ["x"]}, "bad_desk_request"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(field, given, code):
    with pytest.raises(Unfit) as refused:
        correction(field, given, None, CODES)
    assert refused.value.code == code


def test_a_month_told_is_kept_while_its_words_stay():
    before = {"words": "去年二月", "value": "2025-02"}
    assert made("happened", before, words=["去年二月"], day=[""], clock=[""]) == before
    assert made("happened", before, words=["记不清"], day=[""], clock=[""]) == {
        "words": "记不清",
        "value": "",
    }


def test_a_day_that_was_shown_and_emptied_is_gone():
    before = {"words": "昨天", "value": "2026-03-01"}
    assert made("happened", before, words=["昨天"], day=[""], clock=[""]) == {"words": "昨天", "value": ""}


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("2025-02-28T15:00", ("2025-02-28", "15:00")),
        ("2025-02-28", ("2025-02-28", "")),
        ("15:00", ("", "15:00")),
        ("2025-02", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_moment_in_two_inputs(value, parts):
    assert day_and_clock(value) == parts


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("core_issue", {"text": "裂了", "confirmed": True}),
        ("story", "沙发裂了"),
        ("issues", [{"category": "damage", "cue": "裂"}]),
        ("wanted", {"kinds": ["refund"], "words": "退"}),
        ("happened", {"words": "昨天", "value": "2026-03-01T09:30"}),
        ("reference", {"kind": "waybill", "value": "SF1", "words": "sf一"}),
        ("loss_claimed", [{"amount": 3000, "words": "三千"}]),
        ("phone", "+8613800138000"),
        ("contact_choice", "message"),
        ("name", "王女士"),
    ],
)
def test_a_form_sent_back_untouched_changes_nothing(field, value):
    assert correction(field, typed(field, value), value, CODES) == value
