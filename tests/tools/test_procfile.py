import re
from configparser import RawConfigParser
from pathlib import Path

import pytest

import settings as our
from tools import places, procfile
from tools.say import Failure

FOLDERS = procfile.Folders(
    root=Path("/srv/jie su"), run=Path("/v/run"), logs=Path("/v/log"), socket=Path("/v/s")
)


def parsed(text: str) -> RawConfigParser:
    parser = RawConfigParser()
    parser.read_string(text)
    return parser


def test_names_and_commands_are_read() -> None:
    text = "# the doors\nweb: gunicorn 'app:create_app()'\n\nworker:  A=1 python -m office\n"
    assert procfile.read(text) == {"web": "gunicorn 'app:create_app()'", "worker": "A=1 python -m office"}


def test_a_line_that_is_none_is_refused_by_number() -> None:
    with pytest.raises(Failure, match="line 2"):
        procfile.read("web: x\nno command here\n")


def test_commands_keep_assignments_quotes_and_percent_signs() -> None:
    text = procfile.config({"a": "X=1 date '+%H' \"${PORT:-5}\""}, FOLDERS)
    command = parsed(text)["program:a"]["command"]
    assert "exec env X=1 date" in command
    assert "%%H" in command
    assert "${PORT:-5}" in command


def test_processes_are_restarted_and_stopped_with_their_children() -> None:
    program = parsed(procfile.config({"a": "x"}, FOLDERS))["program:a"]
    for setting in ("autorestart", "stopasgroup", "killasgroup", "autostart"):
        assert program[setting] == "true"


def test_a_held_process_waits_and_the_order_is_kept() -> None:
    conf = parsed(procfile.config({"a": "x", "b": "y"}, FOLDERS, held=frozenset({"b"})))
    assert conf["program:b"]["autostart"] == "false"
    assert int(conf["program:a"]["priority"]) < int(conf["program:b"]["priority"])


def test_what_an_installation_runs_follows_its_settings() -> None:
    text = (places.ROOT / "Procfile").read_text()
    usual = ["web", "actions", "office", "rasa"]
    account = {"WECHAT_APP_ID": "wx2c2769f8efd9abc2"}
    assert list(procfile.needed({}, text)) == usual
    assert list(procfile.needed(account, text)) == ["web", "wechat-callback", "wechat", *usual[1:]]
    assert list(procfile.needed({"JIESU_RASA_URL": "http://rasa.invalid:5005"}, text)) == usual[:-1]


def test_nothing_of_ours_but_the_doors_could_listen_to_the_world() -> None:
    ours = procfile.read((places.ROOT / "Procfile").read_text())
    assert "--bind 127.0.0.1:" in ours["web"]
    assert "--bind 127.0.0.1:" in ours["wechat-callback"]
    assert "SANIC_HOST=127.0.0.1" in ours["actions"]


def test_the_web_server_and_the_settings_agree_on_what_is_usual(tmp_path: Path) -> None:
    web = procfile.read((places.ROOT / "Procfile").read_text())["web"]
    told = our.load({"JIESU_DATA_DIR": str(tmp_path)})
    usual = {"THREADS": told.threads, "WORKERS": told.workers, "CLASS": told.worker_class}
    for name, value in usual.items():
        assert f"${{JIESU_WEB_{name}:-{value}}}" in web
    most = re.search(r"--worker-connections (\d+)", web)
    assert most is not None
    assert int(most[1]) > our.MOST_STREAMS
