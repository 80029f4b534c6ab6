"""Files that people of the house put to a complaint."""

import hashlib
import io

import pytest
from PIL import Image

from reception import evidence
from store import complaints, events, files
from tests.desk.conftest import found

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def picture(kind="PNG", color="red"):
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(drawn, kind)
    return drawn.getvalue()


@pytest.fixture
def page(customer, at_desk):
    customer.says("送来的沙发坏了，我要退款")
    return at_desk()


def send(page, customer, *given):
    sent = [(io.BytesIO(content), name) for name, content in given]
    data = {"csrf_token": page.token("/desk/"), "files": sent}
    path = f"{customer.page}/evidence"
    return page.client.post(path, data=data, content_type="multipart/form-data")


def kept(house, customer):
    with house.db.reading() as conn:
        return files.of_complaint(conn, customer.complaint.id)


def test_a_photo_and_a_document_are_sealed_with_who_put_them_there(page, customer, house, people):
    photo = picture()
    answer = send(page, customer, ("裂口.png", photo), ("合同.pdf", PDF))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{customer.page}#evidence")
    rows = kept(house, customer)
    assert [(row.kind, row.type, row.user_id) for row in rows] == [
        ("photo", "image/png", people["agent"]),
        ("document", "application/pdf", people["agent"]),
    ]
    assert rows[0].sha256 == hashlib.sha256(photo).hexdigest()
    text = page.get(customer.page).get_data(as_text=True).split('id="evidence"')[1].split("</section>")[0]
    assert "李敏加的照片" in text
    assert "合同.pdf" in text
    with house.db.reading() as conn:
        last = events.of_complaint(conn, customer.complaint.id)[-1]
    assert (last.name, last.user_id) == ("file_received", people["agent"])


def test_a_document_is_only_ever_a_download(page, customer):
    send(page, customer, ("合同.pdf", PDF))
    text = page.get(customer.page).get_data(as_text=True)
    original = found(r'href="(/desk/files/[^"]+/original)"', text)
    answer = page.get(original)
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert page.get(original.removesuffix("/original")).status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("照片.jpg", b"<html><script>alert(1)</script>"),
        ("照片.png", b"MZ\x90\x00"),
        ("照片.jpg", PDF),
        ("合同.pdf", picture()),
        ("照片.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("照片.html", picture()),
        ("空.png", b""),
        ("半张.png", picture()[:60]),
    ],
)
def test_a_file_that_lies_about_what_it_is_is_refused(name, content, page, customer, house):
    answer = send(page, customer, ("好的.png", picture()), (name, content))
    assert answer.status_code == 400
    assert kept(house, customer) == [], "nor is what was sent along"


def test_one_that_is_too_large_is_told(page, customer, house, monkeypatch):
    monkeypatch.setattr(evidence, "LARGEST", 50)
    answer = send(page, customer, ("大.png", picture()))
    assert answer.status_code == 400
    assert "最大" in answer.get_data(as_text=True)
    assert kept(house, customer) == []


def test_nothing_chosen_is_told(page, customer):
    answer = send(page, customer)
    assert answer.status_code == 400
    assert "没有选文件" in answer.get_data(as_text=True)


def test_the_same_file_sent_twice_is_there_once(page, customer, house):
    for _ in range(2):
        send(page, customer, ("裂口.png", picture()), ("同一张.png", picture()))
    assert len(kept(house, customer)) == 1


def test_only_who_may_edit_adds_files(customer, at_desk, house, page):
    assert send(at_desk("auditor"), customer, ("裂口.png", picture())).status_code == 403
    assert kept(house, customer) == []


def test_files_make_the_complaint_move_on(page, customer, house):
    with house.db.reading() as conn:
        before = complaints.get(conn, customer.complaint.id).sequence
    send(page, customer, ("裂口.png", picture()))
    with house.db.reading() as conn:
        assert complaints.get(conn, customer.complaint.id).sequence == before + 1
