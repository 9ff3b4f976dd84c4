//! A statement in two dialects.
//!
//! What is done for many rows at once is written for one row on SQLite, where a statement is a function call, and for
//! one JSON array of arrays on PostgreSQL, where it is a round trip. Binds are written `$1`; a shared text is in SQLite's
//! words, and [`Statement::postgres`] exchanges those that differ.

use std::sync::OnceLock;

/// A statement in both dialects.
pub struct Statement {
    text: Text,
    sqlite: OnceLock<String>,
    postgres: OnceLock<String>,
}

enum Text {
    Shared(&'static str),
    Each(&'static str, &'static str),
    /// Rows of these columns into this table, and what follows.
    Put(&'static str, &'static [(&'static str, Kind)], &'static str),
    /// Documents found by an id: what is selected and from which table.
    ById(&'static str, &'static str),
}

/// What a column holds.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Id,
    Text,
    Int,
    Doc,
}
impl Statement {
    const fn of(text: Text) -> Self {
        Self { text, sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    pub(crate) const fn shared(text: &'static str) -> Self {
        Self::of(Text::Shared(text))
    }

    pub(crate) const fn each(sqlite: &'static str, postgres: &'static str) -> Self {
        Self::of(Text::Each(sqlite, postgres))
    }

    pub(crate) const fn put(table: &'static str, columns: &'static [(&'static str, Kind)], then: &'static str) -> Self {
        Self::of(Text::Put(table, columns, then))
    }

    pub(crate) const fn by_id(columns: &'static str, table: &'static str) -> Self {
        Self::of(Text::ById(columns, table))
    }

    /// The text for SQLite.
    #[must_use]
    pub fn sqlite(&'static self) -> &'static str {
        self.sqlite.get_or_init(|| match self.text {
            Text::Shared(text) | Text::Each(text, _) => numbered(text),
            Text::Put(table, columns, then) => {
                let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
                let binds: Vec<_> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
                format!("insert into {table} ({}) values ({}) {then}", names.join(", "), binds.join(", "))
            }
            Text::ById(columns, table) => format!("select {columns} from {table} where id = ?1"),
        })
    }

    /// The text for PostgreSQL.
    #[must_use]
    pub fn postgres(&'static self) -> &'static str {
        self.postgres.get_or_init(|| match self.text {
            Text::Each(_, text) => text.to_owned(),
            Text::Shared(text) => {
                let mut text = text.replace("unhex(", "uuid(");
                for n in 1..=2 {
                    let ours = format!("json_each(${n})");
                    text = text.replace(&ours, &format!("jsonb_array_elements(cast(${n} as jsonb))"));
                }
                text
            }
            Text::Put(table, columns, then) => {
                let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
                let values: Vec<_> = columns
                    .iter()
                    .enumerate()
                    .map(|(at, (_, kind))| match kind {
                        Kind::Id => format!("uuid(value->>{at})"),
                        Kind::Text => format!("value->>{at}"),
                        Kind::Int => format!("cast(value->>{at} as bigint)"),
                        Kind::Doc => format!("value->{at}"),
                    })
                    .collect();
                format!(
                    "insert into {table} ({}) select {} from jsonb_array_elements(cast($1 as jsonb)) where true {then}",
                    names.join(", "),
                    values.join(", ")
                )
            }
            Text::ById(columns, table) => format!(
                "select {columns} from {table}
                 where id in (select uuid(value->>0) from jsonb_array_elements(cast($1 as jsonb)))"
            ),
        })
    }
}

/// `$1` names a bind to SQLite, `?1` numbers it.
fn numbered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let bind = c == '$' && chars.peek().is_some_and(char::is_ascii_digit);
        out.push(if bind { '?' } else { c });
    }
    out
}

/// Statements by name, and a function that lists them all.
macro_rules! statements {
    ($list:ident; $($(#[$doc:meta])* $name:ident = $how:ident($($text:expr),+ $(,)?);)*) => {
        $($(#[$doc])* pub(crate) static $name: Statement = Statement::$how($($text),+);)*

        /// Every statement of this module with its name.
        pub(crate) fn $list() -> Vec<(&'static str, &'static Statement)> {
            vec![$((stringify!($name), &$name)),*]
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    static ROWS: Statement =
        Statement::put("t", &[("id", Kind::Id), ("name", Kind::Text), ("n", Kind::Int), ("doc", Kind::Doc)], "then");

    #[test]
    fn rows_are_bound_one_by_one_on_sqlite_and_taken_out_of_json_on_postgresql() {
        assert_eq!(ROWS.sqlite(), "insert into t (id, name, n, doc) values (?1, ?2, ?3, ?4) then");
        assert_eq!(
            ROWS.postgres(),
            "insert into t (id, name, n, doc) select uuid(value->>0), value->>1, cast(value->>2 as bigint), value->3 \
             from jsonb_array_elements(cast($1 as jsonb)) where true then"
        );
    }

    #[test]
    fn a_bind_is_numbered_and_a_path_into_json_is_left_alone() {
        assert_eq!(
            numbered("set doc = json_set(doc, '$.to', $12) where id = $1"),
            "set doc = json_set(doc, '$.to', ?12) where id = ?1"
        );
    }
}
