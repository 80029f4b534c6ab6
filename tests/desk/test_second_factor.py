"""The second factor: set up with a phone, asked after the password, each code once, and never readable."""

import dataclasses
import html
import re

import pyotp
import pytest

import settings as settings_module
from core.roles import ROLES, needs_second_factor
from desk.people import codes, second_factor
from store import events, users
from tests.desk.conftest import PASSWORD, found


def row(house, id):
    with house.db.reading() as conn:
        return users.get(conn, id)


def named(house, *names):
    with house.db.reading() as conn:
        return [event.name for event in events.after(conn, 0, limit=1000) if event.name in names]


def code(secret, clock, steps=0):
    return pyotp.TOTP(secret).generate_otp(int(clock().timestamp()) // codes.STEP + steps)


def secret_of(page):
    return found(r'<code class="key">([^<]+)</code>', page).replace(" ", "")


def set_up(page, clock):
    """Set one up as the page asks; returns the secret and the recovery codes."""
    shown = page.get("/desk/second-factor").get_data(as_text=True)
    secret, sealed = secret_of(shown), found(r'name="sealed" value="([^"]+)"', shown)
    done = page.post(
        "/desk/second-factor",
        page="/desk/second-factor",
        sealed=html.unescape(sealed),
        code=code(secret, clock),
    )
    assert done.status_code == 200
    return secret, re.findall(r"<li><code>([^<]+)</code></li>", done.get_data(as_text=True))


@pytest.fixture
def has_one(at_desk, clock):
    """An agent who has set one up: the secret and the recovery codes. Some time has passed since."""
    secret, drawn = set_up(at_desk(), clock)
    clock.pass_(minutes=5)
    return secret, drawn


def ascii_start(text):
    return ascii(text)[:9]


def half_way(browser, login="agent", **more):
    """A browser after the password, before the code."""
    page = browser()
    answer = page.log_in(login, **more)
    assert answer.status_code == 200
    assert 'name="code"' in answer.get_data(as_text=True)
    return page, answer.get_data(as_text=True)


def enter(page, shown, typed, **more):
    token = found(r'name="csrf_token" value="([^"]+)"', shown)
    return page.client.post("/desk/login/code", data={"csrf_token": token, "code": typed, **more})


def test_the_password_alone_does_not_open(browser, has_one, people):
    page, _ = half_way(browser)
    assert page.get("/desk/").status_code == 303


def test_the_code_opens_and_leads_to_where_one_was(browser, has_one, clock, house):
    page, shown = half_way(browser, next="/desk/password")
    answer = enter(page, shown, code(has_one[0], clock), next="/desk/password")
    assert answer.headers["Location"] == "/desk/password"
    assert page.get("/desk/").status_code == 200
    assert named(house, "second_factor_set", "logged_in") == ["logged_in", "second_factor_set", "logged_in"]


@pytest.mark.parametrize("write", ["{}", " {} ", "{:.3}", "full"])
def test_a_code_may_be_written_as_people_write(write, browser, has_one, clock):
    page, shown = half_way(browser)
    plain = code(has_one[0], clock)
    full = plain.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    typed = {"full": full, "{:.3}": f"{plain[:3]} {plain[3:]}"}.get(write, write.format(plain))
    assert enter(page, shown, typed).status_code == 303


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_half_a_minute_off(steps, browser, has_one, clock):
    page, shown = half_way(browser)
    assert enter(page, shown, code(has_one[0], clock, steps)).status_code == 303


@pytest.mark.parametrize("steps", [-2, 2, 100])
def test_an_old_or_early_code_does_not_open(steps, browser, has_one, clock):
    page, shown = half_way(browser)
    assert enter(page, shown, code(has_one[0], clock, steps)).status_code == 401


def test_a_code_is_used_once_also_by_somebody_who_looked_over_the_shoulder(browser, has_one, clock):
    used = code(has_one[0], clock)
    page, shown = half_way(browser)
    assert enter(page, shown, used).status_code == 303
    other, shown = half_way(browser)
    assert enter(other, shown, used).status_code == 401
    before = code(has_one[0], clock, -1)
    assert enter(other, shown, before).status_code == 401
    clock.pass_(seconds=30)
    assert enter(other, shown, code(has_one[0], clock)).status_code == 303


def test_the_code_that_set_it_up_does_not_log_in(at_desk, browser, clock):
    secret, _ = set_up(at_desk(), clock)
    page, shown = half_way(browser)
    assert enter(page, shown, code(secret, clock)).status_code == 401


@pytest.mark.parametrize(
    "typed", ["", "000000", "12345", "abcdef", "١٢٣٤٥٦", "x" * 5000, "\x00", "\ud800"], ids=ascii_start
)
def test_a_wrong_code_is_refused_in_words(typed, browser, has_one, monkeypatch):
    page, shown = half_way(browser)
    monkeypatch.setattr(pyotp.TOTP, "generate_otp", lambda _self, _step: "111111")
    answer = enter(page, shown, typed.encode("utf-8", "surrogatepass"))
    assert answer.status_code == 401
    assert "动态码不对" in answer.get_data(as_text=True)


def test_guessing_is_slowed_down_also_for_the_right_code(browser, has_one, clock, house):
    page, shown = half_way(browser)
    for _ in range(second_factor.TRIES):
        assert enter(page, shown, "000000").status_code == 401
    answer = enter(page, shown, code(has_one[0], clock))
    assert answer.status_code == 429
    assert "15 分钟" in answer.get_data(as_text=True)
    assert page.get("/desk/").status_code == 303
    other, shown = half_way(browser)
    assert enter(other, shown, code(has_one[0], clock)).status_code == 429
    assert len(named(house, "login_failed")) == second_factor.TRIES + 2
    clock.pass_(minutes=16)
    other, shown = half_way(browser)
    assert enter(other, shown, code(has_one[0], clock)).status_code == 303


def test_between_password_and_code_five_minutes_may_pass(browser, has_one, clock):
    page, shown = half_way(browser)
    clock.pass_(minutes=5)
    answer = enter(page, shown, code(has_one[0], clock))
    assert answer.headers["Location"].startswith("/desk/login")


def test_a_code_without_a_password_opens_nothing(browser, has_one, clock):
    page = browser()
    answer = page.post("/desk/login/code", page="/desk/login", code=code(has_one[0], clock))
    assert answer.headers["Location"].startswith("/desk/login")
    assert page.get("/desk/").status_code == 303


def test_a_new_password_stops_who_is_half_way(browser, has_one, clock, people, house):
    page, shown = half_way(browser)
    with house.db.writing() as conn:
        users.end_sessions(conn, people["agent"])
    assert enter(page, shown, code(has_one[0], clock)).headers["Location"].startswith("/desk/login")


def test_each_recovery_code_opens_once_and_is_written(browser, has_one, house):
    _, drawn = has_one
    assert len(set(drawn)) == codes.RECOVERY_CODES
    page, shown = half_way(browser)
    assert enter(page, shown, drawn[3].upper()).status_code == 303
    assert named(house, "recovery_code_used") == ["recovery_code_used"]
    page, shown = half_way(browser)
    assert enter(page, shown, drawn[3]).status_code == 401
    assert enter(page, shown, drawn[4].replace("-", " ")).status_code == 303
    assert "还剩 8 个" in page.get("/desk/second-factor").get_data(as_text=True)


def test_neither_secret_nor_recovery_codes_can_be_read_in_the_database(has_one, people, house, settings):
    secret, drawn = has_one
    stored = (settings.data_dir / "jiesu.db").read_bytes()
    if (log := settings.data_dir / "jiesu.db-wal").exists():
        stored += log.read_bytes()
    for each in (secret, *drawn, *(one.replace("-", "") for one in drawn)):
        assert each.encode() not in stored


def test_a_sealed_secret_cannot_be_moved_to_another_account(has_one, people, house, browser, clock, caplog):
    with house.db.writing() as conn:
        kept = users.get(conn, people["agent"]).second_factor
        users.change(conn, people["agent2"], second_factor=kept)
    page, shown = half_way(browser, "agent2")
    answer = enter(page, shown, code(has_one[0], clock))
    assert answer.status_code == 401
    assert "读不出来" in answer.get_data(as_text=True)
    assert f"cannot be read user={people['agent2']}" in caplog.text


def test_setting_up_needs_a_code_of_this_very_secret(at_desk, people, house, clock):
    page = at_desk()
    shown = page.get("/desk/second-factor").get_data(as_text=True)
    sealed = html.unescape(found(r'name="sealed" value="([^"]+)"', shown))
    wrong = page.post("/desk/second-factor", page="/desk/second-factor", sealed=sealed, code="000000")
    assert wrong.status_code == 422
    assert secret_of(wrong.get_data(as_text=True)) == secret_of(shown)
    other = code(pyotp.random_base32(), clock)
    for seal in ("", "x", sealed[:-4] + "AAAA", "é"):
        page.post("/desk/second-factor", page="/desk/second-factor", sealed=seal, code=other)
    assert row(house, people["agent"]).second_factor is None


def test_the_picture_says_what_the_phone_needs(at_desk):
    shown = at_desk().get("/desk/second-factor").get_data(as_text=True)
    secret = secret_of(shown)
    path = found(r'<path d="([^"]+)" fill="#000"', shown)
    width = int(found(r'viewBox="0 0 (\d+) \1"', shown))
    drawn = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path)}
    size, wanted = codes.picture(codes.address(secret, "agent", "接诉"))
    assert (width, path) == (size, wanted)
    assert min(x for x, _ in drawn) == codes.QUIET
    assert pyotp.parse_uri(codes.address(secret, "agent", "接诉")).secret == secret
    assert "style=" not in shown


def test_giving_it_up_needs_a_code(at_desk, browser, has_one, clock, people, house):
    page, shown = half_way(browser)
    enter(page, shown, code(has_one[0], clock))
    where = "/desk/second-factor"
    assert page.post(f"{where}/remove", page=where, code="000000").status_code == 422
    clock.pass_(seconds=30)
    assert page.post(f"{where}/remove", page=where, code=code(has_one[0], clock)).status_code == 303
    assert row(house, people["agent"]).second_factor is None
    assert browser().log_in("agent").status_code == 303
    assert named(house, "second_factor_removed") == ["second_factor_removed"]


def test_who_keeps_the_accounts_removes_it_for_a_lost_phone(at_desk, browser, has_one, people, house):
    keeper, where = at_desk("admin"), f"/desk/people/{people['agent']}"
    shown = keeper.get(where).get_data(as_text=True)
    version = found(r'name="version" value="([^"]+)"', shown)
    assert has_one[0] not in shown
    assert keeper.post(f"{where}/second-factor", page=where, version=version).status_code == 303
    assert browser().log_in("agent").status_code == 303


@pytest.fixture
def required(app):
    """Whoever leads or checks must have one."""
    kept = app.extensions["jiesu_settings"]
    app.extensions["jiesu_settings"] = dataclasses.replace(kept, second_factor="supervisors")


@pytest.mark.parametrize("role", ["supervisor", "auditor", "admin", "admin_agent"])
def test_whoever_must_have_one_sets_it_up_before_anything_else(role, required, at_desk, clock):
    page = at_desk(role)
    for where in ("/desk/", "/desk/people", "/desk/password", "/desk/complaints/3820471683"):
        answer = page.get(where)
        assert answer.status_code == 403 or answer.headers["Location"] == "/desk/second-factor"
    assert page.get("/desk/stream", headers={"X-Desk": "background"}).status_code in (401, 403)
    changed = page.post("/desk/password", page="/desk/second-factor")
    assert changed.headers["Location"] == "/desk/second-factor"
    shown = page.get("/desk/second-factor").get_data(as_text=True)
    assert "您的角色要用动态码" in shown
    set_up(page, clock)
    assert page.get("/desk/password").status_code == 200


def test_an_agent_need_not_have_one(required, at_desk):
    assert at_desk("agent").get("/desk/").status_code == 200


def test_the_rule_says_for_every_role_who_must(settings):
    must = {rule: {role for role in ROLES if needs_second_factor(role, rule)} for rule in RULES}
    assert must["chosen"] == set()
    assert must["supervisors"] == {"supervisor", "auditor", "admin", "admin_agent"}
    assert must["everybody"] == set(ROLES)


RULES = [rule.lower() for rule in settings_module.SECOND_FACTOR]


def test_what_was_typed_survives_the_code_too(browser, has_one, clock, customer):
    """The login was over, the password fits, the code fits: the words are still there."""
    customer.says("送来就坏了")
    page, shown = half_way(browser)
    enter(page, shown, code(has_one[0], clock))
    token = page.token("/desk/")
    clock.pass_(minutes=31)
    ended = page.client.post(f"{customer.page}/note", data={"csrf_token": token, "words": "明天十点回电"})
    kept = dict(
        re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', ended.get_data(as_text=True))
    )
    answer = page.client.post("/desk/login", data=kept | {"login": "agent", "password": PASSWORD})
    kept = dict(
        re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.get_data(as_text=True))
    )
    answer = page.client.post("/desk/login/code", data=kept | {"code": code(has_one[0], clock)})
    assert answer.status_code == 200
    assert "明天十点回电</textarea>" in answer.get_data(as_text=True)


def test_no_code_and_no_secret_is_logged(browser, has_one, clock, caplog):
    caplog.set_level("DEBUG")
    page, shown = half_way(browser)
    typed = code(has_one[0], clock)
    enter(page, shown, "654321")
    enter(page, shown, typed)
    assert typed not in caplog.text
    assert "654321" not in caplog.text
    assert has_one[0] not in caplog.text
