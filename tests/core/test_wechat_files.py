"""Which files WeChat carries, and as what."""

import pytest

from core.wechat_files import FILE, IMAGE, KF, MB, OPENID, carried

JPEG, PNG, GIF, WEBP, PDF = "image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf"


@pytest.mark.parametrize(
    ("way", "type", "size", "expected"),
    [
        (OPENID, JPEG, 10 * MB, IMAGE),
        (OPENID, JPEG, 10 * MB + 1, None),
        (OPENID, PNG, 6, IMAGE),
        (OPENID, GIF, 100, IMAGE),
        (OPENID, WEBP, 100, None),
        (OPENID, PDF, 100, None),
        (OPENID, JPEG, 5, None),
        (KF, JPEG, 10 * MB, IMAGE),
        (KF, JPEG, 10 * MB + 1, FILE),
        (KF, GIF, 100, FILE),
        (KF, PDF, 20 * MB, FILE),
        (KF, PDF, 20 * MB + 1, None),
        (KF, PDF, 5, None),
    ],
)
def test_what_is_carried(way, type, size, expected):
    assert carried(way, type, size) == expected
