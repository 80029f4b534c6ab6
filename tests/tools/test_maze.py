"""The walker against small phone applications, whose figures can be worked out by hand."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask
from werkzeug.serving import make_server

from simulator import Line
from tests.ivr.conftest import PUBLIC as PUBLIC_URL
from tests.ivr.conftest import TOKEN, Hotline, hotline_at
from tests.tools import mazes
from tools.maze import __main__ as command
from tools.maze import picture, report
from tools.maze.grounds import ACCEPTS, OURS, Scene, Stranger, our_door
from tools.maze.inputs import Inputs, inputs
from tools.maze.measure import Found, Row, offered_after

PUBLIC = "http://maze.example"
UNSTORED = OURS[-1]


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Hotline]:
    found = hotline_at(tmp_path)
    yield found
    found.house.db.close()


def walked(pages: mazes.Pages, *scenes: Scene, depth: int = 4) -> Found:
    line = Line.over_wsgi(mazes.application(pages), PUBLIC, "")
    line.deliver = quiet(line.deliver)
    ground = Stranger(PUBLIC, line=line, scenes=scenes or (replace(ACCEPTS, staffed=None),))
    return command.walk(ground, depth)


def few() -> Inputs:
    """Enough inputs for every kind of answer, so that the walk is short."""
    every = inputs()
    return replace(every, keys=tuple(one for one in every.keys if one.name in ("0", "7", "#")))


def quiet(deliver):
    """An application that raises is an HTTP 500, as a server makes of it."""
    from simulator import Reply

    def asked(path, body, headers):
        try:
            return deliver(path, body, headers)
        except RuntimeError:
            return Reply(500, "oops", "text/plain")

    return asked


def row(found: Found, title: str) -> Row:
    return next(one for one in found.rows if one.state.title == title)


def broken(found: Found, name: str) -> list[str]:
    return next(limit.broken for limit in found.limits if limit.name == name)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()


# ---- two menus deep


@pytest.fixture(scope="module")
def tree() -> Found:
    return walked(mazes.TREE)


OPENING, EXTENSIONS = "一二三四五六七八九十一二", "一二三四五六七八"


def test_the_states_of_a_tree(tree: Found) -> None:
    assert [one.state.title for one in tree.rows] == [OPENING, EXTENSIONS]
    assert [one.state.prompt.seconds for one in tree.rows] == [3.0, 2.0]


def test_the_cheapest_way_is_two_keys(tree: Found) -> None:
    way = row(tree, OPENING).way
    assert way is not None
    assert way.inputs == ("1", "2")
    # /menu, /extensions, /dial; both prompts are heard out, none when pressed at once
    assert (way.heard.webhooks, way.heard.spoken, way.heard.silence) == (3, 5.0, 0.0)
    assert (way.at_once.inputs, way.at_once.spoken, way.at_once.seconds) == (2, 0.0, 0.0)
    nearer = row(tree, EXTENSIONS).way
    assert nearer is not None
    assert (nearer.inputs, nearer.heard.webhooks, nearer.heard.spoken) == (("2",), 1, 2.0)


def test_zero_goes_round(tree: Found) -> None:
    assert "0: loop" in row(tree, OPENING).notes
    assert any(f"{OPENING} (a person answers): 0" in one for one in broken(tree, "loops without a count"))


def test_silence_is_hung_up_on(tree: Found) -> None:
    silence = row(tree, OPENING).silence
    assert silence is not None
    # 3.0 s of prompt, then five seconds of waiting, then nothing
    assert (silence.end, silence.cost.seconds, silence.cost.silence) == ("document", 8.0, 5.0)
    assert f"{OPENING} (a person answers): silence is hung up on" in broken(tree, "silence")


def test_what_else_is_wrong_with_a_tree(tree: Found) -> None:
    assert broken(tree, "human offered") == ["the opening offers no person"]
    assert broken(tree, "0 at once") == ["0 at once rings nobody (a person answers)"]
    assert f"{OPENING} (a person answers): 0 rings nobody" in broken(tree, "one step to a person")
    assert not broken(tree, "dead ends")
    assert not broken(tree, "errors")
    assert broken(tree, "opening") == []
    lint = broken(tree, "lint")
    assert len(lint) == 1
    assert "Chinese words in the default language" in lint[0]


# ---- other faults


def test_a_loop_for_ever_is_a_dead_end() -> None:
    found = walked(mazes.ROUND)
    assert broken(found, "dead ends") == ["请按一 (a person answers)"]
    assert "请按一 (a person answers): silence goes round in circles" in broken(found, "silence")
    assert found.rows[0].way is None


def test_errors_are_said_with_their_place() -> None:
    found = walked(mazes.BROKEN)
    assert any(one.startswith("application error: HTTP 500, at human") for one in broken(found, "errors"))
    way = found.rows[0].way
    assert way is not None
    # three English words at 0.4 s
    assert way.heard.spoken == pytest.approx(1.2)
    assert (way.inputs, way.heard.webhooks) == (("0",), 1)
    assert broken(found, "0 at once") == []
    assert broken(found, "human offered") == []


def test_it_stays_on_the_host() -> None:
    found = walked(mazes.ELSEWHERE)
    assert any("leads to another host: https://elsewhere" in one for one in broken(found, "errors"))
    assert broken(found, "dead ends")


def test_a_queue_is_a_person() -> None:
    found = walked(mazes.QUEUED)
    way = found.rows[0].way
    assert way is not None
    assert (way.inputs, way.heard.webhooks) == (("0",), 1)
    silence = found.rows[0].silence
    assert silence is not None
    # eight characters, then five seconds of waiting
    assert (silence.end, silence.cost.seconds) == ("person", 7.0)
    assert broken(found, "silence") == broken(found, "one step to a person") == []


def test_depth_is_kept() -> None:
    assert [one.state.title for one in walked(mazes.TREE, depth=1).rows] == [OPENING, EXTENSIONS]
    assert walked(mazes.TREE, depth=1).walks[0].cut


def test_an_application_that_never_listens() -> None:
    found = walked({"voice/incoming": mazes.say("再见") + "<Hangup/>"})
    assert found.rows == []
    assert broken(found, "one step to a person") == ["no state was reached"]
    assert ElementTree.fromstring(picture.svg(found)) is not None


# ---- our own door


@pytest.mark.parametrize("scene", [ACCEPTS, UNSTORED], ids=lambda scene: scene.name)
def test_our_own_door_keeps_every_limit(scene: Scene) -> None:
    with our_door() as door:
        door.scenes = (scene,)
        found = command.walk(door, 3, few())
    kept = [limit for limit in found.broken if not limit.name.startswith("states of")]
    assert [(limit.name, limit.broken) for limit in kept] == []
    assert "open" in {one.state.title for one in found.rows}


def test_our_own_door_over_http(hotline: Hotline) -> None:
    """It is known by its addresses, so that its states have names; and nothing it stored is needed."""
    hotline.staff("client:agent1")
    with served(hotline.app) as url:
        ground = command.known(Stranger(url, token=TOKEN, public_url=PUBLIC_URL))
        assert ground.flow is not None
        ground.scenes = ground.scenes[:1]
        found = command.walk(ground, 1, replace(few(), tours=()))
    assert {"open", "story", "after"} <= {one.state.title for one in found.rows}
    assert broken(found, "one step to a person") == []
    assert broken(found, "errors") == []


# ---- what is offered when


@pytest.mark.parametrize(
    ("opening", "seconds"),
    [
        ("您好，找人工按零。什么事", 1.75),
        ("什么事，您说。", None),
        ("Press 0 for an agent, or wait.", 4 * 0.4 + 0.25),
    ],
)
def test_when_a_person_is_offered(opening: str, seconds: float | None) -> None:
    found = offered_after(opening, ("人工", "agent"))
    assert found == (None if seconds is None else pytest.approx(seconds))


# ---- the report


def test_the_table_is_aligned_in_chinese_too() -> None:
    lines = report.table(("state", "prompt"), [("一二三", "1.0"), ("open", "10.0")])
    assert [report.width(one) for one in lines] == [14, 14, 14, 14]
    assert report.fit("一二三四", 5) == "一二…"


def test_the_picture_is_well_formed_and_names_every_state(tree: Found) -> None:
    root = ElementTree.fromstring(picture.svg(tree))
    words = "".join(root.itertext())
    assert all(one.state.title in words for one in tree.rows)
    assert "prefers-color-scheme: dark" in words
    assert len(root.findall(".//{http://www.w3.org/2000/svg}rect")) >= len(tree.rows)


def test_the_command_over_http(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    json_file, svg_file = tmp_path / "found.json", tmp_path / "states.svg"
    with served(mazes.application(mazes.TREE)) as url:
        arguments = ["--url", url, "--depth", "2", "--json", str(json_file), "--svg", str(svg_file)]
        assert command.main(arguments) == 1
    lines = capsys.readouterr().out.splitlines()
    last = json.loads(lines[-1])
    assert last["states"] == 2
    assert "silence" in last["broken"]
    assert any(one.startswith("Broken: loops without a count") for one in lines)
    whole = json.loads(json_file.read_text("utf-8"))
    assert whole["rows"][0]["way"] == ["1", "2"]
    assert svg_file.read_text("utf-8").startswith("<svg")


def test_nobody_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--url", "http://127.0.0.1:9"]) == 1
    assert "Nothing answers" in capsys.readouterr().out
    assert command.main(["--url", "localhost"]) == 1
    assert "not an address" in capsys.readouterr().out


def test_a_depth_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--depth", "0"])
    assert "from 1 to 20" in capsys.readouterr().err
