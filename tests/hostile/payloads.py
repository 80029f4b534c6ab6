"""One list of what hostile people write, by what it attacks."""

from __future__ import annotations

import unicodedata

MARK = "hostile"
"""In each of them, so that one sees where it came out."""

PAYLOADS: dict[str, str] = {
    "script": f"<script>window.{MARK}=1;alert(1)</script>",
    "image": f'"><img src=x onerror="window.{MARK}=1">',
    "attribute": f"' autofocus onfocus='window.{MARK}=1' x='",
    "textarea": f"</textarea></title></style><script>window.{MARK}=1</script>",
    "svg": f"<svg/onload=window.{MARK}=1><a xlink:href='javascript:window.{MARK}=1'>",
    "comment": f"<!--<img src='--><img src=x onerror=window.{MARK}=1//'>",
    "frame": f"<iframe srcdoc='<script>parent.{MARK}=1</script>'></iframe><base href=//evil.example>",
    "entities": f"&lt;script&gt;window.{MARK}=1&lt;/script&gt;&#x3c;b&#x3e;",
    "link": f"javascript:window.{MARK}=1//http://evil.example/",
    "markdown": f"[{MARK}](javascript:alert(1)) ![x](http://evil.example/x.png) `${{7*7}}`",
    "json": f'"}}]}}</script><script>window.{MARK}=1</script>{{"a":["\\u003c',
    "template": f"{{{{ 7 * 7 }}}}{{% raw %}}{{number}} {MARK} %(x)s %s ${{x}} #{{x}}",
    "typst": f'#panic("{MARK}") #sys.inputs #import "a.typ": * = h *b* _i_ $x^2$ @ref <tag> \\ // c',
    "sql": f"{MARK}'; DROP TABLE messages; -- \" OR 1=1",
    "formula": f'=HYPERLINK("http://evil.example","{MARK}")',
    "plus": f"+cmd|' /C calc'!A0 {MARK}",
    "minus": f"-2+3+cmd|{MARK}",
    "at": f"@SUM(1+1)*cmd|{MARK}",
    "wide_formula": f"＝HYPERLINK({MARK})",
    "tab_formula": f"\t=1+1 {MARK}",
    "header": f"{MARK}\r\nSet-Cookie: a=b\r\n\r\n<b>",
    "path": f"../../../etc/passwd%00{MARK}.jpg",
    "turned": f"\u202egnp.{MARK}.exe\u202c\u2066x\u2069\u200f",
    "unseen": f"ig\u200bno\u2060re\ufeff {MARK}\u00ad",
    "control": f"\x00\x07\x1b[31m{MARK}\x1b[0m\x08\x0b\x0c\x7f\x85",
    "surrogate": f"\ud83d{MARK}\udfff",
    "astral": f"😡👨\u200d👩\u200d👧\U000200d7\ue000\ufffe {MARK}",
    "zalgo": MARK + "a" + "\u0301\u0489" * 60,
    "arabic": f"اختبار {MARK} שלום ١٢٣",
    "long": MARK + "x" * 1_900,
    "lines": "\n".join([MARK] * 200),
}

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""What a spreadsheet reads as the beginning of a formula, or skips before it does."""


def storable(text: str) -> str:
    """What can be sent as UTF-8 at all: a lone surrogate cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")


def turned(character: str) -> bool:
    """Whether this hides or turns round the text about it."""
    plain = "\n\r\t\u00ad\u200c\u200d\ufffe"
    return unicodedata.category(character) in ("Cc", "Cf") and character not in plain
