"""A caller, and the phone company behind them, in software.

`Caller` dials a TwiML application, plays what it answers against a virtual clock, and does what it is
told: hear, press, say, stay silent, hang up. Nothing sleeps; a call of ten minutes takes milliseconds.

    from simulator import Caller, Line, accepts, declines

    line = Line.over_wsgi(app, public_url="https://jiesu.example", token="…")      # tests
    line = Line.over_http("http://127.0.0.1:8000", token=token)                    # a running server
    caller = Caller(line, number="+8613800138000", agents={"client:agent1": accepts(after=3)})

    call = caller.dial()            # POST /voice/incoming; plays up to the first prompt that listens
    call.heard                      # every sentence so far; call.last: since the caller last acted
    call.says("…")                  # speech; confidence=0.1 for a mumble
    call.press("0")                 # keys; at_once=True cuts the prompt
    call.silent()                   # lets the prompt time out
    call.hang_up()
    call.listening, call.ended      # ended: "" while the line is up, else who ended it
    call.bridged                    # addresses of agents the caller was connected to, in order
    call.seconds, call.spoken, call.silence, call.webhooks, call.inputs
    call.faults                     # lint findings: attributes, languages, foreign addresses
    call.acts(keys="0", words="…")  # both; the earlier wins, or the request holds both
    call.hangs_up_while_ringing(after=5)
    call.reached                    # each time phones rang: inputs, webhooks, spoken, silent seconds so far
    call.longest_gap                # seconds of dead air when it was not the caller's turn

Phones may do things during a talk (`accepts(during=lambda call: …)`), and `Caller(exchange=Exchange())`
is the phone company's own list of calls and recordings, which REST diverts, ends and deletes.

For a demo against `./jiesu run`: read the token from `<data dir>/simulator_token` and use
`Line.over_http(url, token, public_url=JIESU_PUBLIC_URL)`. Requests are signed as Twilio signs them
(HMAC-SHA1 over the public address and all sorted parameters), by code of its own.

`Line` can also misbehave: `repeat=3` delivers every webhook three times (with one idempotency token)
and `call.differences` tells where the answers differed; `line.lose` drops replies; `line.late` makes
them late, and the overrides in the address (`#ct=…&rt=…`) decide on a retry, then `Caller(fallback=…)`
is taken; `dial(reorder=True)` sends the final status callback before the earlier ones.
`simulator.script` plays whole calls written as YAML (`tests/calls/*.yml`).
"""

from simulator.call import Call, Caller, Reached
from simulator.exchange import Ended, Exchange, Tape
from simulator.line import Line, Reply
from simulator.phones import Phone, accepts, busy, declines, fails, rings_out, voicemail

__all__ = [
    "Call",
    "Caller",
    "Ended",
    "Exchange",
    "Line",
    "Phone",
    "Reached",
    "Reply",
    "Tape",
    "accepts",
    "busy",
    "declines",
    "fails",
    "rings_out",
    "voicemail",
]
