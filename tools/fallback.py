"""`./jiesu fallback`: the document that Twilio plays while all of us is down. It lies on another host.

./jiesu fallback --ring sip:group@desk.example.com --out fallback.xml
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import settings as setting
from core import ringplan
from ivr import twiml
from ivr.engine import Engine
from reception import content
from tools import places
from tools.say import Failure

CHANNEL = "phone"
SAID = ("utter_fallback", "utter_fallback_record")
RINGS = re.compile(r"sips?:[A-Za-z0-9_.+\-]+@[A-Za-z0-9_.:\-]+|tel:\+[1-9][0-9]{6,14}")
MOST = 10
HOW = """
Put it on a host that does not fail with this one, as a plain file:
  - https, answered to GET, content type text/xml; nothing in front of it that asks for a login;
  - in Twilio's console, at "Primary handler fails": its address, HTTP GET.
Try it: stop Jiesu, call, let nobody answer, leave a message. Start Jiesu: within five minutes the call and
the message are a complaint on the desk. Write the document anew when the words or the phones change."""


def document(rings: Sequence[str], our: setting.Settings) -> str:
    """The TwiML. Raises Failure for phones that it may not ring."""
    check(rings)
    words = content.load(places.ROOT / "content", today=datetime.now(UTC).date())
    first, then = (words.say(reply, CHANNEL).text for reply in SAID)
    return twiml.render_fallback(
        (first, then),
        rings,
        Engine.from_mapping(words.calls),
        f"{our.public_url}/voice/recording" if our.secure else None,
        our.twilio.caller_id or None,
    )


def check(rings: Sequence[str]) -> None:
    """Raises Failure, in words, unless these phones can be rung together by Twilio itself."""
    for address in rings:
        if not RINGS.fullmatch(address):
            raise Failure(f"{address} cannot be rung.", "write sip:USER@HOST, or tel:+NUMBER.")
        if not ringplan.reachable(address, trunk=False):
            raise Failure(
                f"{address} is on the mainland, which Twilio does not call.",
                "ring a SIP address there; your own trunk is not asked while we are down.",
            )
    if len(rings) > MOST:
        raise Failure(f"{len(rings)} phones: Twilio rings {MOST} together.", "give it a hunt group.")
    if len(rings) > 1 and any(address.startswith(ringplan.TELEPHONE) for address in rings):
        raise Failure(
            "A telephone may have a voicemail, which would be the first to answer.",
            "ring it alone, or SIP phones only.",
        )


def main(arguments: Sequence[str]) -> int:
    ask = argparse.ArgumentParser("./jiesu fallback", description=__doc__)
    ask.add_argument(
        "--ring",
        action="append",
        required=True,
        metavar="PHONE",
        help="sip:USER@HOST, repeatable; or tel:+NUMBER",
    )
    ask.add_argument("--out", type=Path, metavar="FILE", help="where to write it; else to the output")
    given = ask.parse_args(arguments)
    try:
        our = setting.load()
        made = document(given.ring, our)
    except (Failure, setting.Wrong, content.ContentError) as problem:
        print(f"jiesu: {problem}", file=sys.stderr)
        return 1
    if given.out is None:
        print(made)
    else:
        given.out.write_text(made + "\n", encoding="utf-8")
        print(f"Written: {given.out}", file=sys.stderr)
    if not our.secure:
        print("JIESU_PUBLIC_URL is not https: messages are found by the sweep alone.", file=sys.stderr)
    print(HOW, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
