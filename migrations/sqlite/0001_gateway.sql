-- The gateway's rows. Whole values live in `doc`; the columns beside it exist to be looked up by.
-- Times are Unix milliseconds in UTC, so that both databases round and sort them alike; `doc` spells them out (RFC 3339).
-- There are no foreign keys: rows of one decision are written set-wise, and an event outlives what it tells about.

create table calls (
    id blob primary key,
    provider text not null,
    provider_call_id text,
    appointment_id blob,
    effect_id blob,
    business text not null,
    party text not null,
    state text not null,
    outcome text,
    created_at integer not null,
    updated_at integer not null,
    doc text not null
) strict;
create unique index calls_by_provider on calls (provider, provider_call_id) where provider_call_id is not null;
create index calls_by_appointment on calls (appointment_id) where appointment_id is not null;
create index calls_by_party on calls (party);
create index calls_by_age on calls (created_at, id);
create index calls_live on calls (created_at, id) where state <> 'ended';

create table appointments (
    id blob primary key,
    business text not null,
    external_id text,
    phone text not null,
    status text not null,
    starts_at integer not null,
    created_at integer not null,
    updated_at integer not null,
    search text not null,
    doc text not null
) strict;
create unique index appointments_by_external_id on appointments (business, external_id) where external_id is not null;
create index appointments_by_phone on appointments (phone, starts_at);
create index appointments_by_start on appointments (starts_at, id);
create index appointments_by_status on appointments (status, starts_at, id);

-- `withdrawable`: whether an answer on another channel makes it pointless. `reaches` and `started_at`: for contact caps.
create table effects (
    id blob primary key,
    appointment_id blob,
    call_id blob,
    kind text not null,
    state text not null,
    withdrawable integer not null,
    due_at integer not null,
    reaches text,
    started_at integer,
    created_at integer not null,
    doc text not null
) strict;
create index effects_by_appointment on effects (appointment_id) where appointment_id is not null;
create index effects_by_call on effects (call_id) where call_id is not null;
create index effects_reached on effects (reaches, started_at) where reaches is not null;
create index effects_by_age on effects (created_at, id);
create index effects_open on effects (due_at) where state in ('waiting', 'started', 'uncertain');
create index effects_by_state on effects (state, created_at, id);

create table events (
    seq integer primary key autoincrement,
    at integer not null,
    appointment_id blob,
    call_id blob,
    kind text not null,
    note text not null,
    detail text not null
) strict;
create index events_by_appointment on events (appointment_id, seq) where appointment_id is not null;
create index events_by_call on events (call_id, seq) where call_id is not null;

-- What was decided before: the same delivery again is answered from here.
create table seen (
    once text primary key,
    at integer not null,
    reply text not null,
    call_id blob,
    appointment_id blob
) strict;
create index seen_by_age on seen (at);

create table contacts (
    phone text primary key,
    updated_at integer not null,
    doc text not null
) strict;

-- Forgotten people who had asked not to be contacted: a hash of the number is all that is kept.
create table suppressed (
    hash text primary key,
    at integer not null
) strict;

create table counters (
    day text not null,
    business text not null,
    flow text not null,
    name text not null,
    n integer not null,
    primary key (day, business, flow, name)
) strict, without rowid;

create table api_keys (
    id blob primary key,
    label text not null,
    hash text not null unique,
    created_at integer not null,
    revoked_at integer
) strict;

-- First answers to requests with an Idempotency-Key; `status` is null while the first request is still being worked on.
create table answers (
    key text primary key,
    body_hash text not null,
    at integer not null,
    status integer,
    body text
) strict;
create index answers_by_age on answers (at);

-- One row, written after a failed write to find out whether writing works again.
create table probe (
    id integer primary key,
    n integer not null
) strict;
