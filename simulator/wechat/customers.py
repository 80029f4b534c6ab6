"""A customer on WeChat: writes, sends pictures, taps, follows, leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.wechat.platform import Seen
from simulator.wechat.pushing import Delivery

if TYPE_CHECKING:
    from simulator.wechat.server import Fake

MESSAGE, MENU, FOLLOW, SCAN = "message", "menu", "follow", "scan"


@dataclass(frozen=True)
class Customer:
    """Each act changes WeChat's ledger, is pushed to the account, and returns how that went.

    `repeat`, `parallel`: the push is delivered so often, at the same time.
    """

    fake: Fake
    openid: str

    def says(self, words: str, *, menu_id: str = "", repeat: int = 0, parallel: bool = False) -> Delivery:
        """`menu_id`: these words were tapped in a message that asked to choose (bizmsgmenuid)."""
        more: dict[str, str | int] = {"bizmsgmenuid": menu_id} if menu_id else {}
        self._show("text", words)
        return self._send("text", {"Content": words, **more}, repeat, parallel)

    def sends_image(self, content: bytes, type: str = "image/jpeg") -> Delivery:
        id = self.fake.platform.keep_media(content, type)
        self._show("image", "", id)
        return self._send("image", {"PicUrl": f"http://mmbiz.qpic.cn/{id[:12]}", "MediaId": id})

    def sends_voice(
        self, content: bytes, format: str = "amr", *, clear: bytes = b"", type: str = "audio/amr"
    ) -> Delivery:
        """`clear`: the same at 16 kHz, which not every account gets."""
        id = self.fake.platform.keep_media(content, type)
        more: dict[str, str | int] = {"MediaId": id, "Format": format, "Recognition": ""}
        if clear:
            more["MediaId16K"] = self.fake.platform.keep_media(clear, type)
        self._show("voice", "", id)
        return self._send("voice", more)

    def sends_video(self, content: bytes, type: str = "video/mp4", *, short: bool = False) -> Delivery:
        id = self.fake.platform.keep_media(content, type, video=True)
        self._show("video", "", id)
        return self._send("shortvideo" if short else "video", {"MediaId": id, "ThumbMediaId": "thumb"})

    def sends(self, type: str, **fields: str | int) -> Delivery:
        """A message of any type, known or not."""
        return self._send(type, fields)

    def taps(self, key: str, *, repeat: int = 0, parallel: bool = False) -> Delivery:
        """A tap on the account's menu, by its key."""
        self.fake.platform.act(self.openid, MENU)
        return self._event("CLICK", {"EventKey": key}, repeat, parallel)

    def follows(self, scene: str = "") -> Delivery:
        """`scene`: what the scanned code stands for."""
        self.fake.platform.contact(self.openid).follows = True
        self.fake.platform.act(self.openid, FOLLOW)
        return self._event("subscribe", {"EventKey": f"qrscene_{scene}" if scene else ""})

    def scans(self, scene: str) -> Delivery:
        """A follower scans a code."""
        self.fake.platform.act(self.openid, SCAN)
        return self._event("SCAN", {"EventKey": scene})

    def leaves(self) -> Delivery:
        contact = self.fake.platform.contact(self.openid)
        contact.follows, contact.rights = False, []
        return self._event("unsubscribe", {"EventKey": ""})

    def told_of_template(self, id: int, status: str) -> Delivery:
        """WeChat tells the account how a template message ended."""
        return self._event("TEMPLATESENDJOBFINISH", {"MsgID": id, "Status": status})

    def event(self, name: str, **fields: str | int) -> Delivery:
        """Any other event."""
        return self._event(name, fields)

    def _show(self, kind: str, words: str, media: str = "") -> None:
        self.fake.platform.show(self.openid, Seen(kind, words, self.fake.clock(), mine=True, media=media))

    def _send(
        self, type: str, fields: dict[str, str | int], repeat: int = 0, parallel: bool = False
    ) -> Delivery:
        self.fake.platform.act(self.openid, MESSAGE)
        told = {**self._head(type), **fields, "MsgId": self.fake.next_id()}
        delivery = self.fake.push(told, repeat=repeat, parallel=parallel)
        if not delivery.acknowledged:
            self.fake.platform.show(
                self.openid, Seen("notice", self.fake.words["gave_up"], self.fake.clock())
            )
        return delivery

    def _event(
        self, name: str, fields: dict[str, str | int], repeat: int = 0, parallel: bool = False
    ) -> Delivery:
        told = {**self._head("event"), "Event": name, **fields}
        return self.fake.push(told, repeat=repeat, parallel=parallel)

    def _head(self, type: str) -> dict[str, str | int]:
        made = int(self.fake.clock().timestamp())
        return {"ToUserName": "gh_jiesu", "FromUserName": self.openid, "CreateTime": made, "MsgType": type}
