"""`./jiesu doctor`, inside `.venv`: what is wrong with this installation, in plain words, and what to do."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import holidays
from sqlalchemy.exc import SQLAlchemyError

import settings as setting
import wiring
from ivr.rest import Rest
from office import sweep
from reception import content
from reception.telephone import Unreachable
from store import deliveries, heartbeats
from store.db import Database, Unfit
from tools import browser, envs, judgements, places, ports, stamp, supervise, trail, training, wechat_check
from tools.finding import Finding, Findings, ok, warn, wrong
from tools.say import Failure, line

OFFICE_MAY_REST = timedelta(minutes=2)
"""The office beats far more often; a longer silence means that nobody chases promises."""

SWEEP_MAY_REST = timedelta(minutes=15)
"""Three sweeps; a longer silence means that Twilio could not be asked."""
TOKEN_SECONDS = 300
ACTIVE = "active"


def machine() -> Findings:
    """What was installed, and whether it is what the lock files name."""
    lock = stamp.file_digest(places.ROOT / "uv.lock")
    for venv, groups, name in (
        (places.VENV, {"app"}, "Python packages of the application"),
        (places.VENV_RASA, {"rasa"}, "Python packages of Rasa (Python 3.10)"),
    ):
        missing = envs.missing_groups(venv, groups, lock)
        yield wrong(f"{name}: not as uv.lock says", "./jiesu run") if missing else ok(name)
    chromium = browser.find()
    yield (
        ok("Chromium, for the browser tests")
        if chromium
        else warn("no Chromium (tests only)", "./jiesu test")
    )


def model() -> Findings:
    """Is the assistant trained, from the inputs of now, and the file unchanged since?"""
    problem = training.problem()
    if problem:
        yield wrong(f"assistant: {problem}; Rasa is not started", "delete models/ and run ./jiesu run")
    elif training.needed():
        yield warn("assistant: its inputs changed since it was trained", "./jiesu run (it trains first)")
    else:
        yield ok("assistant: trained, and its SHA-256 is right")
    if not places.LEARNED.exists():
        yield wrong(
            "understanding: by cue lists alone, nothing is learned yet", "./jiesu run (it learns first)"
        )
    elif judgements.needed():
        yield warn("understanding: sentences or cue lists changed since it learned", "./jiesu run")
    else:
        yield ok("understanding: learned from the sentences of now")


def listening() -> Findings:
    """The ports: ours when running, else free."""
    env = dict(os.environ)
    if supervise.running(supervise.folders(places.data_dir(env))):
        yield ok("running now")
        return
    yield ok("not running now")
    for port in ports.wanted(env):
        if not ports.free(port.number):
            yield wrong(f"port {port.number} ({port.user}) is used by another program", port.remedy)


def secrets(our: setting.Settings) -> Findings:
    """Who else on this machine can read what must stay secret?"""
    for path in (our.data_dir, our.data_dir / "secret_key", our.data_dir / "simulator_token"):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield wrong(f"{path} can be read by others on this machine", f"chmod go= '{path}'")
    problem = setting.weakness(our.secret_key)
    yield wrong(f"the secret key {problem}", "set JIESU_SECRET_KEY") if problem else ok("secret key")


def address(our: setting.Settings) -> Findings:
    """The address that customers and Twilio see."""
    url = urlsplit(our.public_url)
    if url.scheme == "https":
        yield ok(f"public address {our.public_url}")
        if not our.proxies:
            yield warn(
                "JIESU_PROXIES is 0, but https needs a proxy before us: all customers look like one address",
                "set JIESU_PROXIES=1 (the number of proxies that you run yourself)",
            )
    elif url.hostname in places.LOCAL:
        yield warn(
            f"public address {our.public_url}: reachable from this machine only",
            "for customers and Twilio, put a TLS proxy before it and set JIESU_PUBLIC_URL=https://...",
        )
    else:
        yield wrong(
            f"public address {our.public_url}: customers' words would travel unencrypted",
            "put a TLS proxy before it and set JIESU_PUBLIC_URL=https://...",
        )


def phone(our: setting.Settings) -> Findings:
    """Twilio's credentials, and what each missing one takes away."""
    if not our.twilio.auth_token:
        to_do = "set TWILIO_AUTH_TOKEN, and Twilio's voice URL to JIESU_PUBLIC_URL/voice/incoming"
        yield warn("phone door: simulator only", to_do)
        return
    yield ok("phone door: open for signed calls")
    if not our.secure:
        yield wrong("Twilio cannot reach this address safely", "set JIESU_PUBLIC_URL=https://...")
    telephone = wiring.telephone(our)
    if telephone is None:
        yield warn(
            "TWILIO_ACCOUNT_SID is not set: no hold, no recordings fetched, no missed calls found",
            "copy it from Twilio's console",
        )
        return
    yield from _account(telephone)
    yield from _second_address(telephone, our.public_url)
    if telephone.token("doctor", TOKEN_SECONDS):
        yield ok("Twilio API key: makes tokens for phones in the browser")
    else:
        yield warn("no Twilio API key: nobody's browser can be a phone", "set TWILIO_API_KEY and _SECRET")


def _account(telephone: Rest) -> Findings:
    try:
        standing = telephone.self_test()
    except Unreachable as refused:
        if refused.again:
            yield warn(f"Twilio could not be asked: {refused}", "run this again; then check the network")
        else:
            to_do = "compare TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN with Twilio's console"
            yield wrong(f"Twilio refuses the credentials: {refused}", to_do)
        return
    if standing == ACTIVE:
        yield ok("Twilio account: active, credentials accepted")
    else:
        yield wrong(f"Twilio account: {standing}", "see Twilio's console")


def _second_address(telephone: Rest, url: str) -> Findings:
    """Callers must hear something while all of us is down."""
    try:
        known = telephone.handlers(url)
    except Unreachable as refused:
        yield warn(f"Twilio's numbers could not be read: {refused}", "run this again")
        return
    bare = known.count(False)
    if bare:
        to_do = './jiesu fallback makes the document; name its address at "Primary handler fails"'
        yield wrong(f"{bare} numbers or SIP domains have no fallback for when we are down", to_do)
    elif known:
        yield ok(f"{len(known)} numbers or SIP domains ring here, each with a fallback")
    else:
        to_do = f"set the voice URL to {url}/voice/incoming; a BYOC trunk is not looked at here"
        yield warn("no number and no SIP domain of this account rings here", to_do)


def database(our: setting.Settings) -> Findings:
    """Does it keep what it is given, and does anything in it wait too long?"""
    if not (our.data_dir / "jiesu.db").exists() and our.database_url.endswith(f"{our.data_dir}/jiesu.db"):
        yield warn("no database yet", "./jiesu run makes it")
        return
    base = Database(our.database_url)
    try:
        base.check()
        yield ok("database: durable (WAL, synchronous=FULL) and sound")
        yield from _waiting(base, our)
        yield from trail.examine(base, our.audit_heads)
    except Unfit as unfit:
        yield wrong(f"database: {unfit}", "see docs/running.md")
    except SQLAlchemyError as error:
        yield wrong(f"database: {type(error).__name__}: its tables are not of this version", "./jiesu run")
    finally:
        base.close()


def _waiting(base: Database, our: setting.Settings) -> Findings:
    with base.reading() as connection:
        places_to_tell = deliveries.active(connection)
        backlog = deliveries.backlog(connection)
        beat = heartbeats.last(connection, "office")
        swept = heartbeats.last(connection, sweep.NAME)
        running = bool(supervise.running(supervise.folders(our.data_dir)))
        answered = our.wechat.on or our.kf.on
        wechat = list(wechat_check.worker(connection, datetime.now(UTC), running)) if answered else []
    if not places_to_tell and not our.webhook_url:
        yield warn("nobody is told of complaints: no webhook", "set JIESU_WEBHOOK_URL to your back office")
    if backlog.dead:
        yield wrong(f"{backlog.dead} deliveries failed for good", "see the dead letters on the desk")
    if backlog.waiting:
        yield ok(f"{backlog.waiting} deliveries to the back office are waiting")
    yield from wechat
    if running and _silent(beat, OFFICE_MAY_REST):
        yield wrong("the office does not work: nobody chases promises", f"see {our.data_dir}/log/office.log")
    if our.twilio.account_sid and our.twilio.auth_token:
        yield _swept(swept, running)


def _swept(last: datetime | None, running: bool) -> Finding:
    """When Twilio's list of calls was last compared with ours."""
    told = f"{last:%Y-%m-%d %H:%M} UTC" if last else "never"
    what = f"calls that never reached us were last looked for: {told}"
    late = running and _silent(last, SWEEP_MAY_REST)
    return warn(what, "see the lines of the sweep in the office's log") if late else ok(what)


def _silent(beat: datetime | None, rest: timedelta) -> bool:
    if beat is None:
        return True
    known = beat if beat.tzinfo else beat.replace(tzinfo=UTC)
    return datetime.now(UTC) - known > rest


def words(today: date) -> Findings:
    """content/ as the doors will read it."""
    try:
        content.load(places.ROOT / "content", today=today)
    except content.ContentError as error:
        yield wrong(f"content/: {error}", "correct the file; `./jiesu test tests/content` explains")
        return
    yield ok("content/: every word and number is readable")


def calendar(today: date) -> Findings:
    """Deadlines in working time need this year's and next year's holidays and make-up workdays."""
    for year in (today.year, today.year + 1):
        known = holidays.country_holidays("CN", years=[year])
        if any(day.year == year for day in known.weekend_workdays):
            yield ok(f"holidays and make-up working days of {year}")
        elif year == today.year or today.month == 12:
            yield warn(
                f"the make-up working days of {year} are not known: deadlines may be a day off",
                "update the Python package holidays (the State Council announces them in autumn)",
            )


def examine(checks: Iterable[Callable[[], Findings]]) -> list[Finding]:
    return [finding for check in checks for finding in check()]


def everything() -> list[Finding]:
    """All findings. With settings that cannot be used, what does not depend on them."""
    today = datetime.now(UTC).astimezone().date()
    checks: list[Callable[[], Findings]] = [machine, model, lambda: words(today), lambda: calendar(today)]
    try:
        our = setting.load()
    except setting.Wrong as problems:
        told = [wrong(f"setting {problem}", "see docs/running.md") for problem in problems.problems]
        return told + examine(checks)
    checks += [
        listening,
        *(
            lambda c=c: c(our)
            for c in (secrets, address, phone, wechat_check.examine, wechat_check.examine_kf, database)
        ),
    ]
    return [ok("settings"), *examine(checks)]


def main() -> int:
    """Exit code 1 when something is wrong; a warning is none."""
    try:
        findings = everything()
    except Failure as failure:
        line(f"wrong  {failure}")
        return 1
    for finding in findings:
        line(str(finding))
    count = {level: sum(finding.level == level for finding in findings) for level in ("wrong", "warn")}
    line(f"\n{count['wrong']} wrong, {count['warn']} to think about.")
    return int(count["wrong"] > 0)


if __name__ == "__main__":
    sys.exit(main())
