//! Reading commands: they look at the database beside a running gateway, and never make one.

use crate::{config::Config, failure::Failure};
use frontdesk_store::{OpenOptions, Store};
use secrecy::ExposeSecret;
use std::path::Path;

/// Opens the database as it is, without migrating it.
///
/// # Errors
/// When there is none yet, it is away, or its tables are not those of this version.
pub async fn open_as_is(config: &Config) -> Result<Store, Failure> {
    let url = config.database.expose_secret();
    if let Some(file) = url.strip_prefix("sqlite://")
        && !Path::new(file).exists()
    {
        return Err(Failure::broken(format!("there is no database at {file} yet; it is made when `gateway serve` first runs")));
    }
    let store = Store::open_with(url, OpenOptions { migrate: false }).await?;
    let pending = store.pending_migrations().await?;
    if pending.is_empty() {
        return Ok(store);
    }
    store.close().await;
    let names = pending.join(", ");
    Err(Failure::broken(format!("the database lacks migrations ({names}); run `gateway migrate`")))
}

/// `gateway migrate`.
///
/// # Errors
/// When the database is away or was written by a newer version.
pub async fn migrate(config: &Config) -> Result<(), Failure> {
    let store = Store::open_with(config.database.expose_secret(), OpenOptions { migrate: false }).await?;
    let pending = store.pending_migrations().await?;
    if pending.is_empty() {
        println!("nothing to do: every migration was applied before");
    } else {
        store.migrate().await?;
        println!("applied: {}", pending.join(", "));
    }
    store.close().await;
    Ok(())
}
