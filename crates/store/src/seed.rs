//! The file of the capture's first program (`ivr_data.db`): read, so that what it kept is not lost.
//!
//! A gateway that is given that very file as its database sets the two tables aside under another name before it makes
//! its own views, and takes their rows over once it runs.

use crate::{Store, db::refused};
use frontdesk_core::ports::PortResult;
use futures_util::FutureExt;
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool, sqlite::SqliteConnectOptions};
use std::path::Path;

/// The tables by the names the program gave them, and under which they wait to be taken over.
const TABLES: [(&str, &str); 2] = [("ivr_inputs", "seed_ivr_inputs"), ("ivr_paths", "seed_ivr_paths")];

/// A key press as that program kept it; of calls whose presses it did not keep, a choice of their path.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SeedPress {
    /// Its place in the file.
    pub place: i64,
    /// The carrier's name for the call.
    pub call_sid: String,
    /// Who rang.
    pub from_number: Option<String>,
    /// The number that was rung.
    pub to_number: Option<String>,
    /// The question.
    pub step_name: String,
    /// The keys.
    pub digit_input: Option<String>,
    /// When, in UTC and without a zone: `2026-01-23 10:30:00`.
    pub timestamp: Option<String>,
    /// Where the caller's number is registered.
    pub caller_circle: Option<String>,
}

/// Such a file, opened for reading.
pub struct SeedFile {
    conn: SqliteConnection,
    inputs: &'static str,
    paths: Option<&'static str>,
}

impl SeedFile {
    /// Opens a file; `None` when none of its tables waits in it.
    ///
    /// # Errors
    /// When it cannot be read or is no SQLite file.
    pub async fn open(file: &Path) -> PortResult<Option<Self>> {
        let options = SqliteConnectOptions::new().filename(file).read_only(true);
        let mut conn = options.connect().await.map_err(refused)?;
        let names = "select name from sqlite_master where type = 'table'";
        let names: Vec<String> = sqlx::query_scalar(names).fetch_all(&mut conn).await.map_err(refused)?;
        let table = |(plain, aside): (&'static str, &'static str)| {
            [aside, plain].into_iter().find(|name| names.iter().any(|there| there == name))
        };
        let [inputs, paths] = TABLES.map(table);
        Ok(inputs.map(|inputs| Self { conn, inputs, paths }))
    }

    /// Presses after this place, in their order.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn presses(&mut self, after: i64, limit: i64) -> PortResult<Vec<SeedPress>> {
        let text = format!(
            "select id as place, call_sid, cast(from_number as text) as from_number, cast(to_number as text) as to_number,
                    step_name, cast(digit_input as text) as digit_input, cast(timestamp as text) as timestamp,
                    cast(caller_circle as text) as caller_circle
             from {} where id > $1 and call_sid is not null and step_name is not null order by id limit $2",
            self.inputs
        );
        self.read(text, after, limit).await
    }

    /// The choices of paths after this place whose calls have no presses, in their order: one row a choice, at most five
    /// a path.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn choices(&mut self, after: i64, limit: i64) -> PortResult<Vec<SeedPress>> {
        let Some(paths) = self.paths else { return Ok(Vec::new()) };
        let inputs = self.inputs;
        let steps = ["language", "state", "service", "model", "hp"];
        let each = steps.map(|step| {
            format!(
                "select id as place, call_sid, cast(from_number as text) as from_number,
                        cast(to_number as text) as to_number, '{step}' as step_name,
                        cast({step}_choice as text) as digit_input, cast(timestamp as text) as timestamp,
                        cast(null as text) as caller_circle
                 from whole where {step}_choice is not null"
            )
        });
        let text = format!(
            "with whole as (
                 select * from {paths} p where id > $1 and call_sid is not null
                   and not exists (select 1 from {inputs} i where i.call_sid = p.call_sid) order by id limit $2)
             select * from ({}) order by place",
            each.join(" union all ")
        );
        self.read(text, after, limit).await
    }

    async fn read(&mut self, text: String, after: i64, limit: i64) -> PortResult<Vec<SeedPress>> {
        let query = sqlx::query_as(sqlx::AssertSqlSafe(text)).bind(after).bind(limit);
        query.fetch_all(&mut self.conn).await.map_err(refused)
    }

    /// Closes it.
    ///
    /// # Errors
    /// When the connection broke down before.
    pub async fn close(self) -> PortResult<()> {
        self.conn.close().await.map_err(refused)
    }
}

/// Sets tables of these names aside that are not ours.
pub(crate) async fn set_aside(pool: &SqlitePool) -> sqlx::Result<()> {
    for (plain, aside) in TABLES {
        let there = "select count(*) from sqlite_master where type = 'table' and name = $1";
        if sqlx::query_scalar::<_, i64>(there).bind(plain).fetch_one(pool).await? > 0 {
            let rename = format!("alter table {plain} rename to {aside}");
            sqlx::query(sqlx::AssertSqlSafe(rename)).execute(pool).await?;
        }
    }
    Ok(())
}

impl Store {
    /// Says that what waited in tables of the first program was taken over: they stay, and are not read again.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn seed_taken_over(&self) -> PortResult<()> {
        self.act(|mut conn| {
            async move {
                let there = "select name from sqlite_master
                             where type = 'table' and name in ('seed_ivr_inputs', 'seed_ivr_paths')";
                for (name,) in conn.built::<(String,)>(there.to_owned(), Vec::new()).await? {
                    conn.plain(match name.as_str() {
                        "seed_ivr_inputs" => "alter table seed_ivr_inputs rename to seed_ivr_inputs_taken_over",
                        _ => "alter table seed_ivr_paths rename to seed_ivr_paths_taken_over",
                    })
                    .await?;
                }
                Ok(())
            }
            .boxed()
        })
        .await
    }
}
