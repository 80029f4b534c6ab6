"""What people judge otherwise than the machine."""

import pytest

from store import complaints, conversations, events, promises, recusals, users
from tests.desk.conftest import found

STORY = "送来的沙发坏了，我要退款，电话13800138000"


@pytest.fixture
def page(customer, at_desk):
    customer.says(STORY)
    return at_desk()


def row_of(house, customer):
    with house.db.reading() as conn:
        return complaints.get(conn, customer.complaint.id)


def flags(house, customer):
    with house.db.reading() as conn:
        return complaints.flags(conn, customer.complaint.id)


def signals(page, customer):
    text = page.get(customer.page).get_data(as_text=True)
    return text.split('id="signals"')[1].split("</section>")[0]


def names(house, customer):
    with house.db.reading() as conn:
        return [event.name for event in events.of_complaint(conn, customer.complaint.id)]


# ---- Mood


def test_the_course_of_the_mood_is_drawn_and_told_with_its_words(page, customer):
    customer.says("太过分了！！气死我了")
    text = signals(page, customer)
    points = found(r'<polyline points="([^"]+)"', text)
    assert points.startswith("6,48 ")
    assert "<q>太过分</q>" in text
    assert 'role="img"' in text
    assert 'aria-describedby="moods"' in text


def test_a_calm_talk_has_nothing_to_draw(page, customer):
    assert "<svg" not in signals(page, customer)


def test_a_person_hears_another_mood(page, customer, house, people):
    sequence = row_of(house, customer).sequence
    about = {"mood": "worried", "level": 2, "reason": "孩子等着用"}
    assert page.post(f"{customer.page}/mood", sequence=sequence, **about).status_code == 303
    row = row_of(house, customer)
    assert (row.mood, row.mood_level) == ("worried", 2)
    with house.db.reading() as conn:
        talk = conversations.fetch(conn, customer.conversation)
    assert (talk.mood, talk.mood_level) == ("worried", 2)
    text = signals(page, customer)
    assert "孩子等着用" in text
    assert "李敏" in text.split("孩子等着用")[1]


def test_calm_has_no_level(page, customer, house):
    customer.says("太过分了！！")
    sequence = row_of(house, customer).sequence
    page.post(f"{customer.page}/mood", mood="calm", level=3, sequence=sequence)
    assert row_of(house, customer).mood_level == 0


def test_a_mood_that_changed_meanwhile_is_not_overwritten_unseen(page, customer, house):
    sequence = row_of(house, customer).sequence
    customer.says("太过分了！！气死我了")
    answer = page.post(f"{customer.page}/mood", mood="calm", level=1, sequence=sequence)
    assert answer.status_code == 409
    assert row_of(house, customer).mood == "angry"


@pytest.mark.parametrize("bad", [{"mood": "merry"}, {"level": "4"}, {"level": ""}, {"sequence": "x"}])
def test_nonsense_is_refused(bad, page, customer, house):
    good = {"mood": "angry", "level": 2, "sequence": row_of(house, customer).sequence}
    assert page.post(f"{customer.page}/mood", **{**good, **bad}).status_code == 400
    assert row_of(house, customer).mood == "calm"


# ---- Flags


def test_a_flag_is_set_with_a_reason_and_taken_away_with_one(page, customer, house):
    for _ in range(2):
        page.post(f"{customer.page}/flag", flag="vulnerable", reason="七十岁，一个人住")
    assert flags(house, customer) == {"vulnerable"}
    assert names(house, customer).count("flag_set") == 1
    assert "七十岁，一个人住" in signals(page, customer)
    page.post(f"{customer.page}/flag/end", flag="vulnerable", reason="听错了")
    assert flags(house, customer) == set()
    text = signals(page, customer)
    assert "听错了" in text.split("<s>")[1]
    assert "李敏" in text.split("听错了")[1]


def test_a_grave_flag_only_a_lead_takes_away(customer, at_desk, house):
    customer.says("装的热水器漏气，我妈头晕送医院了")
    assert "safety" in flags(house, customer)
    answer = at_desk().post(f"{customer.page}/flag/end", flag="safety", reason="没事")
    assert answer.status_code == 409
    assert "safety" in flags(house, customer)
    lead = at_desk("supervisor")
    assert lead.post(f"{customer.page}/flag/end", flag="safety", reason="没事").status_code == 303
    assert "safety" not in flags(house, customer)


def test_what_the_customer_says_anew_flags_anew(customer, at_desk, house):
    customer.says("装的热水器漏气，我妈头晕送医院了")
    at_desk("supervisor").post(f"{customer.page}/flag/end", flag="safety", reason="没事")
    customer.says("又漏气了，满屋子都是")
    assert "safety" in flags(house, customer)


@pytest.mark.parametrize("flag", ["promise_missed", "nothing", ""])
def test_no_other_flag_can_be_set(flag, page, customer, house):
    assert page.post(f"{customer.page}/flag", flag=flag, reason="x").status_code == 409
    assert flags(house, customer) == set()


def test_a_flag_needs_a_reason(page, customer, house):
    assert page.post(f"{customer.page}/flag", flag="legal", reason=" ").status_code == 400
    assert flags(house, customer) == set()


# ---- Department


def registered(page, customer, house):
    page.post(f"{customer.page}/own", sequence=row_of(house, customer).sequence)
    page.post(f"{customer.page}/take")
    return row_of(house, customer)


def test_another_department_answers_for_it(page, customer, house):
    row = registered(page, customer, house)
    about = {"department": "质量部", "sequence": row.sequence}
    assert page.post(f"{customer.page}/department", **about).status_code == 303
    assert row_of(house, customer).department == "质量部"
    page.post(f"{customer.page}/facts/issues", choice="billing", sequence=row_of(house, customer).sequence)
    assert row_of(house, customer).department == "质量部", "what a person said stands"


def test_another_matter_goes_to_its_department(page, customer, house):
    row = registered(page, customer, house)
    page.post(f"{customer.page}/facts/issues", choice="billing", sequence=row.sequence)
    assert row_of(house, customer).department == "财务部"


def test_a_department_that_is_not_there_is_refused(page, customer, house):
    row = registered(page, customer, house)
    about = {"department": "外星部", "sequence": row.sequence}
    assert page.post(f"{customer.page}/department", **about).status_code == 409
    assert row_of(house, customer).department == row.department


def test_a_draft_is_given_a_department_that_stays_when_it_is_registered(page, customer, house):
    row = row_of(house, customer)
    assert (row.state, row.department) == ("draft", None)
    assert 'name="department" required' in signals(page, customer)
    about = {"department": "财务部", "sequence": row.sequence}
    assert page.post(f"{customer.page}/department", **about).status_code == 303
    registered(page, customer, house)
    assert row_of(house, customer).department == "财务部"
    assert "department_set" in names(house, customer)


def test_a_draft_stays_out_of_the_sight_of_the_department_it_is_to_go_to(
    page, customer, house, people, at_desk
):
    with house.db.writing() as conn:
        users.change(conn, people["agent2"], role="handler", department="财务部")
    about = {"department": "财务部", "sequence": row_of(house, customer).sequence}
    page.post(f"{customer.page}/department", **about)
    assert at_desk("agent2").get(customer.page).status_code == 404


# ---- Recusal


def test_who_is_kept_out_owns_it_no_longer_and_sees_it_no_more(page, customer, house, people, at_desk):
    registered(page, customer, house)
    lead = at_desk("supervisor")
    answer = lead.post(f"{customer.page}/recuse", who=people["agent"], reason="客户投诉的就是他")
    assert answer.status_code == 303
    row = row_of(house, customer)
    assert row.owner_id is None
    assert page.get(customer.page).status_code == 404
    with house.db.reading() as conn:
        assert conversations.fetch(conn, customer.conversation).agent_id is None
        open_ones = {one.kind for one in promises.of_complaint(conn, row.id) if one.state == "open"}
    assert "accept" in open_ones
    assert "客户投诉的就是他" in signals(lead, customer)


def test_who_is_readmitted_sees_it_again(page, customer, house, people, at_desk):
    lead = at_desk("supervisor")
    lead.post(f"{customer.page}/recuse", who=people["agent"], reason="弄错了人")
    lead.post(f"{customer.page}/readmit", who=people["agent"])
    assert page.get(customer.page).status_code == 200
    assert "recusal_lifted" in names(house, customer)


def test_one_keeps_oneself_out_but_nobody_else(page, customer, house, people):
    assert page.post(f"{customer.page}/recuse", who=people["supervisor"], reason="x").status_code == 409
    answer = page.post(f"{customer.page}/recuse", who=people["agent"], reason="客户是我亲戚")
    assert answer.headers["Location"] == "/desk/"
    with house.db.reading() as conn:
        assert recusals.holds(conn, customer.complaint.id, people["agent"])
        assert not recusals.holds(conn, customer.complaint.id, people["supervisor"])


def test_who_is_kept_out_cannot_be_made_the_owner(customer, page, house, people, clock):
    with house.db.writing() as conn:
        about = {"reason": "x", "user_id": people["supervisor"], "at": clock()}
        recusals.add(conn, customer.complaint.id, people["agent"], **about)
    answer = page.post(f"{customer.page}/own", sequence=row_of(house, customer).sequence)
    assert answer.status_code == 404
    assert row_of(house, customer).owner_id is None
