//! `gateway keys`: API keys. Only their hashes are kept.

use crate::{
    cli::KeysAction,
    clock,
    config::{Config, Inputs},
    database,
    failure::Failure,
    logging,
    term::{self, Ink, Table, Tone},
    wire,
};
use frontdesk_core::ports::{ApiKey, DeskStore};
use sha2::{Digest, Sha256};

/// Makes, lists or revokes keys.
///
/// # Errors
/// When the database is away; exit code 1 for a key that is not there.
pub async fn run(config: &Config, inputs: &Inputs, action: KeysAction) -> Result<(), Failure> {
    logging::start(inputs, "warn");
    match action {
        KeysAction::Create { label } => create(config, &label).await,
        KeysAction::List => list(config, inputs).await,
        KeysAction::Revoke { id } => revoke(config, id).await,
    }
}

async fn create(config: &Config, label: &str) -> Result<(), Failure> {
    let label = label.trim();
    if label.is_empty() || label.chars().count() > 100 {
        return Err(Failure::broken("the label must have 1 to 100 characters; say what the key is for"));
    }
    let store = wire::open_store(config).await?;
    let secret = format!("fd_{}", clock::secret());
    let key = ApiKey { id: clock::fresh(), label: label.to_owned(), created_at: clock::now(), revoked_at: None };
    DeskStore::add_key(&store, &key, Sha256::digest(secret.as_bytes()).into()).await?;
    store.close().await;
    eprintln!("key {} for {label:?}; it is shown this once, send it as Authorization: Bearer KEY", key.id);
    term::say(&format!("{secret}\n"))
}

async fn list(config: &Config, inputs: &Inputs) -> Result<(), Failure> {
    let store = database::open_as_is(config).await?;
    let mut table = Table::new(&["id", "for", "made", "state"]);
    for key in DeskStore::keys(&store).await? {
        let state = match key.revoked_at {
            Some(at) => (Tone::Quiet, format!("revoked {}", at.format("%Y-%m-%d %H:%M UTC"))),
            None => (Tone::Good, "open".to_owned()),
        };
        let made = key.created_at.format("%Y-%m-%d %H:%M UTC").to_string();
        table.row(vec![(Tone::Plain, key.id.to_string()), (Tone::Plain, key.label), (Tone::Plain, made), state]);
    }
    store.close().await;
    if table.is_empty() {
        term::say("there are no keys; make one with `gateway keys create LABEL`\n")?;
    } else {
        term::say(&table.text(Ink(term::colour(&std::io::stdout(), inputs))))?;
    }
    Ok(())
}

async fn revoke(config: &Config, id: uuid::Uuid) -> Result<(), Failure> {
    let store = database::open_as_is(config).await?;
    let revoked = DeskStore::revoke_key(&store, id, clock::now()).await?;
    store.close().await;
    if revoked {
        term::say(&format!("key {id} opens nothing any more\n"))
    } else {
        Err(Failure::wrong(format!("there is no open key {id}; see `gateway keys list`")))
    }
}
