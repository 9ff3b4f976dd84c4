//! Throw-away databases.

use frontdesk_store::Store;
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};
use std::{
    io::Write,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Arc,
};
use tokio::sync::OnceCell;

/// A database of one test's own.
pub(crate) struct Database {
    pub(crate) url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Database {
    pub(crate) async fn store(&self) -> Store {
        Store::open(&self.url).await.unwrap()
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite")
    }

    /// The database file.
    pub(crate) fn file(&self) -> PathBuf {
        PathBuf::from(self.url.strip_prefix("sqlite://").unwrap())
    }

    /// Runs a text beside the store, behind its back.
    pub(crate) async fn sql(&self, text: &str) {
        let text = sqlx::AssertSqlSafe(text);
        if self.is_sqlite() {
            SqliteConnection::connect(&self.url).await.unwrap().execute(sqlx::raw_sql(text)).await.unwrap();
        } else {
            PgConnection::connect(&self.url).await.unwrap().execute(sqlx::raw_sql(text)).await.unwrap();
        }
    }

    /// The one number a text yields, as a whole number.
    pub(crate) async fn number(&self, text: &str) -> i64 {
        let text = sqlx::AssertSqlSafe(text);
        if self.is_sqlite() {
            sqlx::query_scalar(text).fetch_one(&mut SqliteConnection::connect(&self.url).await.unwrap()).await.unwrap()
        } else {
            sqlx::query_scalar(text).fetch_one(&mut PgConnection::connect(&self.url).await.unwrap()).await.unwrap()
        }
    }
}

/// A law in a task of its own: whatever becomes of it, the database is dropped afterwards.
async fn hold<F>(
    law: impl FnOnce(Arc<Database>) -> F,
    database: Database,
) -> (Result<(), tokio::task::JoinError>, Arc<Database>)
where
    F: Future<Output = ()> + Send + 'static,
{
    let database = Arc::new(database);
    (tokio::spawn(law(Arc::clone(&database))).await, database)
}

pub(crate) async fn on_sqlite<F>(law: impl FnOnce(Arc<Database>) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("frontdesk.db").display());
    hold(law, Database { url, _folder: Some(folder) }).await.0.unwrap();
}

pub(crate) async fn on_postgres<F>(law: impl FnOnce(Arc<Database>) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let Some(server) = server().await else { return };
    let name = format!("frontdesk_test_{}", uuid::Uuid::new_v4().simple());
    admin(&server, format!("create database {name}")).await;
    let (base, _) = server.rsplit_once('/').unwrap();
    let (held, _) = hold(law, Database { url: format!("{base}/{name}"), _folder: None }).await;
    admin(&server, format!("drop database {name} with (force)")).await;
    held.unwrap();
}

async fn admin(server: &str, text: String) {
    PgConnection::connect(server).await.unwrap().execute(sqlx::raw_sql(sqlx::AssertSqlSafe(text))).await.unwrap();
}

#[expect(clippy::disallowed_methods, reason = "where the test servers are is told by the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A PostgreSQL server: the one that was named, the one of this machine, or one that is started for these tests.
async fn server() -> Option<String> {
    static SERVER: OnceCell<Option<String>> = OnceCell::const_new();
    SERVER
        .get_or_init(|| async {
            if let Some(named) = environment("FRONTDESK_TEST_POSTGRES") {
                return Some(named);
            }
            let local = "postgres://root@127.0.0.1:5432/postgres";
            if PgConnection::connect(local).await.is_ok() {
                return Some(local.to_owned());
            }
            let started = start().await;
            if started.is_none() {
                let required = environment("FRONTDESK_TEST_REQUIRE").is_some_and(|list| list.contains("postgres"));
                assert!(
                    !required,
                    "FRONTDESK_TEST_REQUIRE names postgres, and no server was found or could be started"
                );
                eprintln!("skipped: no PostgreSQL; name one in FRONTDESK_TEST_POSTGRES or install initdb");
            }
            started
        })
        .await
        .clone()
}

/// Starts a server on a free port. It ends with this process: the shell that started it waits for its input to close.
async fn start() -> Option<String> {
    let folder = tempfile::tempdir().ok()?.keep();
    let data = folder.join("data");
    let made = Command::new("initdb").arg("-D").arg(&data).args(["-U", "root", "-A", "trust", "-N"]).output().ok()?;
    if !made.status.success() {
        return None;
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
    let script = "postgres -D \"$1/data\" -p \"$2\" -k \"$1\" -h 127.0.0.1 >\"$1/log\" 2>&1 & server=$!
        read -r _; kill -INT $server; wait $server; rm -rf \"$1\"";
    let mut shell = Command::new("sh")
        .args(["-c", script, "sh"])
        .arg(&folder)
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .spawn()
        .ok()?;
    let url = format!("postgres://root@127.0.0.1:{port}/postgres");
    for _ in 0..200 {
        if PgConnection::connect(&url).await.is_ok() {
            keep(shell);
            return Some(url);
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    shell.stdin.take().and_then(|mut input| input.write_all(b"\n").ok());
    None
}

/// Keeps the shell's input open until the process ends.
fn keep(shell: Child) {
    static SHELL: std::sync::OnceLock<Child> = std::sync::OnceLock::new();
    drop(SHELL.set(shell));
}
