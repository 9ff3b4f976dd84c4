//! Statements about how far calendars were read.

use crate::statement::{
    Kind::{Int, Text as Words},
    Statement,
};

statements! { cursors;
    /// Rows: business, calendar.
    CURSORS = each(
        "select cursor from cursors where business = $1 and calendar = $2",
        "select c.cursor from jsonb_array_elements(cast($1 as jsonb)) as r
         join cursors c on c.business = r.value->>0 and c.calendar = r.value->>1",
    );
    PUT_CURSORS = put(
        "cursors",
        &[("business", Words), ("calendar", Words), ("cursor", Words), ("updated_at", Int)],
        "on conflict (business, calendar) do update set cursor = excluded.cursor, updated_at = excluded.updated_at",
    );
}
