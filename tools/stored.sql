-- A long history for `./jiesu bench desk` (tools/bench_stored.py): one statement after another, in bulk.
-- :count complaints, the newest :open of them not over, opened over the last :days; :waiting wait for a person.

INSERT INTO n (i, over, channel, tier, owner, at, later)
WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < :count),
ago AS (SELECT i, printf('-%.3f minutes', 1 + (:count - i) * :days * 1440.0 / :count) AS since FROM c)
SELECT i, i <= :count - :open,
    CASE WHEN i % 20 < 9 THEN 'web' WHEN i % 20 < 17 THEN 'phone' ELSE 'wechat' END,
    CASE WHEN i * 37 % 100 < 3 THEN 3 WHEN i * 37 % 100 < 20 THEN 2 ELSE 1 END,
    CASE WHEN i <= :count - :open OR i % 7 THEN 1000 + i % :people + 1 END,
    strftime('%Y-%m-%d %H:%M:%f000', 'now', since),
    strftime('%Y-%m-%d %H:%M:%f000', 'now', since, '+2 hours')
FROM ago;

INSERT INTO users
    (id, login, public_name, role, password_hash, presence, present_until, session_epoch, created_at)
SELECT 1000 + i, 'bench' || i, 'bench' || i, 'agent', '-', 'available',
    strftime('%Y-%m-%d %H:%M:%f000', 'now', '+1 hours'), 0, at
FROM n WHERE i <= :people;

INSERT INTO customers (id, created_at) SELECT i, at FROM n;

INSERT INTO identities (customer_id, kind, value, confirmed)
SELECT i, 'phone', '+86139' || printf('%08d', i), 0 FROM n;

INSERT INTO complaints
    (id, number, kind, state, opened_at, registered_at, channel, source, customer_id, tier, owner_id, taken_at,
     mood, mood_level, rung, reopened, sequence, closed_at, outcome, category)
SELECT i, number_of(i), 'complaint',
    CASE WHEN over THEN 'closed' WHEN i % 7 = 0 THEN 'registered' WHEN i % 7 < 4 THEN 'investigating'
         ELSE 'conferring' END,
    at, at, channel, 'customer', i, tier, owner, CASE WHEN owner THEN later END,
    'annoyed', 1, 0, 0, 8, CASE WHEN over THEN later END, CASE WHEN over THEN 'satisfied' END, category_of(i)
FROM n;

INSERT INTO conversations
    (id, channel, customer_id, complaint_id, speaker, epoch, asked_counts, skipped, misses, mood, mood_level,
     calm_turns, sender, sender_generation, started_at, last_heard_at, ended_at)
SELECT 'bench-' || i, channel, i, i, CASE WHEN i > :count - :waiting THEN 'waiting' ELSE 'assistant' END,
    0, '{}', '[]', 0, 'annoyed', 1, 0, 'bench-' || i, 1, at, at, CASE channel WHEN 'phone' THEN later END
FROM n;

INSERT INTO messages (conversation_id, complaint_id, author, words, buttons, answered, at)
SELECT 'bench-' || i, i, k.column2, story_of(i + k.column1), '[]', 1, at
FROM n CROSS JOIN (VALUES (1, 'customer'), (2, 'assistant'), (3, 'customer'), (4, 'assistant')) k;

INSERT INTO facts (complaint_id, field, value, by, at)
SELECT i, k.column1,
    CASE k.column1 WHEN 'story' THEN json_quote(story_of(i))
        WHEN 'phone' THEN json_quote('+86139' || printf('%08d', i))
        WHEN 'issues' THEN json_array(json_object('category', category_of(i)))
        ELSE '{"kinds": ["refund"], "words": ""}' END,
    'rule', at
FROM n CROSS JOIN (VALUES ('story'), ('phone'), ('issues'), ('wanted')) k;

INSERT INTO signals (complaint_id, kind, code, level, rule, words, by, at)
SELECT i, 'mood', 'annoyed', 1, 'bench', '[]', 'rule', at FROM n;

-- Of those that are over, three in a hundred were missed and never kept, seven were kept late.
INSERT INTO promises
    (complaint_id, kind, made_at, due_at, calendar, provisional, state, missed_at, kept_at)
SELECT i, k.column1, at,
    CASE WHEN over THEN later
         ELSE strftime('%Y-%m-%d %H:%M:%f000', 'now', printf('%+d minutes', i * 61 % 4320 - 120)) END,
    'office', 0,
    CASE WHEN NOT over THEN CASE WHEN k.column1 IN ('accept', 'callback') THEN 'kept' ELSE 'open' END
         WHEN i * 41 % 100 < 3 THEN 'missed' WHEN i * 41 % 100 < 10 THEN 'missed_then_kept' ELSE 'kept' END,
    CASE WHEN over AND i * 41 % 100 < 10 THEN later END,
    CASE WHEN over AND i * 41 % 100 >= 3 THEN later END
FROM n CROSS JOIN (VALUES ('accept'), ('callback'), ('progress'), ('final')) k;

INSERT INTO events (name, at, complaint_id, conversation_id, sequence, data)
SELECT k.column2, at, i, CASE WHEN k.column1 < 5 THEN 'bench-' || i END, k.column1, '{}'
FROM n CROSS JOIN (VALUES (1, 'complaint_opened'), (2, 'message_heard'), (3, 'message_said'),
    (4, 'fact_learned'), (5, 'complaint_registered'), (6, 'promise_made'), (7, 'promise_kept'),
    (8, 'state_moved')) k
ORDER BY i, k.column1;

INSERT INTO handoffs
    (conversation_id, complaint_id, reason, asked_at, tried, agent_id, accepted_at, first_word_at, ended_at,
     outcome)
SELECT 'bench-' || i, i, 'asked', at, '[]', owner, at, at, later, 'handed_back' FROM n WHERE over AND i % 3 = 0;

INSERT INTO handoffs (conversation_id, complaint_id, reason, asked_at, tried)
SELECT 'bench-' || i, i, 'asked', at, '[]' FROM n WHERE i > :count - :waiting;
