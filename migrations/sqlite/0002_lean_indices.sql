-- A webhook writes a line or two of the timeline and one row of `seen`: every index of theirs is paid for each time.
-- A line is found by its call or, where it has none, by its appointment; an appointment's calls are known.
drop index events_by_appointment;
drop index events_by_call;
create index events_by_thread on events (coalesce(call_id, appointment_id));
-- Rows of `seen` are numbered in the order of their age.
drop index seen_by_age;
-- A list of values is a temporary table, made for each row that is written.
drop index effects_open;
create index effects_open on effects (due_at) where state = 'waiting' or state = 'started' or state = 'uncertain';
