//! A statement, written once for both databases.

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
pub(super) enum Kind {
    Id,
    Text,
    Int,
    Doc,
}

impl Statement {
    const fn of(text: Text) -> Self {
        Self { text, sqlite: OnceLock::new(), postgres: OnceLock::new() }
    }

    pub(super) const fn shared(text: &'static str) -> Self {
        Self::of(Text::Shared(text))
    }

    pub(super) const fn each(sqlite: &'static str, postgres: &'static str) -> Self {
        Self::of(Text::Each(sqlite, postgres))
    }

    pub(super) const fn put(table: &'static str, columns: &'static [(&'static str, Kind)], then: &'static str) -> Self {
        Self::of(Text::Put(table, columns, then))
    }

    pub(super) const fn by_id(columns: &'static str, table: &'static str) -> Self {
        Self::of(Text::ById(columns, table))
    }

    /// Whether it takes all rows as one parameter on SQLite, too.
    pub(crate) fn takes_json(&self) -> bool {
        matches!(self.text, Text::Shared(text) | Text::Each(text, _) if text.contains("json_each($1)"))
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
