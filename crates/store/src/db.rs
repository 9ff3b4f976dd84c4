//! One way to run a statement on either database, and what an error of theirs means to a caller.

use crate::{
    epoch::Next,
    native::{Native, NativeRow, Refusal},
    redo::Unusable,
    rows::Rows,
    statement::Statement,
};
use frontdesk_core::ports::{Happened, PortError, Trouble};
use sqlx::{
    FromRow, PgConnection, Postgres, Sqlite, SqliteConnection,
    error::DatabaseError,
    postgres::PgRow,
    sqlite::{SqliteError, SqliteRow},
};
use uuid::Uuid;

/// The name under which the store reports errors.
pub(crate) const PORT: &str = "store";

/// A value bound to a statement; these kinds mean the same in both databases.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Arg {
    Int(Option<i64>),
    Text(Option<String>),
    Id(Option<Uuid>),
    /// JSON, written.
    Doc(String),
}

impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<Uuid> for Arg {
    fn from(value: Uuid) -> Self {
        Self::Id(Some(value))
    }
}

/// A row that either database can yield, by whichever way it is asked.
pub(crate) trait Row:
    NativeRow + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Row for T where T: NativeRow + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

macro_rules! bind_all {
    ($query:expr, $args:expr) => {{
        let mut query = $query;
        for arg in $args {
            query = match arg {
                Arg::Int(value) => query.bind(value),
                Arg::Text(value) => query.bind(value),
                Arg::Id(value) => query.bind(value),
                Arg::Doc(value) => query.bind(value),
            };
        }
        query
    }};
}

/// A borrowed connection to either database.
pub(crate) enum Conn<'c> {
    /// The writer's own, see [`crate::native`].
    Native(&'c mut Native),
    /// A reader's.
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Conn<'_> {
    pub(crate) fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Every row of a statement.
    pub(crate) async fn all<R: Row>(&mut self, statement: &'static Statement, args: Vec<Arg>) -> sqlx::Result<Vec<R>> {
        match self {
            Self::Native(conn) => conn.all(statement.sqlite(), &args),
            Self::Sqlite(conn) => {
                bind_all!(sqlx::query_as::<Sqlite, R>(statement.sqlite()), args).fetch_all(&mut **conn).await
            }
            Self::Postgres(conn) => {
                bind_all!(sqlx::query_as::<Postgres, R>(statement.postgres()), args).fetch_all(&mut **conn).await
            }
        }
    }

    /// The first row of a statement.
    pub(crate) async fn one<R: Row>(
        &mut self,
        statement: &'static Statement,
        args: Vec<Arg>,
    ) -> sqlx::Result<Option<R>> {
        Ok(self.all(statement, args).await?.into_iter().next())
    }

    /// Runs a statement that yields no rows; how many rows it changed.
    pub(crate) async fn run(&mut self, statement: &'static Statement, args: Vec<Arg>) -> sqlx::Result<u64> {
        Ok(match self {
            Self::Native(conn) => conn.run(statement.sqlite(), &args)?,
            Self::Sqlite(conn) => {
                bind_all!(sqlx::query::<Sqlite>(statement.sqlite()), args).execute(&mut **conn).await?.rows_affected()
            }
            Self::Postgres(conn) => bind_all!(sqlx::query::<Postgres>(statement.postgres()), args)
                .execute(&mut **conn)
                .await?
                .rows_affected(),
        })
    }

    /// Runs a statement for each of these rows. To PostgreSQL they go as one parameter in one round trip; SQLite is a
    /// call away, and binding values costs it less than taking JSON apart.
    pub(crate) async fn put(&mut self, statement: &'static Statement, rows: Rows) -> sqlx::Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        match self {
            Self::Native(conn) => conn.put(statement.sqlite(), rows.width(), rows.args()),
            Self::Sqlite(_) => Err(readers_do_not_write()),
            Self::Postgres(_) => self.run(statement, vec![rows.text().into()]).await.map(drop),
        }
    }

    /// How often others are known to have written, by the time the transaction began; `None` where nobody knows.
    pub(crate) fn others(&self) -> Option<u64> {
        match self {
            Self::Native(conn) => Some(conn.others),
            Self::Sqlite(_) | Self::Postgres(_) => None,
        }
    }

    /// As [`Self::put`], for rows of which the last one with the same first value says it all. On SQLite it is run with the
    /// commit: until then the batches must not load what it changes.
    pub(crate) async fn last(&mut self, statement: &'static Statement, rows: Rows) -> sqlx::Result<()> {
        match self {
            Self::Native(_) if rows.is_empty() => {}
            Self::Native(conn) => conn.last(statement.sqlite(), rows.width(), rows.args()),
            Self::Sqlite(_) | Self::Postgres(_) => self.put(statement, rows).await?,
        }
        Ok(())
    }

    /// As [`Self::put`], for rows whose last value is added to what there is. On SQLite it is run with the commit, too.
    pub(crate) async fn sum(&mut self, statement: &'static Statement, rows: Rows) -> sqlx::Result<()> {
        match self {
            Self::Native(_) if rows.is_empty() => {}
            Self::Native(conn) => conn.sum(statement.sqlite(), rows.width(), rows.args()),
            Self::Sqlite(_) | Self::Postgres(_) => self.put(statement, rows).await?,
        }
        Ok(())
    }

    /// Runs a statement that takes all rows at once, or none, and whose work nobody sees before the commit: in a batch on
    /// SQLite it is run once for all batches of the transaction, with the commit.
    pub(crate) async fn with_commit(&mut self, statement: &'static Statement, rows: Option<Rows>) -> sqlx::Result<()> {
        let args = rows.iter().map(|rows| rows.text().into()).collect();
        match self {
            Self::Native(conn) => conn.with_commit(statement.sqlite(), args),
            Self::Sqlite(_) => Err(readers_do_not_write()),
            Self::Postgres(_) => self.run(statement, args).await.map(drop),
        }
    }

    /// Inserts these rows; the numbers they were given, the smallest first, which is the order of the rows.
    pub(crate) async fn number(&mut self, statement: &'static Statement, rows: Rows) -> sqlx::Result<Vec<i64>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        match self {
            Self::Native(conn) => conn.number(statement.sqlite(), rows.width(), rows.args()),
            Self::Sqlite(_) => Err(readers_do_not_write()),
            Self::Postgres(_) => {
                let numbers = self.all::<(i64,)>(statement, vec![rows.text().into()]).await?;
                // Given in the order of the rows, but not promised to be returned in it.
                let mut numbers: Vec<_> = numbers.into_iter().map(|(number,)| number).collect();
                numbers.sort_unstable();
                Ok(numbers)
            }
        }
    }

    /// What a statement yields for each of these rows, see [`Self::put`].
    pub(crate) async fn each<R: Row>(&mut self, statement: &'static Statement, rows: Rows) -> sqlx::Result<Vec<R>> {
        let mut found = Vec::new();
        if rows.is_empty() {
            return Ok(found);
        }
        match self {
            Self::Native(conn) => conn.each(statement.sqlite(), rows.width(), rows.args(), &mut found)?,
            Self::Sqlite(_) => {
                for row in rows.into_rows() {
                    found.extend(self.all(statement, row).await?);
                }
            }
            Self::Postgres(_) => found = self.all(statement, vec![rows.text().into()]).await?,
        }
        Ok(found)
    }

    /// Every row of a text built for this call; values are bound, never pasted in.
    pub(crate) async fn built<R: Row>(&mut self, text: String, args: Vec<Arg>) -> sqlx::Result<Vec<R>> {
        let safe = |text| sqlx::AssertSqlSafe(text);
        match self {
            Self::Native(conn) => conn.all(&text, &args),
            Self::Sqlite(conn) => bind_all!(sqlx::query_as::<Sqlite, R>(safe(text)), args).fetch_all(&mut **conn).await,
            Self::Postgres(conn) => {
                bind_all!(sqlx::query_as::<Postgres, R>(safe(text)), args).fetch_all(&mut **conn).await
            }
        }
    }

    /// Runs a text as it is, such as `commit`.
    pub(crate) async fn plain(&mut self, text: &'static str) -> sqlx::Result<()> {
        use sqlx::Executor;
        match self {
            Self::Native(conn) => conn.plain(text),
            Self::Sqlite(conn) => conn.execute(text).await.map(drop),
            Self::Postgres(conn) => conn.execute(text).await.map(drop),
        }
    }

    /// Begins a transaction that may write. SQLite takes the write lock at once: a transaction that reads first and
    /// writes later can be refused in the middle.
    pub(crate) async fn begin(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Native(_) | Self::Sqlite(_) => self.plain("begin immediate").await,
            Self::Postgres(_) => self.plain("begin isolation level read committed").await,
        }
    }
}

impl Conn<'_> {
    /// Begins a batch: a transaction, or on SQLite a further part of the one that is open.
    pub(crate) async fn join(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Native(conn) => conn.join(),
            Self::Sqlite(_) | Self::Postgres(_) => self.begin().await,
        }
    }

    /// Makes a batch durable.
    pub(crate) async fn keep(&mut self, next: Next) -> sqlx::Result<()> {
        match self {
            Self::Native(conn) => conn.keep(next),
            Self::Sqlite(_) | Self::Postgres(_) => self.plain("commit").await,
        }
    }
}

fn readers_do_not_write() -> sqlx::Error {
    sqlx::Error::Protocol("a connection for reading was asked to write".to_owned())
}

/// Why a database could not serve, said so that it can be given to many callers and holds no personal datum.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) happened: Happened,
    pub(crate) trouble: Trouble,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(happened: Happened, trouble: Trouble, message: impl Into<String>) -> Self {
        Self { happened, trouble, message: message.into() }
    }

    /// The same, naming the database for whoever has to look after it.
    pub(crate) fn at(mut self, place: &str) -> Self {
        if self.trouble == Trouble::Unavailable {
            self.message = format!("{} ({place})", self.message);
        }
        self
    }

    /// What a database's error means. Its own text is not repeated: a violated key spells out the row.
    pub(crate) fn of(error: &sqlx::Error, happened: Happened) -> Self {
        let (trouble, message) = match error {
            sqlx::Error::Database(cause) if cause.kind() != sqlx::error::ErrorKind::Other => {
                let rule = cause.constraint().unwrap_or("unnamed");
                (Trouble::Broken, format!("the database refused a row by its rule {rule}; this is a bug"))
            }
            // SQLITE_ERROR, and PostgreSQL's class 42: the statement itself is wrong. Values are bound, so none is in it.
            sqlx::Error::Database(cause) if cause.code().is_some_and(|code| code == "1" || code.starts_with("42")) => {
                tracing::error!(text = cause.message(), "a statement is wrong");
                (Trouble::Broken, "a statement is wrong; was the database migrated?".to_owned())
            }
            sqlx::Error::Database(cause) => (Trouble::Unavailable, remedy(cause.as_ref())),
            sqlx::Error::ColumnDecode { index, .. } => {
                (Trouble::Broken, format!("column {index} of a row cannot be read; was it written by a newer version?"))
            }
            sqlx::Error::Configuration(cause) if cause.is::<Unusable>() => (Trouble::Unavailable, cause.to_string()),
            sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) | sqlx::Error::TypeNotFound { .. } => {
                (Trouble::Broken, "a row cannot be read; was it written by a newer version?".to_owned())
            }
            _ => {
                (Trouble::Unavailable, "the database cannot be reached; check that it runs and DATABASE_URL".to_owned())
            }
        };
        Self { happened, trouble, message }
    }
}

/// What to do about an error that is nobody's fault in the code.
fn remedy(cause: &dyn DatabaseError) -> String {
    let code = cause.code().unwrap_or_default();
    if cause.try_downcast_ref::<SqliteError>().is_some() || cause.try_downcast_ref::<Refusal>().is_some() {
        // The lower byte says what is wrong, the rest says where.
        match code.parse::<u32>().map(|code| code & 0xff) {
            Ok(13) => return "the disk of the database is full; make space on it".to_owned(),
            Ok(14) => return "the database cannot be opened; check that it exists and its permissions".to_owned(),
            Ok(8) => return "the database is read-only; check its permissions and its disk".to_owned(),
            Ok(5 | 6) => return "the database is locked by another program; close that, or wait for it".to_owned(),
            Ok(10) => return format!("the disk of the database fails (error {code}); check it"),
            Ok(11 | 26) => return "the database is damaged, or none; restore a backup".to_owned(),
            _ => {}
        }
    }
    match code.as_ref() {
        "3D000" => "this database does not exist; create the database first (createdb)".to_owned(),
        "28000" | "28P01" => "the database refuses this user or password; check DATABASE_URL".to_owned(),
        "53100" => "the disk of the database is full; make space on it".to_owned(),
        _ => format!("the database answered with error {code}; check that it runs and has space on its disk"),
    }
}

impl From<Failure> for PortError {
    fn from(failure: Failure) -> Self {
        Self::new(PORT, failure.happened, failure.trouble, failure.message)
    }
}

/// An error of something that changes nothing, or was rolled back.
#[expect(clippy::needless_pass_by_value, reason = "stands in `map_err`")]
pub(crate) fn refused(error: sqlx::Error) -> PortError {
    tracing::debug!(kind = error_kind(&error), "a statement failed");
    Failure::of(&error, Happened::No).into()
}

/// The variant of an error, for logs.
pub(crate) fn error_kind(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::Database(_) => "database",
        sqlx::Error::Io(_) => "io",
        sqlx::Error::PoolTimedOut => "pool timed out",
        sqlx::Error::PoolClosed => "pool closed",
        sqlx::Error::WorkerCrashed => "worker crashed",
        sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => "decode",
        _ => "other",
    }
}
