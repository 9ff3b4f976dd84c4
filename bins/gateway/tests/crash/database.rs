//! Where the gateway under test keeps its rows.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// Where the gateway keeps its rows.
pub(crate) enum Database {
    Sqlite,
    Postgres { url: String, admin: String, name: String },
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite
    }

    /// A database of our own on the server the tests were given; says so and gives none when there is no server.
    pub(crate) async fn postgres() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "a test is told by its environment which server to use")]
        let given = std::env::var("FRONTDESK_TEST_POSTGRES").ok();
        let admin = given.unwrap_or_else(|| "postgres://root@127.0.0.1:5432/postgres".to_owned());
        frontdesk_testkit::Skip::from_env().unless("postgres", PgConnection::connect(&admin).await.map(drop))?;
        let name = format!("frontdesk_crash_{}", std::process::id());
        run_sql(&admin, &format!("create database {name}")).await;
        let (base, _) = admin.rsplit_once('/').unwrap();
        Some(Self::Postgres { url: format!("{base}/{name}"), admin: admin.clone(), name })
    }

    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres { .. } => "PostgreSQL",
        }
    }
}

pub(crate) async fn run_sql(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}
