"""`./jiesu pictures [FOLDER]`: a picture of every page, in light, in dark and as wide as a phone. With
`--readme` also the three in docs/images/ that README shows.

A server of its own runs for it, on a free loopback port, with the sample day (demo/day.yml) in a data folder
that is thrown away. Pages that cannot be opened, that report an error, or that are wider than the window are
named at the end, and the command ends with 1.
"""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

import settings as setting
import wiring
from app import assemble
from core.due import ZONE
from simulator import Line
from store import complaints
from tools import browser, places, private, sample_day, stack
from tools.say import Failure, line, step

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

FOLDER = places.ROOT / "pictures"
IMAGES = places.ROOT / "docs" / "images"
README = {"queue": "queue-supervisor", "complaint": "complaint-talking", "report": "reports"}
"""Name in docs/images/ -> the page it shows: as much of it as a window does, in few colours."""
COLOURS = 128
TOKEN = "a-token-of-this-sample-day-alone"
WINDOW = (1366, 768)
SIZES = {
    "light": {"viewport": {"width": WINDOW[0], "height": WINDOW[1]}, "color_scheme": "light"},
    "dark": {"viewport": {"width": WINDOW[0], "height": WINDOW[1]}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "has_touch": True},
}
"""Each page in these three."""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SETTLES_MS = 700
"""What comes in live, and the drawing of charts, has happened by then."""


CUSTOMER = ""
THREADS = {"JIESU_WEB_THREADS": "256"}
"""More than tools/pictures_app.py lets streams be open."""


@dataclass(frozen=True)
class Shot:
    """One page: under which name, at which address ({sofa} stands for the number of that case), and who
    looks at it. `says`: a customer, once the chat of the sample day was typed into the page; then it is as
    much as the window shows, since a chat stands at its end."""

    name: str
    address: str
    who: str
    says: bool = False


SHOTS = (
    Shot("chat-before", "/", CUSTOMER),
    Shot("chat-talking", "/", CUSTOMER, says=True),
    Shot("login", "/desk/login", CUSTOMER),
    Shot("queue", "/desk/", "limin"),
    Shot("queue-supervisor", "/desk/", "wangfang"),
    Shot("complaint-talking", "/desk/complaints/{quilt}", "limin"),
    Shot("complaint-done", "/desk/complaints/{sofa}", "wangfang"),
    Shot("complaint-danger", "/desk/complaints/{gas}", "limin"),
    Shot("complaint-phone", "/desk/complaints/{sorter}", "limin"),
    Shot("complaint-masked", "/desk/complaints/{sofa}", "qianjing"),
    Shot("steps-conferring", "/desk/complaints/{sorter}/steps", "limin"),
    Shot("steps-feeding-back", "/desk/complaints/{sofa}/steps", "wangfang"),
    Shot("steps-memo", "/desk/complaints/{lamp}/steps", "zhouer"),
    Shot("complaints", "/desk/complaints", "wangfang"),
    Shot("new", "/desk/new", "limin"),
    Shot("memos", "/desk/memos", "hejun"),
    Shot("memo", "/desk/memos/5", "tangqing"),
    Shot("follow-ups", "/desk/follow-ups", "qiaoyun"),
    Shot("reports", "/desk/reports", "wangfang"),
    Shot("report-list", "/desk/reports/list?what=promises&first=2026-02-23&last=2026-03-04", "wangfang"),
    Shot("week", "/desk/reports/week/2026-W09", "wangfang"),
    Shot("wechat", "/desk/wechat", "wangfang"),
    Shot("people", "/desk/people", "zhaoguan"),
    Shot("person", "/desk/people/2", "zhaoguan"),
    Shot("audit", "/desk/audit", "qianjing"),
    Shot("phone", "/desk/phone", "limin"),
    Shot("password", "/desk/password", "limin"),
    Shot("keys", "/desk/keys", "limin"),
    Shot("unknown", "/desk/complaints/1234567890", "limin"),
)


def main(arguments: Sequence[str] = ()) -> int:
    asked = ArgumentParser("./jiesu pictures", description="A picture of every page, in real Chromium.")
    asked.add_argument("folder", type=Path, nargs="?", default=FOLDER, help="where to put them (%(default)s)")
    asked.add_argument("--readme", action="store_true", help="put those of README.md into docs/images too")
    given = asked.parse_args(list(arguments))
    folder: Path = given.folder
    try:
        faults = take(folder)
    except Failure as failure:
        line(f"\njiesu: {failure}")
        return 1
    if given.readme:
        for name, page in README.items():
            for_readme(folder / f"{page}-light.png", IMAGES / f"{name}.png")
    for fault in faults:
        line(f"wrong  {fault}")
    line(f"\n{len(SHOTS) * len(SIZES)} pictures in {folder}")
    return 1 if faults else 0


def for_readme(picture: Path, to: Path) -> None:
    """The part of the page that a window shows, as a small file."""
    whole = Image.open(picture)
    seen = whole.crop((0, 0, *WINDOW))
    seen.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(to, "PNG", optimize=True)


def take(folder: Path, shots: Sequence[Shot] = SHOTS) -> list[str]:
    """Every picture into the folder; returns what was wrong with pages."""
    from playwright.sync_api import sync_playwright

    chromium = browser.find()
    if chromium is None:
        raise Failure("Pictures need Chromium, and none was found.", browser.ADVICE)
    folder.mkdir(parents=True, exist_ok=True)
    with sample_server() as (url, numbers), sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(chromium), args=ARGUMENTS)
        album = Album(started, url, numbers, folder)
        for size in SIZES:
            with step(f"Pictures, {size}"):
                album.take(size, shots)
        started.close()
        return album.faults


@contextmanager
def sample_server() -> Iterator[tuple[str, dict[str, str]]]:
    """A server at the sample day's last moment: its address, and the number of each case."""
    more = {"TWILIO_AUTH_TOKEN": TOKEN, **THREADS}
    with private.processes(lambda lines: {"web": served(lines["web"])}, more) as (env, processes):
        with step("Playing the sample day"):
            numbers = play(env)
        stack.await_doors(processes, env)
        yield f"http://127.0.0.1:{env['JIESU_PORT']}", numbers


def served(command: str) -> str:
    """The web line of the Procfile, with the clock of the sample day."""
    return command.replace("app:create_app()", "tools.pictures_app:create_app()")


def play(env: Mapping[str, str]) -> dict[str, str]:
    """Fill the stack's database; the number of each case, by name."""
    our = setting.load(env)
    script = sample_day.read()
    clock = sample_day.Clock(sample_day.moment(script))
    house = wiring.house(our, clock)
    app = assemble(our, house)
    day = sample_day.Day(house, app, clock, Line.over_wsgi(app, our.public_url, TOKEN), script)
    day.play()
    with house.db.reading() as conn:
        numbers = {case: str(complaints.get(conn, id).number) for case, id in day.complaints.items()}
    house.db.close()
    return numbers


@dataclass
class Album:
    """Takes the pictures. `faults`: pages that were not as they should be."""

    browser: Browser
    url: str
    numbers: Mapping[str, str]
    folder: Path
    faults: list[str] = field(default_factory=list)

    def take(self, size: str, shots: Sequence[Shot]) -> None:
        """Each person looks at their pages in a browser of their own."""
        for who in dict.fromkeys(shot.who for shot in shots):
            context = self._context(size)
            if who:
                self._log_in(context, who)
            for shot in shots:
                if shot.who == who:
                    self._shoot(context, shot, size)
            context.close()

    def _context(self, size: str) -> BrowserContext:
        options: dict[str, Any] = {"locale": "zh-CN", "timezone_id": str(ZONE), "reduced_motion": "reduce"}
        context = self.browser.new_context(**options, **SIZES[size])  # type: ignore[arg-type]
        context.clock.set_fixed_time(sample_day.moment(sample_day.read()))
        context.set_default_timeout(15_000)
        return context

    def _log_in(self, context: BrowserContext, who: str) -> None:
        page = context.new_page()
        page.goto(f"{self.url}/desk/login")
        page.locator("#login").fill(who)
        page.locator("#password").fill(sample_day.read()["password"])
        page.locator("#password").press("Enter")
        page.wait_for_url(re.compile(r"/desk/(?!login)"))
        page.close()

    def _shoot(self, context: BrowserContext, shot: Shot, size: str) -> None:
        page, where = context.new_page(), f"{shot.name}, {size}"
        page.on("pageerror", lambda error: self.faults.append(f"{where}: {error}"))
        page.on("console", lambda told: self._heard(where, told))
        answer = page.goto(self.url + shot.address.format(**self.numbers), wait_until="load")
        if answer is None or (answer.status >= 400 and shot.name != "unknown"):
            self.faults.append(f"{where}: {answer.status if answer else 'no answer'}")
        if shot.says:
            self._talk(page)
        page.wait_for_timeout(SETTLES_MS)
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if over > 0:
            self.faults.append(f"{where}: {over} px wider than the window")
        page.screenshot(path=self.folder / f"{shot.name}-{size}.png", full_page=not shot.says)
        page.close()

    def _talk(self, page: Page) -> None:
        """What the sample day's customer types, each line once the one before is answered."""
        for n, words in enumerate(sample_day.read()["chat"], 1):
            page.locator("#text").fill(words)
            page.locator("#composer .send").click()
            page.locator("#log .line.assistant, #log .line.system").nth(n - 1).wait_for()

    def _heard(self, where: str, told: Any) -> None:
        if told.type == "error" and "status of 404" not in told.text:
            self.faults.append(f"{where}: {told.text}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
