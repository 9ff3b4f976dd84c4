//! `gateway sandbox`: the pretended carrier in a process of its own.

use crate::{
    clock,
    config::{Config, Inputs},
    failure::Failure,
    logging,
    secrets::Secrets,
    serve, term, wire,
};
use frontdesk_sandbox::{carrier, phone};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use url::Url;

/// Runs the carrier's API, and the browser phone beside it, until told to stop. Nothing here asks who opens the phone:
/// it belongs on a loopback address.
///
/// # Errors
/// When the address or the journal cannot be used.
pub async fn run(
    config: &Config,
    inputs: &Inputs,
    listen: SocketAddr,
    journal: Option<PathBuf>,
    gateway: Url,
) -> Result<(), Failure> {
    logging::start(inputs, "info");
    let socket = serve::bind(listen).await?;
    let address = socket.local_addr().map_err(|error| Failure::broken(error.to_string()))?;
    let secrets = Secrets::keep(config)?;
    let number = config.rules.businesses.values().find_map(|business| business.phone.clone());
    let Some(number) = number else {
        return Err(Failure::broken("no business has a telephone number; set businesses.<id>.phone"));
    };
    let mut settings = carrier::Config::new(secrets.account_token, secrets.webhook_secret, gateway, number);
    settings.pace = config.sandbox.pace;
    settings.journal = journal;
    let carrier = carrier::Carrier::open(settings, Arc::new(clock::now), wire::http_client()?)
        .map_err(|error| Failure::broken(format!("the sandbox cannot start: {error}; check --journal")))?;
    let mut router = carrier.router();
    if address.ip().is_loopback() {
        router = router.merge(phone::router(carrier.clone()));
    }
    let base = format!("http://{}", wire::reachable(address));
    let text = format!(
        "The pretended carrier answers at {base} (browser phone {base}/sandbox); give the gateway FRONTDESK_SANDBOX__BASE_URL={base}\n"
    );
    term::say(&text)?;
    let served = serve::serve_alone(socket, router).await;
    carrier.shutdown().await;
    served
}
