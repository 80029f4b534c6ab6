"""Photos: told by their bytes, sealed as they came, shown without what they give away."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image

from reception import evidence
from store.schema import files
from tests.web.pictures import HEIC, NO_PHOTOS, bomb, photo, with_place


def send(client, *sent, text="", **more):
    data = {"text": text, "photos": [(io.BytesIO(content), name) for name, content in sent], **more}
    return client.post("/chat/send", data=data, headers={"Sec-Fetch-Site": "same-origin"})


def stored(house):
    with house.db.reading() as conn:
        return conn.execute(files.select()).all()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_the_type_is_read_from_the_bytes(customer, house, kind):
    assert send(customer, ("x.txt", photo(kind)), text="门坏了").status_code == 303
    assert [(row.type, row.kind) for row in stored(house)] == [(f"image/{kind.lower()}", "photo")]


def test_the_original_is_sealed_and_the_copy_gives_nothing_away(customer, house):
    sent = with_place()
    send(customer, ("门.jpg", sent), text="门坏了")
    (row,) = stored(house)
    assert evidence.original(house.data_dir, row.id) == sent
    assert row.sha256 == hashlib.sha256(sent).hexdigest()
    assert (house.data_dir / "files" / row.id).stat().st_mode & 0o777 == 0o600
    shown = customer.get(f"/chat/files/{row.id}")
    assert shown.mimetype == "image/jpeg"
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert not Image.open(io.BytesIO(shown.data)).getexif()
    assert b"Spy Camera" not in shown.data
    assert f"/chat/files/{row.id}" in customer.get("/").text


def test_nobody_else_sees_it(app, customer, house):
    send(customer, ("a.jpg", photo()))
    (row,) = stored(house)
    other = app.test_client()
    other.get("/")
    for client in (other, app.test_client(use_cookies=False)):
        assert client.get(f"/chat/files/{row.id}").status_code == 404
    for path in ("/chat/files/nix", "/chat/files/..%2Fjiesu.db", "/chat/files/.hidden"):
        assert customer.get(path).status_code == 404


@pytest.mark.parametrize("what", NO_PHOTOS)
def test_a_photo_that_is_none_is_refused_and_the_words_are_kept(customer, house, kept, what):
    answer = send(customer, ("x.jpg", NO_PHOTOS[what]), text="门坏了")
    assert answer.status_code == 303
    assert house.content.label("errors", "bad_photo") in customer.get(answer.location).text
    assert kept() == ["门坏了"]
    assert stored(house) == []


def test_a_bomb_is_refused_before_it_unpacks(customer, house):
    assert len(bomb()) < 200_000
    assert "bad_photo" in send(customer, ("x.png", bomb()), text="看").location
    assert stored(house) == []


def test_one_that_is_too_large_is_refused_and_the_others_are_kept(customer, house):
    big = photo("BMP", (2000, 1800))
    assert len(big) > evidence.LARGEST
    answer = send(customer, ("big.bmp", big), ("small.jpg", photo()))
    assert "photo_too_large" in answer.location
    assert len(stored(house)) == 1


def test_the_tenth_photo_is_too_many(customer, house):
    answer = send(customer, *((f"{n}.png", photo("PNG", (8, 8))) for n in range(10)))
    assert "too_many_photos" in answer.location
    assert len(stored(house)) == 9


def test_what_an_iphone_takes_is_kept_though_it_cannot_be_shown(customer, house):
    send(customer, ("IMG_1.HEIC", HEIC))
    (row,) = stored(house)
    assert row.type == "image/heic"
    page = customer.get("/").text
    assert "IMG_1.HEIC" in page
    assert f"/chat/files/{row.id}" not in page
    assert customer.get(f"/chat/files/{row.id}").status_code == 404


def test_a_name_that_lies_is_shown_as_text(customer, house):
    send(customer, ("../../<b>\u202egpj.exe", photo()))
    (row,) = stored(house)
    assert "/" not in row.name
    assert "<b>" not in customer.get("/").text


def test_sent_twice_it_is_one_message(customer, house, kept):
    for _ in range(2):
        send(customer, ("a.jpg", photo()), text="门坏了", id="x" * 20)
    assert kept() == ["门坏了"]
    assert len(stored(house)) == 1
