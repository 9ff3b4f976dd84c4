//! Statements about alert rules.

use crate::statement::{
    Kind::{Doc, Int, Text as Words},
    Statement,
};

statements! { alerts;
    /// Rows: rule.
    ALERTS = each(
        "select rule, cast(doc as text) from alerts where rule = $1",
        "select a.rule, cast(a.doc as text) from jsonb_array_elements(cast($1 as jsonb)) as r
         join alerts a on a.rule = r.value->>0",
    );
    PUT_ALERTS = put(
        "alerts",
        &[("rule", Words), ("firing", Int), ("updated_at", Int), ("doc", Doc)],
        "on conflict (rule) do update set firing = excluded.firing, updated_at = excluded.updated_at, doc = excluded.doc",
    );
}
