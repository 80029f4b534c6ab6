"""The desk in English, by a switch that this browser remembers."""

import pytest

from tests.desk.conftest import Customer

URGENT = "装的热水器漏气，我妈头晕送医院了"


def switch(page, language="en", **more):
    return page.client.post("/desk/language", data={"csrf_token": page.token(), "language": language, **more})


def shown(page, path="/desk/"):
    return page.get(path).get_data(as_text=True)


def test_the_switch_is_there_before_the_login_and_holds_after_it(browser, people):
    page = browser()
    assert '<html lang="zh-CN">' in shown(page, "/desk/login")
    assert switch(page).status_code == 303
    assert '<html lang="en">' in shown(page, "/desk/login")
    assert "Log in" in shown(page, "/desk/login")
    page.log_in("agent")
    text = shown(page)
    assert '<html lang="en">' in text
    assert "Nobody is waiting." in text
    assert "没有人在等" not in text
    assert page.post("/desk/logout").status_code == 303
    assert '<html lang="en">' in shown(page, "/desk/login")


def test_words_codes_times_and_refusals_follow_and_what_people_wrote_does_not(house, clock, at_desk, on_duty):
    customer = Customer(house, clock)
    customer.says(URGENT)
    customer.asks()
    clock.pass_(hours=60)
    page = at_desk()
    switch(page)
    text = shown(page)
    for words in ("Grave", "Safety", "Take over", URGENT, "60:00:05"):
        assert words in text
    whole = shown(page, customer.page)
    for words in ("Do not ask again", "from their words", "Mar ", "Grave", URGENT):
        assert words in whole
    refused = page.post("/desk/presence", presence="king").get_data(as_text=True)
    assert "Something is missing in this step" in refused
    assert "{" not in refused.split("<main")[1].split("</main")[0]


def test_the_switch_returns_to_the_page_and_back_to_chinese(house, clock, at_desk):
    customer = Customer(house, clock)
    customer.says(URGENT)
    page = at_desk()
    here = f'name="next" value="{customer.page}"'
    assert here in shown(page, customer.page)
    answer = switch(page, next=customer.page)
    assert answer.headers["Location"] == customer.page
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert switch(page, "zh-CN", next="https://example.com/").headers["Location"] == "/desk/"
    assert '<html lang="zh-CN">' in shown(page)


def test_what_is_stored_and_what_customers_hear_stays_chinese(house, clock, at_desk):
    customer = Customer(house, clock)
    customer.says(URGENT)
    page = at_desk()
    switch(page)
    assert page.post(f"{customer.page}/take").status_code == 303
    assert "李敏接手了" in shown(page, customer.page) or "您好，我是李敏" in shown(page, customer.page)


@pytest.mark.parametrize("language", ["", "english", "xx", "en\n"])
def test_an_unknown_language_is_refused(language, browser):
    assert switch(browser(), language).status_code == 400


def test_a_cookie_that_nobody_set_changes_nothing(browser):
    page = browser()
    page.client.set_cookie("jiesu_language", "'><script>", path="/desk")
    assert '<html lang="zh-CN">' in shown(page, "/desk/login")
