"""A customer's day at the page, in a real browser against the real server."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from store import handoffs, users
from tests.web.pictures import NO_PHOTOS, photo, with_place

STORY = "订的冰箱约好昨天送，今天才到，门上还有凹陷"
ANSWERS = ("换一台新的", "跳过", "跳过", "可以", "对")
NARROW = {"width": 320, "height": 640}


def say(page, words):
    page.locator("#text").fill(words)
    page.locator("#composer .send").click()


def heard(page):
    return page.locator("#log .line.assistant, #log .line.system")


def talk(page, words):
    """Say it and wait for the answer."""
    before = heard(page).count()
    say(page, words)
    expect(heard(page).nth(before)).to_be_visible()
    expect(page.locator(".pending")).to_have_count(0)


def words_of_customer(page):
    return page.locator(".line.customer .words").all_inner_texts()


def agent(site, name="李敏", login="li"):
    house = site.house()
    now = house.clock()
    with house.db.writing() as conn:
        id = users.add(
            conn, login=login, public_name=name, role="agent", password_hash="x", phone=None, at=now
        )
        users.set_presence(conn, id, users.AVAILABLE, now + timedelta(hours=1))
    return id


def waiting(site):
    house = site.house()
    for _ in range(100):
        with house.db.reading() as conn:
            rows = handoffs.waiting(conn)
        if rows:
            return rows[0].conversation_id
        time.sleep(0.1)
    raise AssertionError("nobody waits for a person")


def stored(site, conversation=None):
    from sqlalchemy import select

    from store.schema import messages

    query = select(messages.c.words).where(messages.c.author == "customer").order_by(messages.c.id)
    with site.house().db.reading() as conn:
        return list(conn.execute(query).scalars())


def watch(page):
    """Collects what the browser complains of."""
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    return complaints


def test_a_complaint_from_the_first_word_to_its_number(visit):
    page = visit()
    wrong = watch(page)
    talk(page, STORY)
    for words in ANSWERS:
        if page.locator(".slip").count():
            break
        talk(page, words)
    expect(page.locator(".slip strong")).to_have_text(re.compile(r"^\d{4} \d{4} \d{2}$"))
    expect(page.locator(".human")).to_be_in_viewport()
    expect(page.locator(".slip strong")).to_be_in_viewport()
    assert wrong == []


def test_reload_keeps_everything_and_reads_nothing_aloud_again(page):
    talk(page, STORY)
    talk(page, "换新的")
    before = page.locator(".line .words").all_inner_texts()
    page.reload()
    assert page.locator(".line .words").all_inner_texts() == before
    assert page.locator("#log").inner_text() == ""


def test_a_draft_survives_a_reload_and_is_gone_once_sent(page):
    page.locator("#text").fill("写到一半")
    page.reload()
    expect(page.locator("#text")).to_have_value("写到一半")
    talk(page, "写到一半")
    page.reload()
    expect(page.locator("#text")).to_have_value("")


def test_two_tabs_are_one_conversation(page):
    talk(page, STORY)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_text(STORY)).to_be_visible()
    talk(other, "换新的")
    expect(page.locator("#log .line.customer .words", has_text="换新的")).to_be_visible()
    expect(page.locator("#log .line.customer", has_text="换新的")).to_have_count(1)


def test_a_button_sends_its_words_and_leaves_the_draft(page, site):
    talk(page, STORY)
    page.locator("#text").fill("草稿")
    button = page.locator("#log .quick button").last
    words = button.inner_text()
    button.click()
    expect(page.locator("#log .line.customer .words", has_text=words)).to_be_visible()
    expect(page.locator("#text")).to_have_value("草稿")
    assert stored(site)[-1] == words


def test_without_javascript_everything_works(visit, site):
    page = visit(java_script_enabled=False)
    expect(page.get_by_text("不是真人")).to_be_visible()
    page.locator("#text").fill(STORY)
    page.locator("#photos").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    page.locator("#composer .send").click()
    expect(page.locator(".line.customer .words")).to_have_text(STORY)
    expect(page.locator(".pictures img")).to_be_visible()
    page.locator(".quick button").last.click()
    id = agent(site)
    page.locator(".human").click()
    expect(page.locator("#standing .finding")).to_be_visible()
    assert 'http-equiv="refresh" content="10"' in page.content()
    site.house().agents.take(id, waiting(site), site.house().clock())
    page.reload()
    expect(page.locator("#standing .with-agent")).to_contain_text("李敏")


def test_by_keyboard_alone(page, site):
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab") if page.evaluate("document.activeElement.id") != "text" else None
    page.locator("#text").focus()
    page.keyboard.type("first line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second line")
    page.keyboard.press("Enter")
    expect(heard(page).first).to_be_visible()
    assert stored(site) == ["first line\nsecond line"]
    expect(page.locator("#text")).to_be_focused()
    seen = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.className || document.activeElement.id"))
    assert {"human", "send", "photos"} <= seen


def test_script_in_words_and_names_is_text(page, site):
    wrong = []
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    talk(page, evil)
    expect(page.locator("#log .line.customer .words")).to_have_text(evil)
    id = agent(site, name="<b onclick=alert(3)>李</b>")
    page.locator(".human").click()
    house = site.house()
    conversation = waiting(site)
    house.agents.take(id, conversation, house.clock())
    house.agents.say(id, conversation, evil, "k", house.clock())
    expect(page.locator("#log .line.agent .words")).to_have_text(evil)
    page.reload()
    expect(page.locator(".line.agent .words")).to_have_text(evil)
    assert page.locator(".words img, .words script, .by b").count() == 0
    assert wrong == []


def test_an_agent_takes_over_is_named_and_hands_back(page, site):
    id = agent(site)
    talk(page, STORY)
    page.locator(".human").click()
    expect(page.locator("#standing .finding")).to_be_visible()
    house, conversation = site.house(), waiting(site)
    house.agents.take(id, conversation, house.clock())
    expect(page.locator("#standing .with-agent")).to_contain_text("李敏")
    house.agents.say(id, conversation, "我是李敏，门上的凹陷我看到了", "k", house.clock())
    expect(page.locator("#log .line.agent .by")).to_contain_text("李敏")
    spoken = page.locator("#log .line.assistant").count()
    say(page, "好的，谢谢")
    expect(page.locator(".pending")).to_have_count(0)
    assert page.locator("#log .line.assistant").count() == spoken
    house.agents.hand_back(id, conversation, "", house.clock())
    expect(page.locator("#standing .with-agent")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_for_axe_in_each_state(visit, site, accessible, scheme):
    id = agent(site)
    page = visit(bypass_csp=True, color_scheme=scheme)
    accessible(page)
    talk(page, STORY)
    accessible(page)
    page.locator("#photos").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    accessible(page)
    say(page, "看照片")
    expect(page.locator(".pictures img")).to_be_visible()
    page.locator(".human").click()
    expect(page.locator("#standing .finding")).to_be_visible()
    accessible(page)
    house, conversation = site.house(), waiting(site)
    house.agents.take(id, conversation, house.clock())
    house.agents.say(id, conversation, "我来看", "k", house.clock())
    expect(page.locator("#log .line.agent")).to_be_visible()
    accessible(page)
    house.agents.hand_back(id, conversation, "", house.clock())
    page.route("**/chat/send", lambda route: route.abort())
    say(page, "断网时写的")
    expect(page.locator(".failed")).to_be_visible()
    accessible(page)
    page.unroute("**/chat/send")
    page.locator(".resend").dispatch_event("click")
    expect(page.locator(".pending")).to_have_count(0)
    for words in ANSWERS:
        if page.locator(".slip").count():
            break
        talk(page, words)
    accessible(page)
    page.goto(site.url + "/nix")
    accessible(page)


@pytest.mark.parametrize("size", [NARROW, {"width": 600, "height": 400}])
def test_no_sideways_scroll_and_a_human_in_reach(visit, size):
    page = visit(viewport=size)
    talk(page, "长" * 300 + "https://example.com/" + "a" * 200)
    for words in (STORY, *ANSWERS):
        if page.locator(".slip").count():
            break
        talk(page, words)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.evaluate("scrollTo(0, 0)")
    expect(page.locator(".human")).to_be_in_viewport()


def test_a_refused_stream_becomes_polling_and_no_error_reaches_the_log(visit, site):
    page = visit()
    page.route(
        re.compile("/chat/events"),
        lambda route: (
            route.continue_()
            if "json" in route.request.headers.get("accept", "")
            else route.fulfill(status=503, body="Service Unavailable", headers={"Retry-After": "30"})
        ),
    )
    page.reload()
    id = agent(site)
    talk(page, STORY)
    page.locator(".human").click()
    house, conversation = site.house(), waiting(site)
    house.agents.take(id, conversation, house.clock())
    house.agents.say(id, conversation, "我来看", "k", house.clock())
    expect(page.locator("#log .line.agent .words")).to_have_text("我来看")
    assert "503" not in page.locator("#log").inner_text()
    assert "Unavailable" not in page.content()


def test_a_server_killed_between_two_messages_loses_and_doubles_nothing(page, site):
    talk(page, STORY)
    site.kill()
    say(page, "第二句，服务器不在")
    expect(page.locator(".failed .words")).to_have_text("第二句，服务器不在")
    site.start()
    expect(page.locator(".pending")).to_have_count(0, timeout=30_000)  # it tries again by itself
    talk(page, "第三句")
    assert stored(site) == [STORY, "第二句，服务器不在", "第三句"]
    assert words_of_customer(page) == [STORY, "第二句，服务器不在", "第三句"]


def test_an_answer_lost_on_its_way_is_not_a_second_message(page, site):
    def swallow(route):
        route.fetch()
        route.abort()
        page.unroute("**/chat/send")

    talk(page, STORY)
    page.route("**/chat/send", swallow)
    say(page, "换新的")
    expect(page.locator("#log .line.customer .words", has_text="换新的")).to_be_visible()
    expect(page.locator(".pending")).to_have_count(0, timeout=15_000)
    assert stored(site) == [STORY, "换新的"]
    assert words_of_customer(page) == [STORY, "换新的"]


def test_words_that_did_not_arrive_survive_a_reload(page, site):
    page.route("**/chat/send", lambda route: route.abort())
    say(page, STORY)
    expect(page.locator(".failed")).to_be_visible()
    page.unroute("**/chat/send")
    page.reload()
    expect(heard(page).first).to_be_visible()
    assert stored(site) == [STORY]


def test_offline_for_a_while(page, site):
    talk(page, STORY)
    page.context.set_offline(True)
    say(page, "断网时写的")
    expect(page.locator(".failed")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator(".pending")).to_have_count(0, timeout=15_000)
    assert stored(site) == [STORY, "断网时写的"]


def test_several_sent_at_once_arrive_in_order(page, site):
    for words in ("一", "二二", "三三三"):
        page.locator("#text").fill(words)
        page.locator("#composer .send").click()
    expect(page.locator(".pending")).to_have_count(0, timeout=15_000)
    assert stored(site) == ["一", "二二", "三三三"]


def test_photos_with_a_preview_and_progress_and_the_one_that_is_none(page, site):
    files = [
        {"name": "门.jpg", "mimeType": "image/jpeg", "buffer": with_place()},
        {"name": "假.jpg", "mimeType": "image/jpeg", "buffer": NO_PHOTOS["html"]},
    ]
    page.locator("#photos").set_input_files(files)
    expect(page.locator("#chosen li")).to_have_count(2)
    say(page, "门上的凹陷")
    expect(page.locator("#log .pictures img")).to_have_count(1)
    expect(page.locator("#notices p")).to_be_visible()
    expect(page.locator("#chosen li")).to_have_count(0)
    assert page.locator("#log .pictures img").evaluate("i => i.complete && i.naturalWidth > 0 || i.decode()")
    assert stored(site) == ["门上的凹陷"]


def test_a_chosen_photo_can_be_dropped_and_a_large_one_is_told_before_it_is_sent(page):
    big = {"name": "b.bmp", "mimeType": "image/bmp", "buffer": photo("BMP", (2000, 1800))}
    small = {"name": "a.png", "mimeType": "image/png", "buffer": photo("PNG")}
    page.locator("#photos").set_input_files([big, small])
    expect(page.locator("#notices p")).to_be_visible()
    expect(page.locator("#chosen li")).to_have_count(1)
    page.locator("#chosen button").click()
    expect(page.locator("#chosen li")).to_have_count(0)


def test_text_that_is_too_long_is_told_and_stays(page):
    page.locator("#text").evaluate("(field) => { field.value = '长'.repeat(20001); }")
    page.locator("#composer .send").click()
    expect(page.locator("#notices p")).to_be_visible()
    assert len(page.locator("#text").input_value()) == 20_001


def test_open_pages_do_not_hold_up_a_restart_and_come_back(page, site):
    talk(page, STORY)
    assert site.stop() < 10  # of the 20 s that the server would wait for open streams
    site.start()
    talk(page, "换新的")
    assert words_of_customer(page) == [STORY, "换新的"]
