"""Where things are in a checkout, and the addresses that settings may move."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tools.say import Failure

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
LOGS = TOOLS / "log"
VENV = ROOT / ".venv"
VENV_RASA = ROOT / ".venv-rasa"
ASSETS = ROOT / "static" / "vendor"
MODEL = ROOT / "models" / "jiesu.tar.gz"
TWILIO_SPEC = TOOLS / "specs" / "twilio_api_v2010.json"
LEARNED = ROOT / "models" / "learned.json"

PYTHON = VENV / "bin" / "python"
RASA_PYTHON = VENV_RASA / "bin" / "python"

LOCAL = ("127.0.0.1", "localhost", "::1")


def data_dir(env: Mapping[str, str] = os.environ) -> Path:
    """The folder for everything this installation keeps."""
    return (ROOT / env.get("JIESU_DATA_DIR", "var")).resolve()


def web_port(env: Mapping[str, str] = os.environ) -> int:
    return _number(env, "JIESU_PORT", 8000)


def actions_port(env: Mapping[str, str] = os.environ) -> int:
    return _number(env, "JIESU_ACTIONS_PORT", 5055)


def wechat_port(env: Mapping[str, str] = os.environ) -> int:
    """Where WeChat's callback listens, a process of its own."""
    return _number(env, "JIESU_WECHAT_PORT", 8001)


def wechat_is_set(env: Mapping[str, str] = os.environ) -> bool:
    """False while no account is set, of either kind: then nothing of WeChat's is started."""
    return bool(env.get("WECHAT_APP_ID") or env.get("WECOM_CORP_ID"))


def rasa_url(env: Mapping[str, str] = os.environ) -> str:
    return (env.get("JIESU_RASA_URL") or "http://127.0.0.1:5005").rstrip("/")


def rasa_port(env: Mapping[str, str] = os.environ) -> int:
    try:
        return urlsplit(rasa_url(env)).port or 5005
    except ValueError:
        raise Failure("JIESU_RASA_URL must look like http://127.0.0.1:5005") from None


def rasa_is_ours(env: Mapping[str, str] = os.environ) -> bool:
    """False when the setting names a Rasa on another machine: then none is started here."""
    return urlsplit(rasa_url(env)).hostname in LOCAL


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    raw = env.get(name) or str(default)
    if not (raw.isascii() and raw.isdigit() and 0 < int(raw) < 65536):
        raise Failure(f"{name} must be a whole number from 1 to 65535, not {raw!r}.")
    return int(raw)
