"""Correcting what is known, on the page."""

import pytest

from store import complaints, events, facts, record
from tests.desk.conftest import found

STORY = "送来的沙发坏了，订单号202611220001，我要退款，损失三千块，电话13800138000"


@pytest.fixture
def page(customer, at_desk):
    customer.says(STORY)
    return at_desk()


def sequence(house, customer):
    with house.db.reading() as conn:
        return complaints.get(conn, customer.complaint.id).sequence


def known(page, customer):
    text = page.get(customer.page).get_data(as_text=True)
    return text.split('id="known"')[1].split("</section>")[0]


def save(page, customer, field, sequence, **typed):
    return page.post(f"{customer.page}/facts/{field}", sequence=sequence, **typed)


def value(house, customer, field):
    with house.db.reading() as conn:
        return facts.value(conn, customer.complaint.id, field)


def test_a_fact_is_changed_and_the_old_value_stays_in_sight(page, customer, house, people):
    before = sequence(house, customer)
    answer = save(page, customer, "phone", before, words="139 1111 2222")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{customer.page}#known")
    assert value(house, customer, "phone") == "+8613911112222"
    shown = known(page, customer)
    assert "139 1111 2222" in shown
    assert "138 0013 8000" in shown.split("<s>")[1]
    assert "坐席记的 李敏" in shown
    with house.db.reading() as conn:
        last = events.of_complaint(conn, customer.complaint.id)[-1]
    assert (last.name, last.user_id, last.data) == ("fact_corrected", people["agent"], {"field": "phone"})


def test_a_fact_is_added_where_none_was(page, customer, house):
    assert "称呼" in known(page, customer).split("还没有的")[1]
    save(page, customer, "name", sequence(house, customer), words="王女士")
    assert value(house, customer, "name") == "王女士"
    assert "王女士" in known(page, customer)


def test_a_fact_is_taken_out_and_can_come_back(page, customer, house):
    save(page, customer, "wanted", sequence(house, customer), words="")
    assert value(house, customer, "wanted") is None
    shown = known(page, customer)
    assert "删掉了" in shown
    assert "退款" in shown.split("<s>")[1]
    with house.db.reading() as conn:
        assert record.whole(conn, customer.complaint.id)["wanted"] is None
    save(page, customer, "wanted", sequence(house, customer), choice="repair")
    assert value(house, customer, "wanted") == {"kinds": ["repair"], "words": ""}
    assert "改过2次" in known(page, customer)


def test_of_two_who_change_the_same_the_second_sees_both(page, customer, house, at_desk):
    read, other = sequence(house, customer), at_desk("agent2")
    save(other, customer, "phone", read, words="13911112222")
    answer = save(page, customer, "phone", read, words="13933334444")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409
    theirs, ours = text.split("现在存着的")[1].split("您写的")
    assert "139 1111 2222" in theirs
    assert "周二" in theirs
    assert "139 3333 4444" in ours
    assert value(house, customer, "phone") == "+8613911112222"
    again = found(r'name="sequence" value="(\d+)"', ours)
    assert save(page, customer, "phone", again, words="13933334444").status_code == 303
    assert value(house, customer, "phone") == "+8613933334444"


def test_every_input_of_a_stale_save_is_kept(page, customer, house, at_desk):
    read = sequence(house, customer)
    save(at_desk("agent2"), customer, "loss_claimed", read, amount="1", said="一块")
    answer = save(page, customer, "loss_claimed", read, amount=["3000", "200"], said=["三千", "两百"])
    kept = answer.get_data(as_text=True)
    for name, text in (("amount", "3000"), ("amount", "200"), ("said", "三千"), ("said", "两百")):
        assert f'name="{name}" value="{text}"' in kept


def test_words_that_came_meanwhile_make_no_other_save_stale(page, customer, house):
    read = sequence(house, customer)
    customer.says("你们快点")
    assert save(page, customer, "name", read, words="王女士").status_code == 303


def test_the_customer_who_corrects_it_first_makes_it_stale(page, customer, house):
    read = sequence(house, customer)
    customer.says("电话错了，是13955556666")
    answer = save(page, customer, "phone", read, words="13900001111")
    assert answer.status_code == 409
    assert "139 5555 6666" in answer.get_data(as_text=True)


def test_the_same_form_sent_twice_changes_it_once(page, customer, house):
    read = sequence(house, customer)
    for _ in range(2):
        assert save(page, customer, "name", read, words="王女士").status_code == 303
    with house.db.reading() as conn:
        assert [row.value for row in facts.history(conn, customer.complaint.id) if row.field == "name"] == [
            "王女士"
        ]


def test_a_number_that_was_never_read_is_stale(page, customer, house):
    assert save(page, customer, "name", sequence(house, customer) + 5, words="王女士").status_code == 409
    assert value(house, customer, "name") is None


def test_what_does_not_fit_is_told_and_stays_typed(page, customer, house):
    answer = save(page, customer, "phone", sequence(house, customer), words="1380013")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "手机十一位" in text
    assert 'value="1380013"' in text
    assert value(house, customer, "phone") == "+8613800138000"


def test_a_text_that_is_too_long_is_told_with_its_limit(page, customer, house):
    answer = save(page, customer, "name", sequence(house, customer), words="长" * 41)
    assert "最多40字" in answer.get_data(as_text=True)


@pytest.mark.parametrize("field", ["read_back", "tier", "nothing"])
def test_nothing_else_can_be_written(field, page, customer, house):
    assert save(page, customer, field, sequence(house, customer), words="x").status_code == 404


@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_only_who_may_edit_sees_and_sends_the_form(role, page, customer, house, at_desk):
    other = at_desk(role)
    assert "/facts/" not in other.get(customer.page).get_data(as_text=True)
    assert save(other, customer, "name", sequence(house, customer), words="x").status_code == 403


def test_the_form_holds_what_is_known(page, customer):
    form = known(page, customer)
    assert 'name="words" type="tel" value="+8613800138000"' in form
    assert 'value="refund" checked' in form.replace('value="refund" id', "").replace("  ", " ")
    assert 'value="3000"' in form
    assert 'value="202611220001"' in form
