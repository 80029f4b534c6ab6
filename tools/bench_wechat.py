"""`./jiesu bench wechat`: how fast WeChat's pushes are acknowledged by its own process while Rasa is dead.

Customers write in bursts of short lines, each line a push on a connection of its own, sealed as WeChat seals
it; one push in ten comes twice. The customers are processes that give way to the server (`nice`): in life
they are WeChat's servers. Meanwhile the worker answers the bursts.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import secrets
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from simulator.wechat import Account, Fake, over_http
from store import conversations, customers, messages
from store.db import Database
from tools import private, stack
from tools.demo import read_cases
from tools.say import Failure

if TYPE_CHECKING:
    from tools.bench import Table

CUSTOMERS, PROCESSES = 60, 2
BURSTS = 4
LINES = tuple(words for case in read_cases() for contact in case.contacts for words in contact.says)[:4]
BETWEEN_LINES = (0.3, 1.5)
BETWEEN_BURSTS = (4.0, 10.0)
TWICE_ONE_IN = 10
GIVE_WAY = 10
ACKNOWLEDGED, ACKNOWLEDGED_P99 = 200, 200.0
"""The status, and milliseconds."""
WARM_UP = 20
IDS = 1000
"""Between the message ids of two customers."""


@dataclass(frozen=True)
class Task:
    """What a process of customers is told. `quicker`: how many times as fast as people they write."""

    url: str
    account: Account
    customers: int
    first: int
    bursts: int
    quicker: float


@dataclass(frozen=True)
class Pushed:
    """One push: what it took until it was answered, in ms, and by which status; 0: not within 5 s."""

    openid: str
    again: bool
    took: float
    status: int


def measure(table: Table) -> None:
    """A stack of its own: callback, worker and WeChat's own side; no Rasa."""
    account = Account("wx" + secrets.token_hex(8), secrets.token_hex(16), secrets.token_urlsafe(20), _key())
    with Fake(account, over_http("http://127.0.0.1:1")) as wechat:
        more = {
            "WECHAT_APP_ID": account.app_id,
            "WECHAT_APP_SECRET": account.secret,
            "WECHAT_TOKEN": account.token,
            "WECHAT_AES_KEY": account.aes_key,
            "JIESU_WECHAT_API_URL": wechat.url,
        }
        with private.processes(_ours, more) as (env, _):
            url = f"http://127.0.0.1:{env['JIESU_WECHAT_PORT']}"
            _await(url)
            crowd([Task(f"{url}/wechat", account, WARM_UP, CUSTOMERS, 1, 100.0)])
            before, busy = os.getloadavg()[0], time.monotonic()
            each = CUSTOMERS // PROCESSES
            tasks = [
                Task(f"{url}/wechat", account, each, first, BURSTS, 1.0)
                for first in range(0, CUSTOMERS, each)
            ]
            pushed = crowd(tasks)
            spent = time.monotonic() - busy
            kept = told(f"sqlite:///{env['JIESU_DATA_DIR']}/jiesu.db", {one.openid for one in pushed})
    note(table, pushed, kept, spent, (before + os.getloadavg()[0]) / 2)


def note(table: Table, pushed: Sequence[Pushed], kept: int, seconds: float, load: float) -> None:
    """Rows of the table. Raises Failure when a push was not acknowledged, or not kept exactly once."""
    times = [one.took for one in pushed]
    wanted = sum(not one.again for one in pushed)
    lost = [f"{one.status} after {one.took:.0f} ms" for one in pushed if one.status != ACKNOWLEDGED]
    if lost or kept != wanted:
        why = f"{kept} of {wanted} were kept, {lost[:5]}"
        raise Failure(f"{len(lost)} of {len(pushed)} pushes were not acknowledged: {why}")
    table.note("WeChat, Rasa dead: pushes", len(times) / seconds, "a second")
    table.noted("WeChat, Rasa dead: acknowledged", times, ACKNOWLEDGED_P99)
    table.note("WeChat, Rasa dead: acknowledged, longest", max(times), "ms")
    table.note("WeChat, Rasa dead: load of the machine", load, "")


def crowd(tasks: Sequence[Task]) -> list[Pushed]:
    """All customers at once, in processes of their own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        len(tasks), mp_context=context, initializer=os.nice, initargs=(GIVE_WAY,)
    ) as pool:
        return list(chain.from_iterable(pool.map(customers_of, tasks)))


def told(url: str, openids: Iterable[str]) -> int:
    """How many lines of these customers are kept."""
    db = Database(url)
    with db.reading() as conn:
        found = [customers.find(conn, "openid", openid) for openid in openids]
        chats = [conversations.of_customer(conn, who, "wechat") for who in found if who is not None]
        rows = [row for chat in chats if chat for row in messages.of_conversation(conn, chat)]
    db.close()
    return sum(row.author == "customer" for row in rows)


def _ours(lines: dict[str, str]) -> dict[str, str]:
    return {name: lines[name] for name in ("wechat-callback", "wechat")}


def _key() -> str:
    """An EncodingAESKey: 43 letters and digits."""
    return "".join(
        secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") for _ in range(43)
    )


def _await(url: str) -> None:
    until = time.monotonic() + stack.DOORS_WITHIN
    while not stack.answers(f"{url}/healthz"):
        if time.monotonic() > until:
            raise Failure("WeChat's callback did not start.")
        time.sleep(0.1)


# ---- in a process of customers


def customers_of(task: Task) -> list[Pushed]:
    """These customers, each in a thread, each writing several bursts."""
    with ThreadPoolExecutor(task.customers) as threads:
        each = threads.map(lambda n: one_customer(task, task.first + n), range(task.customers))
        return list(chain.from_iterable(each))


def one_customer(task: Task, which: int) -> list[Pushed]:
    """Bursts of short lines, begun at a moment of one's own."""
    chance = random.Random(which)
    fake = Fake(task.account, over_http(task.url))
    openid = f"oBench{which}"
    found: list[Pushed] = []
    time.sleep(chance.uniform(0, BETWEEN_BURSTS[0]) / task.quicker)
    for burst in range(task.bursts):
        for n, words in enumerate(LINES):
            id = which * IDS + burst * len(LINES) + n + 1
            again = chance.randrange(TWICE_ONE_IN) == 0
            found += [
                push(fake, openid, words, id, repeat) for repeat in ((False, True) if again else (False,))
            ]
            time.sleep(chance.uniform(*BETWEEN_LINES) / task.quicker)
        time.sleep(chance.uniform(*BETWEEN_BURSTS) / task.quicker)
    return found


def push(fake: Fake, openid: str, words: str, id: int, again: bool) -> Pushed:
    """One line, and how long WeChat waits for its acknowledgement."""
    made = int(time.time())
    head: dict[str, str | int] = {"ToUserName": "gh_bench", "FromUserName": openid, "CreateTime": made}
    started = time.perf_counter()
    delivery = fake.push({**head, "MsgType": "text", "Content": words, "MsgId": id}, repeat=1)
    spent = (time.perf_counter() - started) * 1000
    (answer,) = delivery.answers
    return Pushed(openid, again, spent, answer.status)
