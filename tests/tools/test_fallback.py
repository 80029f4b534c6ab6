"""All of us is down: a document on another host rings people, then takes a message; later both are found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import settings
import wiring
from ivr.views import blueprint
from office.sweep import Sweep
from simulator import Call, Caller, Line, Reply, accepts, busy
from simulator.exchange import Exchange
from store import complaints, conversations, facts, recordings
from tests.fakes.clock import Clock
from tests.fakes.twilio_api import TOKEN, TwilioApi
from tools import fallback
from tools.say import Failure

PUBLIC = "https://jiesu.example"
STATIC = "https://static.example"
GROUP = "sip:group@desk.example"
CALLER = "+8613800138000"


def told(tmp_path: Path, **env: str) -> settings.Settings:
    return settings.load({"JIESU_DATA_DIR": str(tmp_path), "JIESU_PUBLIC_URL": PUBLIC, **env})


@pytest.fixture
def static(tmp_path: Path) -> Line:
    """A host of plain files: GET only."""
    document = fallback.document([GROUP], told(tmp_path))

    def get(path: str, headers: dict[str, str]) -> Reply:
        return Reply(200, document, "text/xml") if path.startswith("/fallback.xml") else Reply(404, "")

    return Line(STATIC, "", deliver=lambda path, body, headers: Reply(405, ""), get=get)


def caller(static: Line, exchange: Exchange | None = None, **agents: Any) -> Caller:
    """Somebody who calls while nothing of ours answers."""
    down = Line(PUBLIC, TOKEN, deliver=lambda path, body, headers: Reply(503, ""))
    return Caller(
        down,
        number=CALLER,
        agents={GROUP: agents["group"]} if agents else {},
        fallback=f"{STATIC}/fallback.xml",
        fallback_method="GET",
        fallback_line=static,
        exchange=exchange or Exchange(),
    )


def unexpected(call: Any) -> list[str]:
    """What is wrong besides that we are down, which our status callback meets too."""
    return [fault for fault in call.faults if not fault.startswith("status callback")]


def test_a_person_is_reached_while_we_are_down(static: Line) -> None:
    call = caller(static, group=accepts(after=4, talk=60)).dial()
    assert call.bridged == [GROUP]
    assert len(call.heard) == 2
    assert call.listening  # what follows the talk is a beep, which hanging up ends
    call.hang_up()
    assert not unexpected(call)


@pytest.mark.parametrize("group", [busy(), None])
def test_nobody_there_a_message_is_taken(static: Line, group: Any) -> None:
    call = caller(static, **({"group": group} if group else {})).dial()
    assert call.bridged == []
    assert call.listening
    call.says("洗衣机漏水，请回电话")
    assert len(call.recordings) == 1
    assert call.faults == []


def test_who_stays_after_the_message_is_led_to_the_people_again(static: Line) -> None:
    call = caller(static).dial()
    call.says("洗衣机漏水")
    assert len(call.rung) == 2
    assert len(call.fallbacks) == 1  # asked for once more as it is hosted, by GET, and not after an error
    call.hang_up()
    assert not unexpected(call)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Any]:
    """We are up again: the house, its phone company, and the door that a report would come to."""
    exchange = Exchange()
    with TwilioApi(exchange=exchange) as api:
        clock = Clock()
        exchange.clock = clock
        house = wiring.house(told(tmp_path, **api.environment()), clock)
        app = Flask("phone")
        app.config.update(JIESU_PUBLIC_URL=PUBLIC, TWILIO_AUTH_TOKEN=TOKEN)
        app.extensions["jiesu"] = house
        app.register_blueprint(blueprint)
        yield house, exchange, clock, Line.over_wsgi(app, PUBLIC, TOKEN)
        house.db.close()


def check_found(house: Any, call: Call, clock: Clock) -> None:
    with house.db.reading() as conn:
        row = complaints.get(conn, conversations.fetch(conn, call.sid).complaint_id)
        assert row.state == "registered"
        assert facts.current(conn, row.id)["phone"].value == CALLER
        (tape,) = recordings.of_complaint(conn, row.id)
    assert (tape.sid, tape.kind) == (call.recordings[0], "message")
    assert tape.due_at.astimezone(UTC) <= clock()


def test_the_call_and_its_message_are_found_when_we_are_up(static: Line, up: Any) -> None:
    house, exchange, clock, _ = up
    call = caller(static, exchange).dial()
    call.says("洗衣机漏水，请回电话").hang_up()
    clock.pass_(minutes=10)
    assert Sweep(house).sweep(clock()) == 2
    check_found(house, call, clock)
    assert Sweep(house).sweep(clock()) == 0


def test_we_come_up_before_the_message_is_reported(static: Line, up: Any) -> None:
    """The recording's own report makes the complaint, without a number; the list of calls adds it."""
    house, exchange, clock, line = up
    someone = caller(static, exchange)
    call = someone.dial()
    someone.line = line
    call.says("洗衣机漏水，请回电话").hang_up()
    with house.db.reading() as conn:
        assert conversations.fetch(conn, call.sid).complaint_id is not None
    clock.pass_(minutes=10)
    Sweep(house).sweep(clock())
    check_found(house, call, clock)
    with house.db.reading() as conn:
        assert len(complaints.queue(conn)) == 1


# ---- the command


def test_the_file_is_written_and_how_to_host_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JIESU_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("JIESU_PUBLIC_URL", PUBLIC)
    out = tmp_path / "fallback.xml"
    rings = ["--ring", GROUP, "--ring", "sips:two@desk.example:5061"]
    assert fallback.main([*rings, "--out", str(out)]) == 0
    written = out.read_text("utf-8")
    assert f"<Sip>{GROUP}</Sip><Sip>sips:two@desk.example:5061</Sip>" in written
    assert f'recordingStatusCallback="{PUBLIC}/voice/recording"' in written
    assert "action=" not in written
    said = capsys.readouterr()
    assert "text/xml" in said.err
    assert "HTTP GET" in said.err
    assert fallback.main(rings) == 0
    assert capsys.readouterr().out == written


def test_without_a_public_address_there_is_nothing_to_report_to(tmp_path: Path) -> None:
    made = fallback.document([GROUP], settings.load({"JIESU_DATA_DIR": str(tmp_path)}))
    assert "recordingStatusCallback" not in made


@pytest.mark.parametrize(
    ("rings", "why"),
    [
        (["tel:+8613800138000"], "mainland"),
        (["+12025550123"], "cannot be rung"),
        (["client:agent1"], "cannot be rung"),
        (["sip:a@b?x=1"], "cannot be rung"),
        ([GROUP, "tel:+12025550123"], "voicemail"),
        ([f"sip:a{n}@b" for n in range(11)], "10 together"),
    ],
)
def test_what_it_does_not_ring(tmp_path: Path, rings: list[str], why: str) -> None:
    with pytest.raises(Failure, match=why):
        fallback.document(rings, told(tmp_path))


def test_a_telephone_abroad_rings_alone(tmp_path: Path) -> None:
    made = fallback.document(["tel:+12025550123"], told(tmp_path, TWILIO_CALLER_ID="+12025550100"))
    assert "<Number>+12025550123</Number>" in made
    assert 'callerId="+12025550100"' in made
