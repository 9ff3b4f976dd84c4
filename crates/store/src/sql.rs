//! Every statement, in one place and in the modules here, each named by what it is about. A test prepares each of them on
//! both databases.

pub(crate) mod alerts;
pub(crate) mod captures;
pub(crate) mod cursors;
pub(crate) mod opt_outs;
pub(crate) mod slots;
pub(crate) mod voices;

use crate::statement::{
    Kind::{self, Doc, Id, Int, Text as Words},
    Statement,
};

/// Every statement with its name.
#[must_use]
pub fn statements() -> Vec<(&'static str, &'static Statement)> {
    let own = gateway().into_iter().chain(captures::captures()).chain(alerts::alerts());
    let own = own.chain(opt_outs::opt_outs()).chain(slots::slots());
    own.chain(cursors::cursors()).chain(voices::voices()).collect()
}

const EFFECT_COLUMNS: &[(&str, Kind)] = &[
    ("id", Id),
    ("appointment_id", Id),
    ("call_id", Id),
    ("kind", Words),
    ("state", Words),
    ("withdrawable", Int),
    ("due_at", Int),
    ("reaches", Words),
    ("started_at", Int),
    ("created_at", Int),
    ("doc", Doc),
];

statements! { gateway;
    // ---- what a batch loads
    /// Rows: key.
    SEEN = each(
        "select once, cast(reply as text), call_id, appointment_id from seen where once = $1",
        "select once, cast(reply as text), call_id, appointment_id from seen
         where once in (select value->>0 from jsonb_array_elements(cast($1 as jsonb)))",
    );
    EFFECTS = by_id("id, cast(doc as text)", "effects");
    CALLS = by_id("id, provider, provider_call_id, cast(doc as text)", "calls");
    /// Rows: provider, its name for the call.
    CALLS_BY_NAME = each(
        "select id, provider, provider_call_id, cast(doc as text) from calls
         where provider = $1 and provider_call_id = $2",
        "select c.id, c.provider, c.provider_call_id, cast(c.doc as text)
         from jsonb_array_elements(cast($1 as jsonb)) as r cross join calls c
         where c.provider = r.value->>0 and c.provider_call_id = r.value->>1",
    );
    /// Calls that may be the one a carrier names for the first time: live, and without a name. Rows: provider, whom they
    /// are with.
    CALLS_UNNAMED = each(
        "select id, provider, provider_call_id, cast(doc as text) from calls
         where provider = $1 and party = $2 and provider_call_id is null and state <> 'ended'",
        "select c.id, c.provider, c.provider_call_id, cast(c.doc as text)
         from jsonb_array_elements(cast($1 as jsonb)) as r cross join calls c
         where c.provider = r.value->>0 and c.party = r.value->>1 and c.provider_call_id is null and c.state <> 'ended'",
    );
    /// The calls with somebody that are not over. Rows: phone.
    CALLS_LIVE = each(
        "select party, id, provider, provider_call_id, cast(doc as text) from calls
         where party = $1 and state <> 'ended'",
        "select c.party, c.id, c.provider, c.provider_call_id, cast(c.doc as text)
         from jsonb_array_elements(cast($1 as jsonb)) as r cross join calls c
         where c.party = r.value->>0 and c.state <> 'ended'",
    );
    APPOINTMENTS = by_id("id, business, external_id, cast(doc as text)", "appointments");
    /// Rows: business, external id.
    APPOINTMENTS_BY_NAME = each(
        "select id, business, external_id, cast(doc as text) from appointments where business = $1 and external_id = $2",
        "select a.id, a.business, a.external_id, cast(a.doc as text)
         from jsonb_array_elements(cast($1 as jsonb)) as r cross join appointments a
         where a.business = r.value->>0 and a.external_id = r.value->>1",
    );
    /// The appointment a person most likely speaks of: the one they are being asked about, else the next to come, else
    /// the newest. Rows: position, phone, business or null, now.
    PERSONS = each(
        "select cast($1 as integer), cast(doc as text) from appointments
         where phone = $2 and ($3 is null or business = $3)
         order by
             case when starts_at >= $4 and status = 'confirming' then 0
                  when starts_at >= $4 and status in ('scheduled', 'confirmed', 'reschedule_requested', 'unreached') then 1
                  else 2 end,
             case when starts_at >= $4 and status not in ('cancelled', 'completed', 'no_show') then starts_at
                  else -created_at end,
             id
         limit 1",
        "select at, doc from (
             select cast(r.value->>0 as bigint) as at, cast(a.doc as text) as doc, row_number() over (
                 partition by r.value->>0
                 order by
                     case when a.starts_at >= cast(r.value->>3 as bigint) and a.status = 'confirming' then 0
                          when a.starts_at >= cast(r.value->>3 as bigint)
                               and a.status in ('scheduled', 'confirmed', 'reschedule_requested', 'unreached') then 1
                          else 2 end,
                     case when a.starts_at >= cast(r.value->>3 as bigint)
                               and a.status not in ('cancelled', 'completed', 'no_show') then a.starts_at
                          else -a.created_at end,
                     a.id) as place
             from jsonb_array_elements(cast($1 as jsonb)) as r cross join appointments a
             where a.phone = r.value->>1 and (r.value->>2 is null or a.business = r.value->>2)
         ) ranked
         where place = 1",
    );
    /// Rows: phone, hash of the phone.
    CONTACTS = each(
        "select cast($1 as text), (select doc from contacts where phone = $1), (select at from suppressed where hash = $2)",
        "select r.value->>0, cast(c.doc as text), s.at from jsonb_array_elements(cast($1 as jsonb)) as r
         left join contacts c on c.phone = r.value->>0 left join suppressed s on s.hash = r.value->>1",
    );
    /// What reached a person lately, at most the newest 64. Rows: phone, since.
    RECENT = each(
        "select reaches, id, kind, started_at from effects
         where reaches = $1 and started_at > $2 order by started_at desc limit 64",
        "select e.reaches, e.id, e.kind, e.started_at from jsonb_array_elements(cast($1 as jsonb)) as r
         cross join lateral (
             select n.reaches, n.id, n.kind, n.started_at from effects n
             where n.reaches = r.value->>0 and n.started_at > cast(r.value->>1 as bigint)
             order by n.started_at desc limit 64) e",
    );
    /// Waits for everybody else who decides about one of these keys, until our commit. One order for all: no deadlock.
    LOCK = each(
        "select 1 where $1 is null",
        "select 1 from (
             select pg_advisory_xact_lock(key) from (
                 select distinct hashtextextended(value->>0, 0) as key from jsonb_array_elements(cast($1 as jsonb)) order by key
             ) keys
         ) held",
    );

    // ---- what a batch writes
    /// Rows: appointment, reason, time as text. Left to itself SQLite goes through everything that waits, whomever it is
    /// for.
    WITHDRAW = each(
        "update effects indexed by effects_by_appointment set state = 'skipped',
             doc = json_set(doc, '$.state', 'skipped', '$.reason', $2, '$.updated_at', $3)
         where appointment_id = $1 and state = 'waiting' and withdrawable = 1",
        "update effects set state = 'skipped',
             doc = doc || jsonb_build_object('state', 'skipped', 'reason', w.value->1, 'updated_at', w.value->2)
         from jsonb_array_elements(cast($1 as jsonb)) as w
         where effects.appointment_id = uuid(w.value->>0) and effects.state = 'waiting' and effects.withdrawable = 1",
    );
    PUT_CALLS = put(
        "calls",
        &[("id", Id), ("provider", Words), ("provider_call_id", Words), ("appointment_id", Id), ("effect_id", Id),
          ("business", Words), ("party", Words), ("state", Words), ("outcome", Words), ("created_at", Int),
          ("updated_at", Int), ("doc", Doc)],
        "on conflict (id) do update set provider = excluded.provider, provider_call_id = excluded.provider_call_id,
             appointment_id = excluded.appointment_id, effect_id = excluded.effect_id, state = excluded.state,
             outcome = excluded.outcome, updated_at = excluded.updated_at, doc = excluded.doc",
    );
    /// Most events change nothing that a call is found by, and SQLite rewrites the index of every column that is named
    /// after `set`, changed or not. Rows: call, time, document.
    TOUCH_CALLS = each(
        "update calls set updated_at = $2, doc = $3 where id = $1",
        "update calls set updated_at = cast(r.value->>1 as bigint), doc = r.value->2
         from jsonb_array_elements(cast($1 as jsonb)) as r where calls.id = uuid(r.value->>0)",
    );
    /// Rows as for `TOUCH_CALLS`, and state and outcome.
    MOVE_CALLS = each(
        "update calls set updated_at = $2, doc = $3, state = $4, outcome = $5 where id = $1",
        "update calls set updated_at = cast(r.value->>1 as bigint), doc = r.value->2, state = r.value->>3,
             outcome = r.value->>4
         from jsonb_array_elements(cast($1 as jsonb)) as r where calls.id = uuid(r.value->>0)",
    );
    PUT_APPOINTMENTS = put(
        "appointments",
        &[("id", Id), ("business", Words), ("external_id", Words), ("phone", Words), ("status", Words),
          ("starts_at", Int), ("created_at", Int), ("updated_at", Int), ("search", Words), ("doc", Doc)],
        "on conflict (id) do update set business = excluded.business, external_id = excluded.external_id,
             phone = excluded.phone, status = excluded.status, starts_at = excluded.starts_at,
             updated_at = excluded.updated_at, search = excluded.search, doc = excluded.doc",
    );
    /// Most changes leave alone what an appointment is found by, its status excepted. Rows: appointment, status, time,
    /// document.
    MOVE_APPOINTMENTS = each(
        "update appointments set status = $2, updated_at = $3, doc = $4 where id = $1",
        "update appointments set status = r.value->>1, updated_at = cast(r.value->>2 as bigint), doc = r.value->3
         from jsonb_array_elements(cast($1 as jsonb)) as r where appointments.id = uuid(r.value->>0)",
    );
    /// An effect decided twice under one name is one effect: the first row stands, however far it has come.
    NEW_EFFECTS = put("effects", EFFECT_COLUMNS, "on conflict (id) do nothing");
    PUT_EFFECTS = put(
        "effects",
        EFFECT_COLUMNS,
        "on conflict (id) do update set appointment_id = excluded.appointment_id, call_id = excluded.call_id,
             state = excluded.state, withdrawable = excluded.withdrawable, due_at = excluded.due_at,
             reaches = excluded.reaches, started_at = excluded.started_at, doc = excluded.doc",
    );
    PUT_CONTACTS = put(
        "contacts",
        &[("phone", Words), ("updated_at", Int), ("doc", Doc)],
        "on conflict (phone) do update set updated_at = excluded.updated_at, doc = excluded.doc",
    );
    PUT_SEEN = put(
        "seen",
        &[("once", Words), ("at", Int), ("reply", Doc), ("call_id", Id), ("appointment_id", Id)],
        "on conflict (once) do nothing",
    );
    /// On PostgreSQL sequence numbers are drawn one transaction after the other, commit included: whoever has read up
    /// to a number will never miss a smaller one that was committed later.
    PUT_EVENTS = each(
        "insert into events (at, appointment_id, call_id, kind, note, detail) values ($1, $2, $3, $4, $5, $6)",
        "with turn as materialized (select pg_advisory_xact_lock(70001, 1))
         insert into events (at, appointment_id, call_id, kind, note, detail)
         select cast(value->>0 as bigint), uuid(value->>1), uuid(value->>2), value->>3, value->>4, value->5
         from turn cross join jsonb_array_elements(cast($1 as jsonb))
         returning seq",
    );
    PUT_COUNTERS = put(
        "counters",
        &[("day", Words), ("business", Words), ("flow", Words), ("name", Words), ("n", Int)],
        "on conflict (day, business, flow, name) do update set n = counters.n + excluded.n",
    );

    // ---- reads
    APPOINTMENT = shared("select cast(doc as text) from appointments where id = $1");
    CALL = shared("select cast(doc as text) from calls where id = $1");
    EFFECT = shared("select cast(doc as text) from effects where id = $1");
    CONTACT = shared("select cast(doc as text) from contacts where phone = $1");
    TIMELINE_OF_APPOINTMENT = shared(
        "select seq, at, appointment_id, call_id, kind, note, cast(detail as text) from (
             select * from events where coalesce(call_id, appointment_id) = $1
             union all
             select * from events
             where coalesce(call_id, appointment_id) in (select id from calls where appointment_id = $1)
         ) lines order by seq limit 1000",
    );
    TIMELINE_OF_CALL = shared(
        "select seq, at, appointment_id, call_id, kind, note, cast(detail as text) from events
         where coalesce(call_id, appointment_id) = $1 order by seq limit 1000",
    );
    EVENTS_AFTER = shared(
        "select seq, at, appointment_id, call_id, kind, note, cast(detail as text) from events
         where seq > $1 order by seq limit $2",
    );
    /// Effects that are not over, by state. One part for each state, so that each is found by its index: those that are
    /// over are many more, and are not looked at.
    OPEN_EFFECTS = shared(
        "select 'waiting', count(*) from effects where state = 'waiting'
         union all select 'started', count(*) from effects where state = 'started'
         union all select 'uncertain', count(*) from effects where state = 'uncertain'",
    );
    LAST_SEQ = shared("select coalesce(max(seq), 0) from events");
    PING = shared("select cast(1 as bigint)");
    /// Finds out whether writing works again.
    PROBE = shared("insert into probe (id, n) values (1, 1) on conflict (id) do update set n = probe.n + 1");

    // ---- a person is forgotten
    KEEP_OPT_OUT = shared("insert into suppressed (hash, at) values ($1, $2) on conflict (hash) do nothing");
    FORGET_CONTACT = shared("delete from contacts where phone = $1");
    /// The booking system's name for it is free again. Binds: phone, masked phone, now in milliseconds, now as text.
    FORGET_APPOINTMENTS = each(
        "update appointments set external_id = null, phone = $2, search = '', updated_at = $3, doc = json_set(doc,
             '$.customer.name', 'Forgotten', '$.customer.phone', $2, '$.customer.email', null, '$.notes', null, '$.wrote', null,
             '$.external_id', null, '$.updated_at', $4)
         where phone = $1 returning id",
        "update appointments set external_id = null, phone = $2, search = '', updated_at = $3, doc = doc || jsonb_build_object(
             'customer', (doc->'customer') || jsonb_build_object('name', 'Forgotten', 'phone', cast($2 as text), 'email', null),
             'notes', null, 'wrote', null, 'external_id', null, 'updated_at', cast($4 as text))
         where phone = $1 returning id",
    );
    FORGET_CALLS = each(
        "update calls set party = $2, doc = json_set(doc,
             '$.from', case when doc->>'$.from' = $1 then $2 else doc->>'$.from' end,
             '$.to', case when doc->>'$.to' = $1 then $2 else doc->>'$.to' end, '$.recording', null, '$.transcript', null, '$.collected', null, '$.talk', null)
         where party = $1 returning id",
        "update calls set party = $2, doc = doc || jsonb_build_object(
             'from', case when doc->>'from' = $1 then cast($2 as text) else doc->>'from' end,
             'to', case when doc->>'to' = $1 then cast($2 as text) else doc->>'to' end, 'recording', null, 'transcript', null, 'collected', null, 'talk', null)
         where party = $1 returning id",
    );
    FORGET_EFFECTS = each(
        "update effects set reaches = $2, doc = json_set(doc, '$.reaches', $2) where reaches = $1",
        "update effects set reaches = $2, doc = doc || jsonb_build_object('reaches', cast($2 as text)) where reaches = $1",
    );
    /// Nothing reaches the person any more. The calendar still has to learn of it, and the timers still end what is open.
    /// Rows: appointment, reason, time as text.
    STOP_ALL = each(
        "update effects indexed by effects_by_appointment set state = 'skipped',
             doc = json_set(doc, '$.state', 'skipped', '$.reason', $2, '$.updated_at', $3)
         where appointment_id = $1 and state = 'waiting' and kind not in ('calendar', 'wake')",
        "update effects set state = 'skipped',
             doc = doc || jsonb_build_object('state', 'skipped', 'reason', w.value->1, 'updated_at', w.value->2)
         from jsonb_array_elements(cast($1 as jsonb)) as w
         where effects.appointment_id = uuid(w.value->>0) and effects.state = 'waiting'
             and effects.kind not in ('calendar', 'wake')",
    );
    /// What was said to them, names included. Binds: their appointments, their calls.
    FORGET_REPLIES = shared(
        "update seen set reply = '[]' where appointment_id in (select unhex(value->>0) from json_each($1))
             or call_id in (select unhex(value->>0) from json_each($2))",
    );
    /// What their calls were to be told unasked. Binds: their appointments, their calls.
    FORGET_WORDS = each(
        "update effects set doc = json_set(doc, '$.action.reply', json('[]'))
         where kind = 'steer' and (appointment_id in (select unhex(value->>0) from json_each($1))
             or call_id in (select unhex(value->>0) from json_each($2)))",
        "update effects set doc = jsonb_set(doc, '{action,reply}', '[]')
         where kind = 'steer'
             and (appointment_id in (select uuid(value->>0) from jsonb_array_elements(cast($1 as jsonb)))
                 or call_id in (select uuid(value->>0) from jsonb_array_elements(cast($2 as jsonb))))",
    );
    FORGET_ANSWERS = shared("delete from answers where body like $1");

    // ---- keys and answers of the API
    PUT_KEY = shared("insert into api_keys (id, label, hash, created_at) values ($1, $2, $3, $4)");
    KEYS = shared("select id, label, created_at, revoked_at from api_keys order by created_at, id");
    KEY_BY_HASH = shared("select id, label, created_at, revoked_at from api_keys where hash = $1 and revoked_at is null");
    REVOKE_KEY = shared("update api_keys set revoked_at = $2 where id = $1 and revoked_at is null");
    CLAIM = shared("insert into answers (key, body_hash, at) values ($1, $2, $3) on conflict (key) do nothing");
    CLAIMED = shared("select body_hash, status, body from answers where key = $1");
    ANSWER = shared("update answers set status = $2, body = $3 where key = $1 and status is null");
    /// On SQLite the first two thousand rows are looked at: their numbers grow with their age, give or take a moment.
    PRUNE_SEEN = each(
        "delete from seen where rowid < (select min(rowid) + 2000 from seen) and at < $1",
        "delete from seen where once in (select once from seen where at < $1 limit 2000)",
    );
    PRUNE_ANSWERS = shared("delete from answers where key in (select key from answers where at < $1 limit 2000)");

    // ---- River's tables
    /// All rows at once on SQLite, too: the table's checks make three temporary tables for each statement.
    /// Rows: effect, due time as text, now as text, state.
    PUT_JOBS = each(
        "insert into river_job (args, kind, max_attempts, queue, scheduled_at, created_at, state)
         select jsonb(json_object('effect', value->>0)), 'effect', 1000, 'effects', value->>1, value->>2, value->>3
         from json_each($1)",
        "insert into river_job (args, kind, max_attempts, queue, scheduled_at, state, tags)
         select jsonb_build_object('effect', value->0), 'effect', 1000, 'effects', cast(value->>1 || '+00' as timestamptz),
                cast(value->>3 as river_job_state), '{}'
         from jsonb_array_elements(cast($1 as jsonb))",
    );
    NOTIFY_JOBS = each(
        "insert into river_notification (payload, topic) values ('{\"queue\":\"effects\"}', 'river_insert')",
        "select pg_notify(current_schema() || '.river_insert', '{\"queue\":\"effects\"}')",
    );
    /// Effects that should long have been looked at, and that no live job will look at. Bind: margin in milliseconds.
    LOST = each(
        "select e.id from effects e
         where (e.state = 'waiting' or e.state = 'started' or e.state = 'uncertain')
             and e.due_at < unixepoch('subsec') * 1000 - $1
             and e.id not in (
                 select unhex(json_extract(j.args, '$.effect'), '-') from river_job j
                 where j.kind = 'effect' and j.state in ('available', 'pending', 'retryable', 'running', 'scheduled')
                     and json_extract(j.args, '$.effect') is not null)
         order by e.due_at limit 500",
        "select e.id from effects e
         where e.state in ('waiting', 'started', 'uncertain')
             and e.due_at < extract(epoch from clock_timestamp()) * 1000 - $1
             and not exists (
                 select 1 from river_job j
                 where j.kind = 'effect' and j.state in ('available', 'pending', 'retryable', 'running', 'scheduled')
                     and j.args->>'effect' = cast(e.id as text))
         order by e.due_at limit 500",
    );
    /// A new job for each, due at once. Rows: effect, written with hyphens.
    FIND_AGAIN = each(
        "insert into river_job (args, kind, max_attempts, queue, scheduled_at, created_at, state)
         values (jsonb(json_object('effect', $1)), 'effect', 1000, 'effects', strftime('%Y-%m-%d %H:%M:%f', 'now'),
                 strftime('%Y-%m-%d %H:%M:%f', 'now'), 'available')",
        "insert into river_job (args, kind, max_attempts, queue, scheduled_at, state, tags)
         select jsonb_build_object('effect', value->0), 'effect', 1000, 'effects', now(), 'available', '{}'
         from jsonb_array_elements(cast($1 as jsonb))",
    );
    /// Instances that hold jobs or the lead and whose session is gone. Bind: our own instance.
    DEAD = each(
        "select '' where $1 is null",
        "select id from (
             select attempted_by[array_length(attempted_by, 1)] as id from river_job where state = 'running'
             union
             select leader_id from river_leader
         ) held
         where id <> $1 and pg_try_advisory_xact_lock(70002, hashtext(id))",
    );
    /// The lead of the dead lapses. Rows: instance; on SQLite whoever holds the lock file is alone, so all others are dead.
    DROP_LEADER = each(
        "delete from river_leader where $1 is not null",
        "delete from river_leader
         where leader_id in (select value->>0 from jsonb_array_elements(cast($1 as jsonb)))",
    );
    /// The jobs of the dead run again.
    REOPEN = each(
        "update river_job set state = 'available', scheduled_at = strftime('%Y-%m-%d %H:%M:%f', 'now')
         where state = 'running' and $1 is not null",
        "update river_job set state = 'available', scheduled_at = now()
         where state = 'running' and attempted_by[array_length(attempted_by, 1)] in
             (select value->>0 from jsonb_array_elements(cast($1 as jsonb)))",
    );
    /// Held for as long as the instance lives, by a session of its own.
    HOLD_INSTANCE = each("select cast(1 as bigint) where $1 is null", "select pg_advisory_lock(70002, hashtext($1))");
    /// One gateway migrates at a time. Bind: 0.
    MIGRATION_TURN = each("select cast(1 as bigint) where $1 = 0", "select pg_advisory_lock(70003, cast($1 as integer))");
    INSTANCE = each("select 'frontdesk-' || lower(hex(randomblob(12)))", "select 'frontdesk-' || cast(gen_random_uuid() as text)");
}
