"""The REST API against its own description, with real answers."""

from __future__ import annotations

import hashlib
import json

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

import settings as settings_module
import wiring
from api import views
from app import assemble
from office import webhooks
from reception.heard import Heard
from store import complaints, deliveries, record, users
from tests.fakes.clock import Clock
from tests.fakes.complaints import NOON, complaint, destination, register

TOKEN = "a token nobody guesses"


BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def settings(tmp_path):
    return settings_module.load({"JIESU_DATA_DIR": str(tmp_path), "JIESU_RASA_URL": "http://127.0.0.1:1"})


@pytest.fixture
def house(settings):
    house = wiring.house(settings, Clock())
    with house.db.writing() as conn:
        users.add_token(conn, "default", hashlib.sha256(TOKEN.encode()).hexdigest(), NOON)
    yield house
    house.db.close()


@pytest.fixture
def client(settings, house):
    app = assemble(settings, house)
    if "api" not in app.blueprints:
        app.register_blueprint(views.blueprint)
    return app.test_client()


def description(client):
    return client.get("/api/openapi.json").get_json()


def fits(client, name, content):
    """Whether a real answer is what the description says."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": description(client)["components"]}
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(content)
    return True


def angry_complaint(house):
    """A complaint as a customer really makes it, up to a wish for a person."""
    conversation = None
    told = ["你们上周送来的货全碎了，损失三万元，单号SF1234567890123", "要退款", "13800138000", "转人工"]
    for place, words in enumerate(told):
        heard = Heard("web", ("cookie", "c"), words, f"k{place}", NOON, conversation)
        conversation = house.reception.receive(heard).conversation
    house.reception.left(conversation, NOON)
    with house.db.writing() as conn:
        rows = complaints.registered(conn, 0, 9)
        number = complaints.get(conn, rows[0].complaint_id).number
        other = complaint(conn, 70)
        complaints.link(conn, rows[0].complaint_id, other, "repeat")
    return number


def test_the_description_is_valid(client):
    validate(description(client))


def test_a_real_complaint_is_as_described(client, house):
    number = angry_complaint(house)
    response = client.get(f"/api/v1/complaints/{number}", headers=BEARER)
    told = response.get_json()
    assert fits(client, "Complaint", told)
    assert told["loss_claimed"][0]["amount"] == 30_000
    assert told["links"]
    assert told["promises"]
    assert response.headers["Cache-Control"] == "no-store"


def test_the_list_goes_on_where_it_stopped(client, house):
    with house.db.writing() as conn:
        late = complaint(conn, 1, registered=False)
        made = [complaint(conn, n * 20) for n in range(1, 6)]
    seen, after = [], 0
    while True:
        page = client.get(f"/api/v1/complaints?after={after}&limit=2", headers=BEARER).get_json()
        assert fits(client, "Page", page)
        seen += [one["number"] for one in page["complaints"]]
        after = page["after"]
        if not page["more"]:
            break
    assert len(seen) == len(set(seen)) == len(made)
    with house.db.writing() as conn:
        register(conn, late)  # opened first, registered last
        number = complaints.get(conn, late).number
    page = client.get(f"/api/v1/complaints?after={after}", headers=BEARER).get_json()
    assert [one["number"] for one in page["complaints"]] == [number]
    empty = client.get(f"/api/v1/complaints?after={page['after']}", headers=BEARER).get_json()
    assert empty == {"complaints": [], "after": page["after"], "more": False}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": f"bearer {TOKEN}x"},
    ],
)
@pytest.mark.parametrize("path", ["", "/3820471683"])
def test_without_the_token_nothing_is_told(client, path, headers):
    response = client.get(f"/api/v1/complaints{path}", headers=headers)
    assert response.status_code == 401
    assert response.content_type.startswith("application/problem+json")
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert fits(client, "Problem", response.get_json())


@pytest.mark.parametrize(
    "number", ["3820471683", "3820471684", "x", "1" * 400, "%00", "０１２３４５６７８９"]
)
def test_an_unknown_number_is_not_found(client, number):
    response = client.get(f"/api/v1/complaints/{number}", headers=BEARER)
    assert response.status_code == 404
    assert fits(client, "Problem", response.get_json())


def test_a_draft_is_not_found(client, house):
    with house.db.writing() as conn:
        number = complaints.get(conn, complaint(conn, 1, registered=False)).number
    assert client.get(f"/api/v1/complaints/{number}", headers=BEARER).status_code == 404


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "after=-1", "after=1e3", "after=" + "9" * 40],
)
def test_a_wrong_question_is_refused_in_words(client, query):
    response = client.get(f"/api/v1/complaints?{query}", headers=BEARER)
    assert response.status_code == 400
    assert query.split("=")[0] in response.get_json()["detail"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_changed(client, method):
    response = getattr(client, method)("/api/v1/complaints/3820471683", headers=BEARER)
    assert response.status_code == 405
    assert response.is_json


def test_a_delivery_is_as_described(client, house):
    number = angry_complaint(house)
    with house.db.writing() as conn:
        to = destination(conn)
        row = complaints.by_number(conn, number)
        assert row is not None
        register(conn, row.id)
        claimed = deliveries.claim(conn, deliveries.ready(conn, to, NOON, 1)[0], NOON)
        assert claimed is not None
        content = webhooks.body(claimed, record.whole(conn, row.id))
    assert fits(client, "Delivery", json.loads(content))
