"""WeChat in software: its own side of one service account, its customers, and their phones.

    from simulator.wechat import Fake, Account, over_http

    account = Account(app_id, secret, token, aes_key)
    with Fake(account, over_http("http://127.0.0.1:8000/wechat"), clock) as fake:
        Api(Client(app_id, secret), fake.url)       # what the door calls
        customer = fake.customer("oOne")
        customer.says("…")                          # sealed, pushed, repeated as WeChat does
        fake.read("oOne")                           # what the customer reads

Numbers of quota come from content/wechat.yml and are counted here anew: a mistake in the door's ledger shows.
"""

from simulator.wechat.customers import Customer
from simulator.wechat.platform import Account, Platform, Seen
from simulator.wechat.pushing import Delivery, Wire, over_http, over_wsgi, sealed_by_us
from simulator.wechat.server import Fake

__all__ = [
    "Account",
    "Customer",
    "Delivery",
    "Fake",
    "Platform",
    "Seen",
    "Wire",
    "over_http",
    "over_wsgi",
    "sealed_by_us",
]
