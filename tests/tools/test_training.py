from pathlib import Path
from types import SimpleNamespace

import pytest

from tools import places, serve_rasa, stamp, train, training


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "config.yml": "",
        "domain.yml": "",
        "uv.lock": "",
        "data/nlu/a.yml": "你好",
        "content/replies.yml": "",
        "content/emotions.yml": "",
        "content/hours.yml": "",
        "bot/__init__.py": "",
        "bot/mood.py": "from core.emotion import mood\nWORDS = 'emotions.yml'\n",
        "core/__init__.py": "",
        "core/emotion.py": "from core import text\n",
        "core/text.py": "",
        "core/promises.py": "",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.setattr(places, "ROOT", tmp_path)
    monkeypatch.setattr(places, "MODEL", tmp_path / "models" / "jiesu.tar.gz")
    return tmp_path


def trained(root: Path) -> None:
    places.MODEL.parent.mkdir()
    places.MODEL.write_bytes(b"a model")
    training.seal(stamp.digest(training.inputs(root), root))


def test_inputs_are_what_the_model_is_made_of(root: Path) -> None:
    names = {file.relative_to(root).as_posix() for file in training.inputs(root)}
    assert {"core/emotion.py", "core/text.py", "content/emotions.yml", "data/nlu/a.yml"} <= names
    assert not names & {"core/promises.py", "content/hours.yml"}


def test_a_model_is_trained_once_and_again_when_an_input_changed(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "inputs_digest", lambda: stamp.digest(training.inputs(root), root))
    assert training.needed()
    trained(root)
    assert not training.needed()
    (root / "core" / "promises.py").write_text("# not in the model")
    assert not training.needed()
    (root / "core" / "text.py").write_text("# in the model")
    assert training.needed()


def test_one_changed_byte_and_the_model_is_refused(root: Path) -> None:
    assert training.problem() == "the assistant is not trained yet"
    trained(root)
    assert training.problem() is None
    places.MODEL.write_bytes(b"a mOdel")
    assert "was changed after training" in (training.problem() or "")


def test_a_model_without_its_sum_is_refused(root: Path) -> None:
    trained(root)
    places.MODEL.with_name("jiesu.tar.gz.sha256").unlink()
    assert "missing" in (training.problem() or "")


def test_rasa_writes_no_customer_words_to_its_log() -> None:
    env = training.environment({"LOG_LEVEL": "DEBUG", "PATH": "/bin"})
    assert env["LOG_LEVEL"] == "WARNING"
    assert env["RASA_TELEMETRY_ENABLED"] == "false"
    assert env["PATH"] == "/bin"


def test_rasa_and_its_training_are_told_no_secret() -> None:
    secrets = ("TWILIO_AUTH_TOKEN", "JIESU_SECRET_KEY", "JIESU_WEBHOOK_SECRET", "JIESU_SIMULATOR_TOKEN")
    needed = {"HOME": "/h", "LC_ALL": "C.UTF-8", "JIESU_RASA_URL": "http://127.0.0.1:7", "TF_NUM": "1"}
    env = training.environment({**dict.fromkeys((*secrets, "AWS_SECRET_ACCESS_KEY"), "planted"), **needed})
    assert "planted" not in env.values()
    assert needed.items() <= env.items()


@pytest.mark.parametrize("start", ["serve", "train"])
def test_both_processes_start_with_that_environment_only(start: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "planted")
    started: list[dict[str, str]] = []
    monkeypatch.setattr(training, "problem", lambda: None)
    monkeypatch.setattr(training, "needed", lambda: True)
    monkeypatch.setattr("os.execve", lambda *given: started.append(given[2]))

    def run(*_: object, env: dict[str, str], **__: object) -> SimpleNamespace:
        started.append(env)
        return SimpleNamespace(returncode=1)

    monkeypatch.setattr("subprocess.run", run)
    (serve_rasa if start == "serve" else train).main()
    assert started
    assert "planted" not in started[0].values()
