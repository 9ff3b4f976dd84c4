//! The statements of captured key presses.

use crate::statement::{
    Kind::{Int, Text as Words},
    Statement,
};

statements! { captures;
    /// Rows: carrier, its name for the call, tree.
    CAPTURED = each(
        "select id, provider, call_sid, business, flow, version, day, started_at, updated_at, phone, from_number, to_number,
                caller_circle
         from ivr_calls where provider = $1 and call_sid = $2 and flow = $3",
        "select c.id, c.provider, c.call_sid, c.business, c.flow, c.version, c.day, c.started_at, c.updated_at, c.phone,
                c.from_number, c.to_number, c.caller_circle
         from jsonb_array_elements(cast($1 as jsonb)) as r cross join ivr_calls c
         where c.provider = r.value->>0 and c.call_sid = r.value->>1 and c.flow = r.value->>2",
    );
    /// What was pressed in a call. Rows: its number.
    PRESSES = each(
        "select call, n, step, raw, digits, told_at, received_at from ivr_presses where call = $1 order by n",
        "select call, n, step, raw, digits, told_at, received_at from ivr_presses
         where call in (select cast(value->>0 as bigint) from jsonb_array_elements(cast($1 as jsonb)))
         order by call, n",
    );
    NEW_CAPTURED = each(
        "insert into ivr_calls (provider, call_sid, business, flow, version, day, started_at, updated_at, phone, from_number,
                                to_number, caller_circle, path, choices, selections, complete)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        // Numbers are given in the order of the rows.
        "insert into ivr_calls (provider, call_sid, business, flow, version, day, started_at, updated_at, phone, from_number,
                                to_number, caller_circle, path, choices, selections, complete)
         select value->>0, value->>1, value->>2, value->>3, cast(value->>4 as bigint), value->>5,
                cast(value->>6 as bigint), cast(value->>7 as bigint), value->>8, value->>9, value->>10, value->>11,
                value->>12, value->13, cast(value->>14 as bigint), cast(value->>15 as bigint)
         from jsonb_array_elements(cast($1 as jsonb)) with ordinality
         order by ordinality
         returning id",
    );
    /// Rows: number, newest change, path, choices, how many, complete.
    MOVE_CAPTURED = each(
        "update ivr_calls set updated_at = $2, path = $3, choices = $4, selections = $5, complete = $6 where id = $1",
        "update ivr_calls c set updated_at = cast(r.value->>1 as bigint), path = r.value->>2, choices = r.value->3,
                selections = cast(r.value->>4 as bigint), complete = cast(r.value->>5 as bigint)
         from jsonb_array_elements(cast($1 as jsonb)) as r where c.id = cast(r.value->>0 as bigint)",
    );
    PUT_PRESSES = put(
        "ivr_presses",
        &[("call", Int), ("n", Int), ("step", Words), ("raw", Words), ("digits", Words), ("told_at", Int),
          ("received_at", Int)],
        "",
    );
    CAPTURED_BY_NUMBER = shared(
        "select id, provider, call_sid, business, flow, version, day, started_at, updated_at, phone, from_number, to_number,
                caller_circle
         from ivr_calls where id = $1",
    );
    CAPTURED_BY_NAME = shared(
        "select id, provider, call_sid, business, flow, version, day, started_at, updated_at, phone, from_number, to_number,
                caller_circle
         from ivr_calls where call_sid = $1 order by id limit 20",
    );
    /// Somebody's calls lose their number. Bind: the number.
    FORGET_CAPTURED = shared(
        "update ivr_calls set phone = null, from_number = null, caller_circle = null where phone = $1 returning id",
    );
    /// What they spelt out in keys goes as well; a choice among a few stays. Rows: the call's number.
    FORGET_PRESSES = each(
        "update ivr_presses set raw = 'x', digits = case when digits is null then null else 'x' end
         where call = $1 and length(raw) > 4",
        "update ivr_presses set raw = 'x', digits = case when digits is null then null else 'x' end
         where length(raw) > 4
           and call in (select cast(value->>0 as bigint) from jsonb_array_elements(cast($1 as jsonb)))",
    );
}

/// What [`CAPTURED`] selects, for lists that are built.
pub(crate) const COLUMNS: &str = "id, provider, call_sid, business, flow, version, day, started_at, updated_at, phone, \
                                  from_number, to_number, caller_circle";
