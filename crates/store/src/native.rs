//! The writer's own connection to SQLite.
//!
//! sqlx hands every statement to a thread of its own and waits to be woken, which costs more than most statements do.
//! The writer has a thread already and nothing else to do, so it calls SQLite itself: a prepared statement with its
//! values bound, row by row, inside the one transaction of the batch.

use crate::{db::Arg, later::Later, redo::Redo};
use rusqlite::{
    Connection, OpenFlags, Row, Statement, ffi,
    types::{ToSql, ToSqlOutput, ValueRef},
};
use sqlx::error::{DatabaseError, ErrorKind};
use std::{
    borrow::Cow,
    cell::Cell,
    error::Error,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};
use uuid::Uuid;

/// How long a statement waits while somebody else (the job queue) holds the write lock.
const BUSY: Duration = Duration::from_secs(5);
thread_local! {
    /// How many pages the write-ahead log held after the last commit on this thread. A hook can be given nothing else.
    static LOGGED: Cell<i32> = const { Cell::new(0) };
}
/// More than there are statements.
const CACHED: usize = 128;

/// An open connection; every call returns when it is done.
pub(crate) struct Native {
    /// Where a batch is kept until its transaction is committed; `None` while somebody else has it. See [`crate::epoch`].
    /// It goes before the connection does: whoever gets the write lock next finds the log free, and runs it first.
    pub(crate) redo: Option<Redo>,
    conn: Connection,
    pub(crate) file: PathBuf,
    /// Whether what is run goes into the redo log: a batch does.
    pub(crate) noting: bool,
    /// What is run before the next commit.
    pub(crate) later: Later,
    /// What SQLite said when the open transaction began, and how often it was not what it had said before: somebody else has
    /// written.
    pub(crate) version: Option<i64>,
    pub(crate) others: u64,
    /// How many batches the open transaction holds that were answered.
    pub(crate) kept: usize,
    /// Set while there are such, or may be.
    pub(crate) ahead: Arc<AtomicBool>,
}

impl Native {
    /// Opens a database file that is there.
    pub(crate) fn open(file: &Path, pragmas: &[(&str, &str)]) -> sqlx::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(file, flags).map_err(told)?;
        conn.busy_timeout(BUSY).map_err(told)?;
        conn.set_prepared_statement_cache_capacity(CACHED);
        for (name, value) in pragmas {
            conn.execute_batch(&format!("pragma {name} = {value}")).map_err(told)?;
        }
        // Instead of a checkpoint now and then within a commit: when it is done is up to the writer.
        conn.wal_hook(Some(|_, pages| {
            LOGGED.set(pages);
            Ok(())
        }));
        Ok(Self {
            conn,
            file: file.to_path_buf(),
            redo: None,
            noting: false,
            later: Later::default(),
            version: None,
            others: 0,
            kept: 0,
            ahead: Arc::default(),
        })
    }

    /// How many pages of the write-ahead log are in use, as of the last commit on this thread.
    pub(crate) fn logged() -> i32 {
        LOGGED.get()
    }

    /// Runs a text as it is.
    pub(crate) fn plain(&self, text: &str) -> sqlx::Result<()> {
        // `execute_batch` steps through what a pragma yields, too.
        self.conn.execute_batch(text).map_err(told)
    }

    /// Runs a statement once; how many rows it changed.
    pub(crate) fn run(&mut self, text: &'static str, args: &[Arg]) -> sqlx::Result<u64> {
        self.note(text, args.len(), args);
        let mut statement = self.conn.prepare_cached(text).map_err(told)?;
        bind(&mut statement, args)?;
        // One that yields rows is allowed: they are stepped over.
        let mut rows = statement.raw_query();
        while rows.next().map_err(told)?.is_some() {}
        drop(rows);
        Ok(self.conn.changes())
    }

    /// See [`crate::db::Conn::with_commit`].
    pub(crate) fn with_commit(&mut self, text: &'static str, args: Vec<Arg>) -> sqlx::Result<()> {
        if !self.noting {
            return self.run(text, &args).map(drop);
        }
        self.note(text, args.len(), &args);
        self.later.set(text, args);
        Ok(())
    }

    /// Runs a statement for each `width` values.
    pub(crate) fn put(&mut self, text: &'static str, width: usize, args: &[Arg]) -> sqlx::Result<()> {
        self.note(text, width, args);
        let mut statement = self.conn.prepare_cached(text).map_err(told)?;
        for row in args.chunks_exact(width) {
            bind(&mut statement, row)?;
            statement.raw_execute().map_err(told)?;
        }
        Ok(())
    }

    /// Runs a statement of the redo log again for each `width` values.
    pub(crate) fn again(&self, text: &str, width: usize, args: &[Arg]) -> sqlx::Result<()> {
        let mut statement = self.conn.prepare_cached(text).map_err(told)?;
        // One without values is run once.
        let rows = args.chunks_exact(width.max(1)).chain(args.is_empty().then_some(args));
        for row in rows {
            bind(&mut statement, row)?;
            let mut rows = statement.raw_query();
            while rows.next().map_err(told)?.is_some() {}
        }
        Ok(())
    }

    /// Inserts a row for each `width` values; their numbers. Within a transaction nobody else inserts, so they follow
    /// one another. (`returning` would make a temporary table for each of them.)
    pub(crate) fn number(&mut self, text: &'static str, width: usize, args: &[Arg]) -> sqlx::Result<Vec<i64>> {
        self.put(text, width, args)?;
        let last = self.conn.last_insert_rowid();
        let count = i64::try_from(args.len() / width).unwrap_or(0);
        Ok((last - count + 1..=last).collect())
    }

    /// Runs a statement for each `width` values, and adds the rows they yield to `found`.
    pub(crate) fn each<R: NativeRow>(
        &self,
        text: &str,
        width: usize,
        args: &[Arg],
        found: &mut Vec<R>,
    ) -> sqlx::Result<()> {
        let mut statement = self.conn.prepare_cached(text).map_err(told)?;
        for row in args.chunks_exact(width) {
            bind(&mut statement, row)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next().map_err(told)? {
                found.push(R::read(row)?);
            }
        }
        Ok(())
    }

    /// Every row of a statement.
    pub(crate) fn all<R: NativeRow>(&self, text: &str, args: &[Arg]) -> sqlx::Result<Vec<R>> {
        let mut statement = self.conn.prepare_cached(text).map_err(told)?;
        bind(&mut statement, args)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(told)? {
            found.push(R::read(row)?);
        }
        Ok(found)
    }

    /// Closes; what was open is rolled back.
    pub(crate) fn close(self) -> sqlx::Result<()> {
        drop(self.redo);
        self.conn.close().map_err(|(_, error)| told(error))
    }
}

fn bind(statement: &mut Statement<'_>, args: &[Arg]) -> sqlx::Result<()> {
    for (at, arg) in args.iter().enumerate() {
        statement.raw_bind_parameter(at + 1, arg).map_err(told)?;
    }
    Ok(())
}

impl ToSql for Arg {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Int(Some(value)) => ValueRef::Integer(*value),
            Self::Text(Some(text)) | Self::Doc(text) => ValueRef::Text(text.as_bytes()),
            Self::Id(Some(id)) => ValueRef::Blob(id.as_bytes()),
            Self::Int(None) | Self::Text(None) | Self::Id(None) => ValueRef::Null,
        }))
    }
}

/// A value of a row.
pub(crate) trait Column: Sized {
    /// `None` when it is of another kind.
    fn read(value: ValueRef<'_>) -> Option<Self>;
}

impl Column for i64 {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        value.as_i64().ok()
    }
}

impl Column for String {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        value.as_str().ok().map(str::to_owned)
    }
}

impl Column for Uuid {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        value.as_blob().ok().and_then(|bytes| Self::from_slice(bytes).ok())
    }
}

impl<T: Column> Column for Option<T> {
    fn read(value: ValueRef<'_>) -> Option<Self> {
        if value == ValueRef::Null { Some(None) } else { T::read(value).map(Some) }
    }
}

/// A row: a tuple of columns.
pub(crate) trait NativeRow: Sized {
    fn read(row: &Row<'_>) -> sqlx::Result<Self>;
}

fn column<T: Column>(row: &Row<'_>, at: usize) -> sqlx::Result<T> {
    T::read(row.get_ref(at).map_err(told)?)
        .ok_or_else(|| sqlx::Error::ColumnDecode { index: at.to_string(), source: "a value of another kind".into() })
}

macro_rules! rows {
    ($(($($name:ident $at:literal),+))*) => {
        $(impl<$($name: Column),+> NativeRow for ($($name,)+) {
            fn read(row: &Row<'_>) -> sqlx::Result<Self> {
                Ok(($(column::<$name>(row, $at)?,)+))
            }
        })*
    };
}

rows! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12)
}

fn told(error: rusqlite::Error) -> sqlx::Error {
    sqlx::Error::Database(Box::new(Refusal(error)))
}

/// An error of SQLite's, told as sqlx tells them.
pub(crate) struct Refusal(rusqlite::Error);

impl Refusal {
    /// SQLite's own number for it (<https://sqlite.org/rescode.html>); the lower byte says what is wrong, the rest where.
    fn number(&self) -> i32 {
        self.0.sqlite_error().map_or(ffi::SQLITE_ERROR, |error| error.extended_code)
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Error for Refusal {}

impl DatabaseError for Refusal {
    fn message(&self) -> &str {
        match &self.0 {
            rusqlite::Error::SqliteFailure(_, Some(message)) => message,
            _ => "SQLite refused",
        }
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.number().to_string().into())
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        match self.number() {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => ErrorKind::UniqueViolation,
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => ErrorKind::ForeignKeyViolation,
            ffi::SQLITE_CONSTRAINT_NOTNULL => ErrorKind::NotNullViolation,
            ffi::SQLITE_CONSTRAINT_CHECK => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }
}
