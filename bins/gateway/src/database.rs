//! Reading commands: they look at the database beside a running gateway, and never make one.

use crate::{
    config::{Config, Origin, masked_url},
    failure::Failure,
    term,
};
use frontdesk_store::{OpenOptions, Store};
use secrecy::ExposeSecret;
use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions, sqlite::SqliteConnectOptions};
use std::{path::Path, str::FromStr, time::Duration};
use tokio::net::TcpStream;
use url::{Host, Url};

/// How long a database server may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the database's server takes connections at all. A connection pool would try for half a minute before it
/// says so, and a time-out around the whole of it could cut off a migration.
///
/// # Errors
/// A sentence for the user.
pub async fn probe(url: &str) -> Result<(), String> {
    let Some(url) = Url::parse(url).ok().filter(|url| url.scheme().starts_with("postgres")) else { return Ok(()) };
    // A socket in the file system is given as a parameter, or as a host that is a path.
    let by_path = url.query_pairs().any(|(key, _)| key == "host");
    let port = url.port().unwrap_or(5432);
    let connect = async {
        match url.host() {
            Some(Host::Domain(name)) if !by_path && !name.starts_with("%2") => TcpStream::connect((name, port)).await,
            Some(Host::Ipv4(address)) => TcpStream::connect((address, port)).await,
            Some(Host::Ipv6(address)) => TcpStream::connect((address, port)).await,
            _ => return Ok(()),
        }
        .map(drop)
        .map_err(|error| error.to_string())
    };
    tokio::time::timeout(PATIENCE, connect).await.unwrap_or_else(|_| Err("the server does not answer".to_owned()))
}

/// Opens the database as it is, without migrating it.
///
/// # Errors
/// When there is none yet, it is away, or its tables are not those of this version.
pub async fn open_as_is(config: &Config) -> Result<Store, Failure> {
    let url = config.database.expose_secret();
    if let Some(file) = file(url).filter(|file| !file.exists()) {
        let file = file.display();
        return Err(Failure::broken(format!(
            "there is no database at {file} yet; it is made when `gateway serve` first runs"
        )));
    }
    probe(url).await.map_err(|error| unreachable(config, &error))?;
    ours_or_empty(config).await?;
    let store = Store::open_with(url, OpenOptions { migrate: false }).await?;
    let pending = store.pending_migrations().await?;
    if pending.is_empty() {
        return Ok(store);
    }
    store.close().await;
    let names = pending.join(", ");
    Err(Failure::broken(format!("the database lacks migrations ({names}); run `gateway migrate`")))
}

/// Tables of ours, in this version and in any other.
const OURS: [&str; 13] = [
    "answers",
    "api_keys",
    "appointments",
    "calls",
    "contacts",
    "counters",
    "effects",
    "events",
    "ivr_calls",
    "ivr_presses",
    "probe",
    "seen",
    "suppressed",
];
/// Keeps what was migrated; no row of it, no database of ours.
const MIGRATED: &str = "select count(*) from _sqlx_migrations";

/// Whether the database is ours or holds nothing under the names of our tables. Changes nothing.
///
/// # Errors
/// A sentence that names what it belongs to and where it was configured.
pub async fn ours_or_empty(config: &Config) -> Result<(), Failure> {
    let url = config.database.expose_secret();
    if file(url).is_some_and(|file| !file.exists()) {
        return Ok(());
    }
    let (tables, migrated) = tables(url).await.map_err(|error| unreachable(config, &error.to_string()))?;
    let theirs: Vec<_> = tables.iter().map(String::as_str).filter(|name| OURS.contains(name)).collect();
    if migrated || theirs.is_empty() {
        return Ok(());
    }
    let (address, theirs) = (masked_url(url), theirs.join(", "));
    let (origin, other) = (origin(config), if file(url).is_some() { "file" } else { "database" });
    Err(Failure::broken(format!(
        "the database at {address} ({origin}) belongs to something else: it has tables of its own named {theirs}; use another {other}"
    )))
}

/// The names of all tables, and whether any migration of ours was applied.
async fn tables(url: &str) -> sqlx::Result<(Vec<String>, bool)> {
    if let Some(file) = file(url) {
        let options = SqliteConnectOptions::new().filename(file).read_only(true).busy_timeout(PATIENCE);
        let mut conn = options.connect().await?;
        let tables = sqlx::query_scalar("select name from sqlite_master where type = 'table'").fetch_all(&mut conn);
        let tables: Vec<String> = tables.await?;
        let known = tables.iter().any(|name| name == "_sqlx_migrations");
        let migrated = known && sqlx::query_scalar::<_, i64>(MIGRATED).fetch_one(&mut conn).await? > 0;
        conn.close().await?;
        return Ok((tables, migrated));
    }
    // Whatever listens there may be no database, and say nothing at all.
    let connected = tokio::time::timeout(PATIENCE, PgConnectOptions::from_str(url)?.connect()).await;
    let mut conn = connected.map_err(|_| {
        sqlx::Error::Io(std::io::Error::other("what listens there does not answer as a PostgreSQL does"))
    })??;
    let tables = "select table_name::text from information_schema.tables where table_schema = current_schema()";
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut conn).await?;
    let known = tables.iter().any(|name| name == "_sqlx_migrations");
    let migrated = known && sqlx::query_scalar::<_, i64>(MIGRATED).fetch_one(&mut conn).await? > 0;
    conn.close().await?;
    Ok((tables, migrated))
}

/// The variable or key that names the database.
fn origin(config: &Config) -> String {
    match &config.database_origin {
        Origin::Variable { name, .. } => name.clone(),
        Origin::File { path, .. } => format!("database.url in {path}"),
        Origin::Absent => "DATABASE_URL".to_owned(),
    }
}

/// The file of a SQLite address.
#[must_use]
pub fn file(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite://")?;
    Some(Path::new(path.split_once('?').map_or(path, |(path, _)| path)))
}

/// Makes a new SQLite file readable by its user alone: it will hold names and numbers. Its companions are made alike.
///
/// # Errors
/// When the folder cannot be written.
pub fn keep_private(url: &str) -> Result<(), Failure> {
    let Some(file) = file(url).filter(|file| !file.exists()) else { return Ok(()) };
    let unusable = |error: std::io::Error| {
        let shown = file.display();
        Failure::broken(format!("{shown} cannot be made ({error}); check its folder's rights, or set DATABASE_URL"))
    };
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(unusable)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        // Somebody else was quicker; theirs it is.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        opened => opened.map(drop).map_err(unusable),
    }
}

/// `gateway migrate`.
///
/// # Errors
/// When the database is away or was written by a newer version.
pub async fn migrate(config: &Config) -> Result<(), Failure> {
    let url = config.database.expose_secret();
    probe(url).await.map_err(|error| unreachable(config, &error))?;
    ours_or_empty(config).await?;
    keep_private(url)?;
    let store = Store::open_with(url, OpenOptions { migrate: false }).await?;
    let pending = store.pending_migrations().await?;
    if pending.is_empty() {
        term::say("nothing to do: every migration was applied before\n")?;
    } else {
        store.migrate().await?;
        term::say(&format!("applied: {}\n", pending.join(", ")))?;
    }
    store.close().await;
    Ok(())
}

/// One sentence about a database that does not answer, without its password.
#[must_use]
pub fn unreachable(config: &Config, why: &str) -> Failure {
    let address = masked_url(config.database.expose_secret());
    Failure::broken(format!(
        "the database at {address} cannot be opened: {why}; check {} and whether the server runs",
        origin(config)
    ))
}
