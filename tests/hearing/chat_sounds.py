"""Sounds in the codings of chats, for which no encoder is at hand here.

SPEEX: half a second of a tone of 440 Hz at a volume of 0.3 (as tests.fakes.sounds.tone makes it), 16 kHz,
encoded once by libspeex 1.2 at 23.8 kbit/s (the wheel of PyAV 12.3.0 has that encoder, later ones have none).
AMR_WB: made here by hand after RFC 4867: a decoder takes any bits of a speech frame for speech.
"""

from __future__ import annotations

import base64
import io

import pysilk

from tests.fakes.sounds import tone

FRAME = 60

SPEEX = base64.b64decode(
    "PDBUmCLVAABo6Ojo6Ojo6IH59HR0YEiNmm0A9sDIBkwvPpvLpOutlZ2Z5waTFRo787WtYLFtYLWtYLWtZzwwVJgi0wNde24YLU1I"
    "pJTTMuN6gTSEtLwkZTgpPKRb/WaeZlKcFRrsyUBNNi1qOAC1rWC1rWC1rWC1rWc8MFSCINOUHIYAjMg3eHg105rKcJRhHEEUWuVR"
    "Lq+smLo6Mjoyh6BvQGHtFx0fCjgAta1gta1gta1gta1nPDBUmCLTuX0UkQU4uOAoiFxsqbScT1h2osildpioE70mEj4SErsk4Bud"
    "biizTdo4ALWtYLWtYLWtYLWtZzwwVJgi05UdOF6Um3UvNa9cjkLHHNAUXPtgpTgFuEgIFU6QLpKcBdAmRoPWGh3aOAC1rWC1rWC1"
    "rWC1rWc8MFSCINOUHIC+t3gomLX4U5qBpaQa2HwmpGVRU6ArrD4aOjoyh5DBBBX6Jp8F2jgAta1gta1gta1gta1nPDBUmCLTpiXD"
    "EjioiG1vqNxsS5k80ANvR2Bldmg3sy6NKTIeErs6kiCj1hkPNho4ALWtYLWtYLWtYLWtZzwwVIIg07kdQXgo+C6r3oDcDspSoNr0"
    "VG5hJVEj76yHtlo6PhKHoGUwbB0ZDR8KOAC1rWC1rWC1rWC1rWc8MFSYItO5fRSRKMg1qLD43GyxmmQPWFw1R25tk7wmJjI+BcAy"
    "uyAgESLWLB0T2jgAta1gta1gta1gta1nPDBUmCLTlR0EzhTh6PhomUpwX29qX0xkJFSlODITUaQxhoFGMpwMISAQ16giEdo4ALWt"
    "YLWtYLWtYLWtZzwwVIIg05QcgL6Yr3houPhTmoGlpBrYfCakZVFToCusPho6OjKHkMnilfomnwkKOAC1rWC1rWC1rWC1rWc8MFSY"
    "ItOmJYMyOKiIbU0pXGxImTzqQ39HamV2iD+lKHI6Lj4SuzwSIKPWGQ82GjgAta1gta1gta1gta1nPDBUgiDTuR1JzwU3OJjOANwO"
    "ylKcNzR8NPUlUSvkTvi+Bj4aMoegbh3d6ySbJRo4ALWtYLWtYLWtYLWtZzwwVJgi07l9FJF4WnEoqIhKzKNXQxUBOlxPZXZg0D2x"
    "ejosM1K7KuZFlwmkBr3aOAC1rWC1rWC1rWC1rWc8MFSYItO5mcgIKOjuGNS+0/hKiKpcCIBmlKU4BWRBhpOmGrzSnBuUxN63FRBB"
    "CjgAta1gta1gta1gta1nPDBUgiDTlByAvq1owmi1+FOagaWkGthEJCRlUUTALiw+Hho6MoeQyeKVU9BIPzo4ALWtYLWtYLWtYLWt"
    "ZzwwVJgi06YlwxI4hS12HuBcbG9AXmLFf0dqZXZoOLBBo0IWURK7PBIhrfYV1xYaOAC1rWC1rWC1rWC1rWc8MFSCINO5HJz2dMJv"
    "jJFA3A7KUpRcdHwv4SVRKe+sh61+Gj4Sh6BlOdW9Fr0VGjgAta1gta1gta1gta1nPDBUmCLTuX0UkSjINaiw+NxsqZpaz1hcNUdl"
    "dpeoG70pMiCNcrss4BMpaawfE9o4ALWtYLWtYLWtYLWtZzwwVJgi05Uh9j6U+lvhKXDKkK9wkBdPdDphJW44SBtfqYAm17KcBqeQ"
    "EdntItxaOAC1rWC1rWC1rWC1rWc8MFSCINOUHIC+rXhB6Li4U5qBvSQiArwmvCVRU6ArrD4aOjoyh5DJ4p9vODg12jgAta1gta1g"
    "ta1gta1nPDBUmCLTpiWDcOuwiG0uqNxsS5k80AN/R2pldog/oZOqNo4yMrs9kiCj1hcfNho4ALWtYLWtYLWtYLWtZzwwVIIg05Uh"
    "RlTmvbF3Qi7cDspopFJsvC/hJVE8hFtb6+M2VpKHoGU90KhJDw8KOAC1rWC1rWC1rWC1rWc8MFSYItO5fVSRMK7ZeDD43GyDVKQT"
    "ApR1R2V2k6gTvTuNPgYSt0QKQiQR69okGjgAta1gta1gta1gta1nPDBUmCLTlSHSDoZwruLvD1yOTTNyUDw/b15lbjewPU+3m9W/"
    "srcd4h/T1AEB0Ko4ALWtYLWtYLWtYLWtZw=="
)
"""Each frame after its length in one byte, as audio/x-speex-with-header-byte."""
SPEEX_ALIKE = b"".join(SPEEX[at + 1 : at + 1 + FRAME] for at in range(0, len(SPEEX), FRAME + 1))
"""The same frames with nothing between them."""
AMR_WB = b"#!AMR-WB\n" + (b"\x24" + bytes(range(33, 73))) * 50
"""A second in 50 frames: a header of frame type 4 and good quality (0x24), 40 bytes of noise."""


def silk(*, tencent: bool = True) -> bytes:
    """A second of the tone in SILK; with Tencent's mark or without."""
    packed = io.BytesIO()
    pysilk.encode(io.BytesIO(tone(1, 24_000)), packed, 24_000, 24_000, tencent=tencent)
    return packed.getvalue()
