"""The crowd of `./jiesu bench desk`, a process of its own: browsers of customers and agents, all at once.

Reads a task as JSON from stdin, says "open" and the number of open streams as soon as all of them are, waits
for a line on stdin, plays for `seconds`, and answers with one line of JSON. Every sentence carries a mark of
its own; it is delivered when the mark (to a customer), or the news that this complaint's customer spoke (to
an agent), comes in through the reader's stream. Times are in ms, from the moment before it is sent.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import re
import resource
import sys
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp

MARK = re.compile(r"mark-(\d+)-end")
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
OPENING_AT_ONCE = 100
BEAT = 15.0
SETTLE = 8.0
"""Seconds after all came in within one moment, which they do not in life: each looks at a page first."""
TAIL = 30.0
"""Seconds in which what was sent last may still arrive; after that it is lost."""
RECONNECT = 2.0
WATCHED = 0.05
POST_WITHIN = aiohttp.ClientTimeout(total=30)
NEVER = aiohttp.ClientTimeout(total=None)


@dataclass(frozen=True)
class Task:
    """Chats: cookie and complaint number of each. Agents: login and password. The first chats are shared out
    among the agents, `held` for each; `pause` is the mean time between two lines of one agent, and `idle`
    between two messages of all chats in which the assistant answers, in seconds."""

    url: str
    cursor: int
    chats: list[list[str]]
    agents: list[list[str]]
    held: int
    pause: float
    idle: float
    seconds: float
    seed: int = 5


@dataclass
class Seen:
    """What came of it."""

    to_customer: list[float] = field(default_factory=list)
    to_agent: list[float] = field(default_factory=list)
    from_assistant: list[float] = field(default_factory=list)
    posts: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    sent: int = 0
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    reconnects: int = 0
    faults: list[str] = field(default_factory=list)


class Crowd:
    """All browsers, and the sentences that are under way."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.seen = Seen()
        self.open = 0
        self.over = False
        self.chance = random.Random(task.seed)
        self.waited: dict[int, tuple[float, list[float]]] = {}
        self.arrived: Counter[int] = Counter()
        self.spoken: dict[str, float] = {}
        self.marks = 0

    def mark(self, into: list[float]) -> tuple[int, str]:
        """A sentence that nobody sent before, expected by its reader."""
        self.marks += 1
        self.seen.sent += 1
        self.waited[self.marks] = (time.perf_counter(), into)
        return self.marks, f"mark-{self.marks}-end"

    def fault(self, what: str) -> None:
        """What went wrong, unless it is only that the play is over."""
        if not self.over:
            self.seen.faults.append(what)

    def came(self, mark: int) -> None:
        self.arrived[mark] += 1
        if mark not in self.waited:
            self.seen.doubled += self.arrived[mark] > 1
            return
        began, into = self.waited.pop(mark)
        into.append((time.perf_counter() - began) * 1000)

    def heard(self, number: str) -> None:
        """An agent's stream says that this complaint's customer spoke."""
        began = self.spoken.pop(number, None)
        if began is not None:
            self.seen.to_agent.append((time.perf_counter() - began) * 1000)


class Browser:
    """Somebody's browser: one session, one stream that reconnects by cursor."""

    def __init__(self, crowd: Crowd, http: aiohttp.ClientSession, headers: dict[str, str]) -> None:
        self.crowd = crowd
        self.http = http
        self.headers = headers
        self.cursor = crowd.task.cursor
        self.jar: dict[str, str] = {}

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, str]:
        """One request, timed; the status and the text."""
        began = time.perf_counter()
        headers = {**self.headers, **more.pop("headers", {}), "Cookie": self.cookie()}
        options: dict[str, Any] = {"headers": headers, "timeout": POST_WITHIN, "allow_redirects": False}
        try:
            async with self.http.request(method, self.crowd.task.url + path, **options, **more) as answer:
                text = await answer.text()
                self.jar |= {name: cookie.value for name, cookie in answer.cookies.items()}
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            self.crowd.fault(f"{method} {path.split('?')[0]} {type(problem).__name__}")
            return 0, ""
        into = self.crowd.seen.posts if method == "POST" else self.crowd.seen.pages
        into.append((time.perf_counter() - began) * 1000)
        if answer.status >= 400:
            self.crowd.fault(f"{method} {path.split('?')[0]} {answer.status}")
        return answer.status, text

    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.jar.items())

    async def follow(self, path: str, hear: Callable[[str, str], Awaitable[None]]) -> None:
        """Read the stream until the play is over; come back by cursor when it ends."""
        first = True
        while not self.crowd.over:
            self.crowd.seen.reconnects += not first
            try:
                async for name, data in self._events(f"{path}?after={self.cursor}"):
                    if first:
                        first, self.crowd.open = False, self.crowd.open + 1
                    await hear(name, data)
            except (aiohttp.ClientError, TimeoutError, OSError) as problem:
                self.crowd.fault(f"stream {type(problem).__name__}")
            if not self.crowd.over:
                await asyncio.sleep(RECONNECT)

    async def _events(self, path: str) -> AsyncIterator[tuple[str, str]]:
        headers = {**self.headers, "Cookie": self.cookie(), "Accept": "text/event-stream"}
        async with self.http.get(self.crowd.task.url + path, headers=headers, timeout=NEVER) as answer:
            if answer.status != 200:
                self.crowd.fault(f"stream {answer.status}")
                return
            fields: dict[str, str] = {}
            async for raw in answer.content:
                row = raw.decode().rstrip("\n")
                if row:
                    name, _, value = row.partition(": ")
                    fields[name] = value
                    continue
                if "id" in fields:
                    self._moved(int(fields["id"]))
                yield fields.get("event", ""), fields.get("data", "")
                fields = {}

    def _moved(self, cursor: int) -> None:
        self.crowd.seen.disordered += cursor < self.cursor
        self.cursor = cursor


class Customer(Browser):
    def __init__(self, crowd: Crowd, http: aiohttp.ClientSession, cookie: str, number: str) -> None:
        super().__init__(crowd, http, {})
        self.jar["jiesu_chat"] = cookie
        self.number = number
        self.last = 0

    async def listen(self) -> None:
        await self.follow("/chat/events", self._hear)

    async def _hear(self, name: str, data: str) -> None:
        if name != "news":
            return
        for found in MARK.findall(data):
            self.crowd.came(int(found))

    async def write(self, later: float) -> None:
        """A message, so many seconds later, that an agent's stream tells of."""
        await asyncio.sleep(later)
        if self.crowd.over or self.number in self.crowd.spoken:
            return
        self.crowd.seen.sent += 1
        self.crowd.spoken[self.number] = time.perf_counter()
        body = {"text": f"mark {self.number}", "id": uuid.uuid4().hex}
        await self.ask("POST", "/chat/messages", json=body)

    async def tell(self) -> None:
        """A message to the assistant, awaited on the customer's own page."""
        _, words = self.crowd.mark(self.crowd.seen.from_assistant)
        await self.ask("POST", "/chat/messages", json={"text": words, "id": uuid.uuid4().hex})


class Agent(Browser):
    """At the desk: a complaint page that is asked for again when something happens there, as desk.js does."""

    def __init__(
        self, crowd: Crowd, http: aiohttp.ClientSession, which: int, who: list[str], mine: list[Customer]
    ) -> None:
        super().__init__(crowd, http, {"X-Forwarded-For": f"10.0.{which // 250}.{which % 250 + 1}"})
        self.login, self.password = who
        self.mine = mine
        self.token = ""
        self.shown = mine[0].number if mine else ""
        self.refreshing = False

    async def arrive(self) -> None:
        """Log in, take over one's chats."""
        await self._page("/desk/login")
        await self._send("/desk/login", login=self.login, password=self.password)
        for chat in self.mine:
            await self._page(f"/desk/complaints/{chat.number}")
            await self._send(f"/desk/complaints/{chat.number}/take")

    async def listen(self) -> None:
        await self.follow("/desk/stream", self._hear)

    async def _hear(self, name: str, data: str) -> None:
        if name != "change":
            return
        change = json.loads(data)
        for number in change["heard"]:
            if any(chat.number == number for chat in self.mine):
                self.crowd.heard(number)
        if self.shown in change["numbers"] and not self.refreshing:
            self.refreshing = True
            asyncio.get_running_loop().create_task(self._refresh())

    async def _refresh(self) -> None:
        try:
            await self._page(f"/desk/complaints/{self.shown}", {"X-Desk": "background"})
        finally:
            self.refreshing = False

    async def work(self) -> None:
        """A line to one of one's customers, who answers some time later, over and over."""
        chance, pause = self.crowd.chance, self.crowd.task.pause
        await asyncio.sleep(chance.uniform(0, pause))
        while not self.crowd.over and self.mine:
            chat = chance.choice(self.mine)
            self.shown = chat.number
            await self.say(chat)
            asyncio.get_running_loop().create_task(chat.write(chance.uniform(0, pause)))
            await asyncio.sleep(chance.uniform(0.5, 1.5) * pause)

    async def say(self, chat: Customer) -> None:
        _, words = self.crowd.mark(self.crowd.seen.to_customer)
        await self._send(f"/desk/complaints/{chat.number}/say", words=words, key=uuid.uuid4().hex)

    async def stay(self) -> None:
        """One is here: presence, renewed as desk.js does. People come at different moments."""
        await asyncio.sleep(self.crowd.chance.uniform(0, BEAT))
        while not self.crowd.over:
            await self._send("/desk/beat", used="1")
            await asyncio.sleep(BEAT)

    async def _page(self, path: str, headers: dict[str, str] | None = None) -> None:
        _, text = await self.ask("GET", path, headers=headers or {})
        found = TOKEN.search(text)
        if found:
            self.token = found[1]

    async def _send(self, path: str, **fields: str) -> None:
        await self.ask("POST", path, data={"csrf_token": self.token, **fields})


async def play(task: Task) -> Seen:
    crowd = Crowd(task)
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
        customers = [Customer(crowd, http, *chat) for chat in task.chats]
        hands = [customers[n * task.held : (n + 1) * task.held] for n in range(len(task.agents))]
        agents = [Agent(crowd, http, n, who, hands[n]) for n, who in enumerate(task.agents)]
        for agent in agents:
            await agent.arrive()
        running = await _listening(crowd, [*customers, *agents])
        gc.collect()
        gc.freeze()  # what stands now stays; looking through it again would be felt as a pause of the server
        await asyncio.sleep(SETTLE)
        print(f"open {crowd.open}", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        crowd.seen.posts.clear()
        crowd.seen.pages.clear()
        running += [asyncio.create_task(coro) for agent in agents for coro in (agent.work(), agent.stay())]
        running.append(asyncio.create_task(_watch(crowd)))
        running.append(asyncio.create_task(_chatter(crowd, customers[len(agents) * task.held :])))
        await asyncio.sleep(task.seconds)
        await _end(crowd, running)
    return crowd.seen


async def _listening(crowd: Crowd, browsers: list[Any]) -> list[asyncio.Task[None]]:
    """Every stream, opened some at a time; returns when all are open, or none has opened for a while."""
    running: list[asyncio.Task[None]] = []
    for first in range(0, len(browsers), OPENING_AT_ONCE):
        running += [asyncio.create_task(one.listen()) for one in browsers[first : first + OPENING_AT_ONCE]]
        before, since = crowd.open, time.monotonic()
        while crowd.open < len(running) and time.monotonic() - since < 10:
            await asyncio.sleep(0.02)
            if crowd.open > before:
                before, since = crowd.open, time.monotonic()
    return running


async def _chatter(crowd: Crowd, customers: list[Customer]) -> None:
    """Here and there somebody tells the assistant something."""
    while not crowd.over and customers:
        await asyncio.sleep(crowd.chance.uniform(0.5, 1.5) * crowd.task.idle)
        asyncio.get_running_loop().create_task(crowd.chance.choice(customers).tell())


async def _watch(crowd: Crowd) -> None:
    """How late the crowd itself is: so much of what it measures is its own."""
    while not crowd.over:
        began = time.perf_counter()
        await asyncio.sleep(WATCHED)
        crowd.seen.late.append((time.perf_counter() - began - WATCHED) * 1000)


async def _end(crowd: Crowd, running: list[asyncio.Task[None]]) -> None:
    crowd.over, until = True, time.monotonic() + TAIL
    await asyncio.sleep(1)
    while (crowd.waited or crowd.spoken) and time.monotonic() < until:
        await asyncio.sleep(0.1)
    crowd.seen.lost = len(crowd.waited) + len(crowd.spoken)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def main() -> int:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    task = Task(**json.loads(sys.stdin.readline()))
    print(json.dumps(asdict(asyncio.run(play(task)))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
