"""Logging in with the house's own login service: who it says somebody is, and everything it may not say."""

import dataclasses
import hashlib
import html
import re
import time
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import requests
from joserfc import jwk

import settings as settings_module
from app import assemble
from store import events, users
from tests.desk.conftest import PASSWORD, Browser, found
from tests.fakes.login_service import CLIENT, SECRET, LoginService

PUBLIC = "http://127.0.0.1:8000"


@pytest.fixture
def service():
    with LoginService(f"{PUBLIC}/desk/sso/done") as running:
        yield running


@pytest.fixture
def settings(tmp_path, service):
    env = {"JIESU_DATA_DIR": str(tmp_path), "JIESU_RASA_URL": "http://127.0.0.1:1", **service.environment()}
    return settings_module.load(env)


@pytest.fixture
def linked(house, people, service):
    """The agent's account is linked to the person at the service."""
    with house.db.writing() as conn:
        users.change(conn, people["agent"], subject=f"{service.issuer}#{service.person}")


def go(page, start="/desk/sso", meanwhile=lambda back: back):
    """Through the service as a browser goes: there, and back to us. `meanwhile` changes the way back."""
    away = page.get(start)
    assert away.status_code == 302, away.get_data(as_text=True)
    sent = requests.get(away.headers["Location"], allow_redirects=False, timeout=5)
    assert sent.status_code == 302, sent.text
    back = meanwhile(sent.headers["Location"])
    assert back.startswith(PUBLIC)
    return page.get(back.removeprefix(PUBLIC))


def refused(answer, page):
    """Nobody was let in, and that is said."""
    assert answer.status_code == 401
    assert "单点登录没有成" in answer.get_data(as_text=True)
    assert page.get("/desk/").status_code == 303


def test_who_is_linked_is_let_in_and_lands_where_they_were(browser, linked, people, house):
    page = browser()
    answer = go(page, "/desk/sso?next=/desk/password")
    assert answer.headers["Location"] == "/desk/password"
    assert page.get("/desk/").status_code == 200
    with house.db.reading() as conn:
        (event,) = [event for event in events.after(conn, 0) if event.name == "logged_in"]
    assert (event.user_id, event.data) == (people["agent"], {"way": "sso"})


def test_the_question_is_asked_as_the_standards_say(browser, linked, service):
    page = browser()
    asked = {k: v[0] for k, v in parse_qs(urlsplit(page.get("/desk/sso").headers["Location"]).query).items()}
    assert asked["response_type"] == "code"
    assert asked["client_id"] == CLIENT
    assert asked["redirect_uri"] == f"{PUBLIC}/desk/sso/done"
    assert asked["scope"] == "openid"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["code_challenge"]) == 43
    assert min(len(asked["state"]), len(asked["nonce"])) >= 20
    assert SECRET not in str(asked)
    go(page)
    (told,) = [form for path, form in service.asked if path == "/token"]
    proof = hashlib.sha256(told["code_verifier"].encode()).digest()
    assert len(proof) == 32
    assert "client_secret" not in told


def test_each_login_asks_with_its_own_values(browser, linked):
    seen = [parse_qs(urlsplit(browser().get("/desk/sso").headers["Location"]).query) for _ in range(3)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({one[name][0] for one in seen}) == 3


WRONG = {
    "another audience": {"claims": {"aud": "another-client"}},
    "another audience, ours as the party": {"claims": {"aud": "another-client", "azp": CLIENT}},
    "no audience": {"claims": {"aud": None}},
    "two audiences, another party": {"claims": {"aud": [CLIENT, "another"], "azp": "another"}},
    "another issuer": {"claims": {"iss": "https://login.evil.example"}},
    "no issuer": {"claims": {"iss": None}},
    "nobody": {"claims": {"sub": None}},
    "an empty name": {"claims": {"sub": ""}},
    "a name that is no text": {"claims": {"sub": 7}},
    "another nonce": {"claims": {"nonce": "of somebody else's login"}},
    "no nonce": {"claims": {"nonce": None}},
    "over": {"claims": {"exp": int(time.time()) - 600, "iat": int(time.time()) - 900}},
    "without an end": {"claims": {"exp": None}},
    "not yet": {"claims": {"nbf": int(time.time()) + 3600}},
    "for another access token": {"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
    "another key": {"signs": jwk.RSAKey.generate_key(2048, {"kid": "one"})},
    "another key by another name": {
        "signs": jwk.RSAKey.generate_key(2048, {"kid": "two"}),
        "header": {"alg": "RS256", "kid": "two"},
    },
    "no signature": {"header": {"alg": "none"}},
    "our own secret as the key": {
        "signs": jwk.OctKey.import_key(SECRET),
        "header": {"alg": "HS256", "kid": "one"},
    },
    "no token of who it is": {"answer": {"id_token": None}},
    "a token that is none": {"answer": {"id_token": "a.b.c"}},
    "an empty answer": {"answer": {"id_token": None, "access_token": None}},
}


@pytest.mark.parametrize("how", WRONG)
def test_what_the_service_may_not_say(how, browser, linked, service):
    for name, value in WRONG[how].items():
        setattr(service, name, value)
    page = browser()
    refused(go(page), page)


def test_the_public_key_is_no_secret_to_sign_with(browser, linked, service):
    """The old confusion: the service's public key taken for a shared secret."""
    service.signs = service.key.as_pem(private=False)
    service.header = {"alg": "HS256", "kid": "one"}
    page = browser()
    refused(go(page), page)


def test_a_new_key_of_the_service_is_fetched(browser, linked, service):
    assert go(browser()).status_code == 303
    service.key = service.signs = jwk.RSAKey.generate_key(2048, {"kid": "next"})
    service.header = {"alg": "RS256", "kid": "next"}
    assert go(browser()).status_code == 303


@pytest.mark.parametrize(
    "change",
    [
        lambda back: re.sub(r"state=[^&]+", "state=made-up", back),
        lambda back: re.sub(r"state=[^&]+&?", "", back),
        lambda back: re.sub(r"code=[^&]+", "code=made-up", back),
        lambda back: re.sub(r"&?code=[^&]+", "", back),
        lambda back: f"{PUBLIC}/desk/sso/done",
        lambda back: f"{PUBLIC}/desk/sso/done?error=access_denied&error_description=<script>",
    ],
)
def test_a_way_back_that_was_tampered_with(change, browser, linked):
    page = browser()
    answer = go(page, meanwhile=change)
    refused(answer, page)
    assert "<script>" not in answer.get_data(as_text=True).replace("<script src", "")


def test_somebody_elses_way_back_does_not_log_this_browser_in(browser, linked):
    """An address with a good code, slipped to another browser: it never asked."""
    victim, attacker = browser(), browser()
    caught = []
    go(attacker, meanwhile=lambda back: caught.append(back) or f"{PUBLIC}/desk/login")
    refused(victim.get(caught[0].removeprefix(PUBLIC)), victim)


def test_a_way_back_works_once(browser, linked):
    page, caught = browser(), []
    go(page, meanwhile=lambda back: caught.append(back) or back)
    page.post("/desk/logout")
    refused(page.get(caught[0].removeprefix(PUBLIC)), page)


def test_a_code_that_was_caught_is_nothing_without_the_promise(browser, linked, service):
    """PKCE: a code from one login cannot be brought into another."""
    one, other, codes = browser(), browser(), []
    go(one, meanwhile=lambda back: codes.append(back) or f"{PUBLIC}/desk/login")
    stolen = found(r"code=([^&]+)", codes[0])
    refused(go(other, meanwhile=lambda back: re.sub(r"code=[^&]+", f"code={stolen}", back)), other)
    (asked,) = [form for path, form in service.asked if path == "/token"]
    assert asked["code"] == stolen


def test_whoever_is_not_linked_is_told_how(browser, people, house):
    page = browser()
    answer = go(page)
    assert answer.status_code == 401
    assert "还没有绑定" in answer.get_data(as_text=True)
    assert page.get("/desk/").status_code == 303


def test_a_name_that_the_service_tells_of_opens_nothing(browser, people, service):
    """The service lets people choose such names."""
    service.claims = {"preferred_username": "agent", "email": "agent@house.example", "email_verified": True}
    assert go(browser()).status_code == 401


def test_a_disabled_account_stays_shut(browser, linked, people, house, clock):
    with house.db.writing() as conn:
        users.change(conn, people["agent"], disabled_at=clock())
    assert go(browser()).status_code == 401


def test_the_service_refusing_somebody_is_told(browser, linked, service):
    service.refuses = "access_denied"
    page = browser()
    refused(go(page), page)


@pytest.mark.parametrize("metadata", [{"issuer": "https://another.example"}, {"issuer": None}])
def test_a_service_that_says_it_is_another_is_not_asked(metadata, browser, linked, service):
    service.metadata = metadata
    answer = browser().get("/desk/sso")
    assert answer.status_code == 503
    assert "现在连不上" in answer.get_data(as_text=True)


def test_a_service_that_is_away_leaves_the_password(settings, house, people, service):
    service.__exit__()
    page = Browser(assemble(settings, house).test_client())
    answer = page.get("/desk/sso")
    assert answer.status_code == 503
    assert page.log_in("agent").status_code == 303


def test_the_second_factor_is_asked_all_the_same(browser, at_desk, linked, people, house, clock):
    from tests.desk.test_second_factor import code, set_up

    secret, _ = set_up(at_desk(), clock)
    clock.pass_(minutes=5)
    page = browser()
    shown = go(page, "/desk/sso?next=/desk/password").get_data(as_text=True)
    assert 'name="code"' in shown
    assert page.get("/desk/").status_code == 303
    kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', shown))
    answer = page.client.post("/desk/login/code", data=kept | {"code": code(secret, clock)})
    assert answer.headers["Location"] == "/desk/password"
    assert pyotp.TOTP(secret)


# ---- Linking


def start_linking(page):
    asked = page.post("/desk/sso/link", page="/desk/password")
    assert asked.status_code == 200
    return html.unescape(found(r'href="(/desk/sso\?[^"]+)"', asked.get_data(as_text=True)))


def subject(house, id):
    with house.db.reading() as conn:
        return users.get(conn, id).subject


def test_one_links_ones_own_account_being_logged_in(at_desk, browser, people, house, service):
    page = at_desk()
    answer = go(page, start_linking(page))
    assert answer.headers["Location"] == "/desk/password"
    assert subject(house, people["agent"]) == f"{service.issuer}#{service.person}"
    with house.db.reading() as conn:
        (event,) = [event for event in events.after(conn, 0) if event.name == "account_changed"]
    assert event.data == {"account": people["agent"], "changed": ["subject"]}
    assert "绑定好了" in page.get("/desk/password").get_data(as_text=True)
    assert go(browser()).status_code == 303


def test_a_link_is_not_taken_from_somebody_else(at_desk, people, house, linked):
    page = at_desk("agent2")
    go(page, start_linking(page))
    assert "已经绑在另一个账号上" in page.get("/desk/password").get_data(as_text=True)
    assert subject(house, people["agent2"]) is None
    assert subject(house, people["agent"]) is not None


def test_a_strange_page_cannot_start_the_linking(at_desk, people, house):
    """Without our own form, coming back from the service is a login, never a link."""
    page = at_desk()
    answer = go(page)
    assert answer.status_code == 401
    assert subject(house, people["agent"]) is None


def test_linking_waits_five_minutes_and_only_for_the_same_person(at_desk, people, house, clock):
    page = at_desk()
    start = start_linking(page)
    clock.pass_(minutes=6)
    assert go(page, start).status_code == 401
    start = start_linking(page)
    page.post("/desk/logout")
    page.log_in("agent2")
    go(page, start)
    assert subject(house, people["agent"]) is None
    assert subject(house, people["agent2"]) is None


def test_without_a_service_there_is_no_button_and_no_door(settings, house, people):
    none = dataclasses.replace(settings, sign_on=settings_module.SignOn("", "", "", ""))
    page = Browser(assemble(none, house).test_client())
    assert "单点登录" not in page.get("/desk/login").get_data(as_text=True)
    assert page.get("/desk/sso").status_code == 404
    assert page.get("/desk/sso/done").status_code == 404
    page.log_in("agent", PASSWORD)
    assert page.post("/desk/sso/link", page="/desk/password").status_code == 404


def test_nothing_secret_is_logged(browser, linked, service, caplog):
    caplog.set_level("DEBUG", logger="jiesu")
    service.claims = {"nonce": "wrong"}
    go(browser())
    assert "sign-on refused: sso_failed" in caplog.text
    assert service.person not in caplog.text
    assert SECRET not in caplog.text
