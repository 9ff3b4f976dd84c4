//! Why a captured webhook is not taken for its provider's.

mod signed;

use super::{Addressed, Captured};
use crate::{
    clock,
    config::{Config, PublicUrl},
    failure::Failure,
    secrets::Secrets,
    term, wire,
};
use frontdesk_core::ports::{CallProvider, ReceivedAbout, Rejected, WebhookRequest};
use frontdesk_sandbox::Sandbox;
use frontdesk_twilio::{Twilio, Why};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use url::{Url, form_urlencoded};

pub(super) fn run(config: &Config, captured: &Captured) -> Result<(), Failure> {
    let addressed = captured.addressed()?;
    let request = captured.seen(config.public_url.as_deref(), &addressed);
    let (authentic, said) = match addressed.provider.as_str() {
        frontdesk_twilio::NAME => twilio(config, captured, &addressed, &request)?,
        frontdesk_eightxeight::NAME => eightxeight(config, captured, &request)?,
        frontdesk_exotel::NAME => exotel(config, captured, &request)?,
        frontdesk_threecx::NAME => signed::threecx(config, captured, &request)?,
        frontdesk_elevenlabs::NAME => signed::elevenlabs(config, captured, &request)?,
        _ => sandbox(config, captured, &request)?,
    };
    term::say(&format!("{}, hook {}: {said}\n", addressed.provider, addressed.hook))?;
    if authentic { Ok(()) } else { Err(Failure::wrong("")) }
}

fn unconfigured(carrier: &str, needs: &str) -> Failure {
    Failure::broken(format!("{carrier} is not configured; set {needs}, or give the file the member \"secret\""))
}

fn base(config: &Config) -> Result<Url, Failure> {
    let url = config.public_url.as_deref().map_or_else(|| "http://localhost".parse(), |url| Ok(url.clone()));
    url.map_err(|_| Failure::broken("no address to explain by"))
}

/// What an authentic request says; whether it is authentic is told by its rejection.
fn understood(carrier: &dyn CallProvider, captured: &Captured, request: &WebhookRequest) -> (bool, String) {
    match carrier.receive(request, captured.now.unwrap_or_else(clock::now)) {
        Ok(received) => {
            let tells = match received.about {
                ReceivedAbout::Booking { .. } => "booked",
                _ => received.event.name(),
            };
            (true, format!("authentic; it tells: {tells}"))
        }
        Err(rejected @ (Rejected::UnknownHook(_) | Rejected::Malformed(_))) => {
            (false, format!("the proof is not what is wrong: {rejected}"))
        }
        Err(rejected) => (false, rejected.to_string()),
    }
}

fn twilio(
    config: &Config,
    captured: &Captured,
    addressed: &Addressed,
    request: &WebhookRequest,
) -> Result<(bool, String), Failure> {
    let mut settings = match (&captured.secret, &config.carriers.twilio) {
        (Some(secret), _) => by_secret(captured, secret.clone()),
        (None, Some(configured)) => configured.clone(),
        (None, None) => return Err(unconfigured("Twilio", "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN")),
    };
    let base = config.public_url.as_ref().map_or("http://localhost", PublicUrl::as_written);
    base.clone_into(&mut settings.webhook_base);
    let adapter = Twilio::new(settings, wire::http_client()?).map_err(|wrong| Failure::broken(wrong.to_string()))?;
    let called = captured.url.split(['?', '#']).next().unwrap_or_default();
    let bases: Vec<String> = called.strip_suffix(addressed.path.as_str()).map(str::to_owned).into_iter().collect();
    Ok(match adapter.why(request, &bases) {
        Why::Authentic => understood(&adapter, captured, request),
        why @ Why::OtherUrl { .. } => {
            let Why::OtherUrl { signed, .. } = &why else { return Ok((false, why.to_string())) };
            let public = signed.trim_end_matches('/').strip_suffix(addressed.path.trim_end_matches('/'));
            let remedy = public.map_or_else(String::new, |base| format!(": FRONTDESK_PUBLIC_URL={base}"));
            (false, format!("{why}{remedy}"))
        }
        why => (false, why.to_string()),
    })
}

/// The account that the request itself names, with the secret of the file.
fn by_secret(captured: &Captured, secret: SecretString) -> frontdesk_twilio::Config {
    let query = super::path_and_query(&captured.url).1.trim_start_matches('?');
    let named = [captured.body.as_str(), query].iter().find_map(|pairs| {
        form_urlencoded::parse(pairs.as_bytes())
            .find_map(|(name, value)| (name == "AccountSid").then(|| value.into_owned()))
    });
    let account = named.unwrap_or_else(|| format!("AC{}", "0".repeat(32)));
    frontdesk_twilio::Config::new(account, secret, "", frontdesk_twilio::Clock::new(clock::now))
}

/// The subaccount that the request itself names.
fn subaccount(captured: &Captured) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(&captured.body).ok()?;
    Some(body.get("payload")?.get("subAccountId")?.as_str()?.to_owned())
}

fn eightxeight(config: &Config, captured: &Captured, request: &WebhookRequest) -> Result<(bool, String), Failure> {
    let mut settings = match &config.carriers.eightxeight {
        Some(configured) => configured.clone(),
        None if captured.secret.is_some() => {
            let clock = Arc::new(clock::now);
            let subaccount = subaccount(captured).unwrap_or_default();
            frontdesk_eightxeight::Config::new("".into(), subaccount, base(config)?, Vec::new(), clock)
        }
        None => return Err(unconfigured("8x8", "EIGHT_X_EIGHT_API_KEY and EIGHT_X_EIGHT_SUBACCOUNT_ID")),
    };
    if let Some(secret) = &captured.secret {
        settings.webhook_secrets = vec![secret.clone()];
    }
    let none = settings.webhook_secrets.iter().all(|secret| secret.expose_secret().is_empty());
    let carried = carries_secret(request);
    let adapter = frontdesk_eightxeight::EightXEight::new(settings, wire::http_client()?);
    let (authentic, said) = understood(&adapter, captured, request);
    if authentic || !matches!(adapter.receive(request, clock::now()), Err(Rejected::Unauthentic(_))) {
        return Ok((authentic, said));
    }
    let why = if none {
        "no secret is configured to prove it by; set EIGHT_X_EIGHT_WEBHOOK_SECRET"
    } else if carried {
        "the secret it brings along is not the configured one; register it anew with `gateway check --live --fix`"
    } else {
        "it brings no secret along (Authorization, X-Webhook-Secret or ?secret=); register it with `gateway check \
         --live --fix`, and let nothing in front of the gateway drop the header"
    };
    Ok((false, why.to_owned()))
}

/// Whether a request brings anything along where a secret may stand.
fn carries_secret(request: &WebhookRequest) -> bool {
    request.header("authorization").is_some()
        || request.header("x-webhook-secret").is_some()
        || form_urlencoded::parse(request.query().as_bytes()).any(|(name, _)| name == "secret")
}

fn exotel(config: &Config, captured: &Captured, request: &WebhookRequest) -> Result<(bool, String), Failure> {
    let mut settings = match (&config.carriers.exotel, &captured.secret) {
        (Some(configured), _) => configured.clone(),
        (None, Some(_)) => config.exotel_by_secret(),
        (None, None) => return Err(unconfigured("Exotel", "EXOTEL_WEBHOOK_SECRET")),
    };
    if let Some(secret) = &captured.secret {
        settings.webhook_secrets = vec![secret.clone()];
    }
    let none = settings.webhook_secrets.is_empty();
    let adapter = frontdesk_exotel::Exotel::new(settings, wire::http_client()?);
    let (authentic, said) = understood(&adapter, captured, request);
    if authentic || !matches!(adapter.receive(request, clock::now()), Err(Rejected::Unauthentic(_))) {
        return Ok((authentic, said));
    }
    let why = if none {
        "no secret is configured to prove it by; set EXOTEL_WEBHOOK_SECRET"
    } else if carries_secret(request) {
        "the secret it brings along is not the configured one, or its address is not allowed; look at the applet's address"
    } else {
        "it brings no secret along; append ?secret=… to the applet's address"
    };
    Ok((false, why.to_owned()))
}

fn sandbox(config: &Config, captured: &Captured, request: &WebhookRequest) -> Result<(bool, String), Failure> {
    let webhook_secret = match &captured.secret {
        Some(secret) => secret.clone(),
        None => Secrets::keep(config)?.webhook_secret,
    };
    let number = config.rules.businesses.values().find_map(|business| business.phone.clone());
    let from =
        number.ok_or_else(|| Failure::broken("no business has a telephone number; set businesses.<id>.phone"))?;
    let base = base(config)?;
    let settings = frontdesk_sandbox::Config {
        base_url: base.clone(),
        account_token: "".into(),
        webhook_secret,
        webhook_base: base,
        from,
    };
    Ok(understood(&Sandbox::new(settings, wire::http_client()?), captured, request))
}
