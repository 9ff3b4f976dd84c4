//! A gateway as its configuration makes it, on a fresh database, behind a plain server.

use frontdesk_core::engine::Engine;
use frontdesk_gateway::{
    config::{self, Inputs},
    secrets::Secrets,
    wire::{Parts, join},
};
use frontdesk_store::Store;
use std::{collections::BTreeMap, net::SocketAddr, path::Path};

/// What is measured, and how it is looked into.
pub(crate) struct House {
    pub(crate) address: SocketAddr,
    pub(crate) engine: Engine,
    /// The business that is meant where none is named.
    pub(crate) business: String,
}

/// Serves one that is configured by these variables; `name` tells its files from those of others.
pub(crate) async fn open(folder: &Path, name: &str, variables: &[(&str, &str)]) -> House {
    let common = [
        ("FRONTDESK_ADMIN_TOKEN", "bench-admin-token"),
        ("FRONTDESK_DATA", name),
        ("FRONTDESK_LIMITS__WEBHOOKS_PER_SECOND", "1000000"),
    ];
    let all = variables.iter().chain(&common);
    let variables: BTreeMap<_, _> = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let config =
        config::load(&Inputs { file: None, folder: folder.to_owned(), variables }).expect("the configuration holds");
    let secrets = Secrets::keep(&config).expect("the data folder can be written");
    let file = folder.join(format!("{name}.db"));
    let store = Store::open(&format!("sqlite://{}", file.display())).await.expect("a database");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let parts = Parts { config: &config, secrets: &secrets, listen: address, store, journal: None };
    let gateway = join(parts).expect("the parts fit");
    let service = gateway.router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.expect("it serves") });
    let business = config.rules.businesses.keys().next().expect("a business").clone();
    House { address, engine: gateway.engine, business }
}
