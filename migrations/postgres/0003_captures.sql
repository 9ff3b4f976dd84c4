-- Calls in IVRs that carriers run, and what was pressed in them. What was pressed is the truth; `path`, `choices`,
-- `selections` and `complete` follow from it.
create table ivr_calls (
    id bigint generated always as identity primary key,
    provider text not null,
    call_sid text not null,
    business text not null,
    flow text not null,
    version bigint not null,
    day text not null,
    started_at bigint not null,
    updated_at bigint not null,
    phone text,
    from_number text,
    to_number text,
    caller_circle text,
    path text not null,
    choices jsonb not null,
    selections bigint not null,
    complete bigint not null
);
create unique index ivr_calls_by_sid on ivr_calls (call_sid, provider, flow);
create index ivr_calls_by_day on ivr_calls (day, id);

create table ivr_presses (
    call bigint not null,
    n bigint not null,
    step text not null,
    raw text not null,
    digits text,
    told_at bigint,
    received_at bigint not null,
    primary key (call, n)
);

-- As the first users of the capture know them, so that their queries still answer. Times are UTC.
create view ivr_inputs as
select
    p.call * 1000 + p.n as id,
    c.call_sid as call_sid,
    c.from_number as from_number,
    c.to_number as to_number,
    p.step as step_name,
    coalesce(p.digits, p.raw) as digit_input,
    to_char(to_timestamp(coalesce(p.told_at, p.received_at) / 1000) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as "timestamp",
    c.to_number as exophone,
    c.caller_circle as caller_circle
from ivr_presses p
join ivr_calls c on c.id = p.call;

create view ivr_paths as
select
    id,
    call_sid,
    from_number,
    to_number,
    choices ->> 'language' as language_choice,
    choices ->> 'state' as state_choice,
    choices ->> 'service' as service_choice,
    choices ->> 'model' as model_choice,
    choices ->> 'hp' as hp_choice,
    path as complete_path,
    to_char(to_timestamp(started_at / 1000) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as "timestamp"
from ivr_calls;
