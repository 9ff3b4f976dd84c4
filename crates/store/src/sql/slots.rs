//! Statements about times at a business.

use crate::statement::{
    Kind::{Id, Int, Text as Words},
    Statement,
};

statements! { slots;
    /// What takes a time. Found by when it begins: appointments are taken in for a day at the most, and nobody stretches one
    /// beyond a week by hand. Rows: position,
    /// business, from, to, now.
    SLOTS = each(
        "select cast($1 as integer), id, starts_at, starts_at + 60000 * cast(doc->>'duration_minutes' as integer),
             cast(null as integer)
         from appointments
         where business = $2 and starts_at >= $3 - 604800000 and starts_at < $4
             and status not in ('cancelled', 'completed', 'no_show')
             and starts_at + 60000 * cast(doc->>'duration_minutes' as integer) > $3
         union all
         select cast($1 as integer), appointment_id, starts_at, ends_at, until from holds
         where business = $2 and starts_at < $4 and ends_at > $3 and until > $5",
        "with asked as (
             select cast(value->>0 as bigint) as at, value->>1 as business, cast(value->>2 as bigint) as begins,
                 cast(value->>3 as bigint) as ends, cast(value->>4 as bigint) as now
             from jsonb_array_elements(cast($1 as jsonb))
         )
         select r.at, a.id, a.starts_at, a.starts_at + 60000 * cast(a.doc->>'duration_minutes' as bigint),
             cast(null as bigint)
         from asked r cross join appointments a
         where a.business = r.business and a.starts_at >= r.begins - 604800000 and a.starts_at < r.ends
             and a.status not in ('cancelled', 'completed', 'no_show')
             and a.starts_at + 60000 * cast(a.doc->>'duration_minutes' as bigint) > r.begins
         union all
         select r.at, h.appointment_id, h.starts_at, h.ends_at, h.until
         from asked r cross join holds h
         where h.business = r.business and h.starts_at < r.ends and h.ends_at > r.begins and h.until > r.now",
    );
    /// What a person has at this very time. Rows: position, business, phone, time.
    SAME = each(
        "select cast($1 as integer), cast(doc as text) from appointments
         where phone = $3 and starts_at = $4 and business = $2 and status <> 'cancelled' order by id limit 1",
        "select at, doc from (
             select cast(r.value->>0 as bigint) as at, cast(a.doc as text) as doc,
                 row_number() over (partition by r.value->>0 order by a.id) as place
             from jsonb_array_elements(cast($1 as jsonb)) as r cross join appointments a
             where a.business = r.value->>1 and a.phone = r.value->>2
                 and a.starts_at = cast(r.value->>3 as bigint) and a.status <> 'cancelled'
         ) there
         where place = 1",
    );
    PUT_HOLDS = put(
        "holds",
        &[("appointment_id", Id), ("business", Words), ("starts_at", Int), ("ends_at", Int), ("until", Int)],
        "on conflict (appointment_id) do update set business = excluded.business, starts_at = excluded.starts_at,
             ends_at = excluded.ends_at, until = excluded.until",
    );
    /// Bind: now.
    SWEEP_HOLDS = shared("delete from holds where until <= $1");
}
