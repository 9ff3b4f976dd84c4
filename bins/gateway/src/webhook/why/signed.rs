//! What is wrong with a signature `t=SECONDS,v0=HEX` over time and body: ElevenLabs writes it, and whoever tells of a 3CX.

use super::{carries_secret, unconfigured, understood};
use crate::{
    clock,
    config::{Config, Span},
    failure::Failure,
    webhook::Captured,
    wire,
};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::ports::{CallProvider, Rejected, WebhookRequest};
use frontdesk_elevenlabs as elevenlabs;
use frontdesk_threecx as threecx;
use secrecy::SecretString;

/// A signature has so many hexadecimal digits.
const DIGITS: usize = 64;

/// How a webhook is signed, and with what.
struct Signed<'a> {
    /// The header as it is written.
    header: &'static str,
    /// What sets its secret.
    set: &'static str,
    /// The key that says how old it may be.
    tolerance: (&'static str, Duration),
    secrets: Vec<SecretString>,
    /// Secrets that are for something else, by what sets them: somebody may have mixed them up.
    others: Vec<(&'static str, Vec<SecretString>)>,
    /// The adapter with these secrets alone.
    with: &'a dyn Fn(Vec<SecretString>) -> Box<dyn CallProvider>,
}

/// The secrets that are configured, by what sets them.
fn configured(config: &Config) -> [(&'static str, Vec<SecretString>); 3] {
    let elevenlabs = config.carriers.elevenlabs.as_ref();
    let threecx = config.carriers.threecx.as_ref();
    [
        ("THREECX_WEBHOOK_SECRET", threecx.map(|it| it.adapter.webhook_secrets.clone()).unwrap_or_default()),
        ("ELEVENLABS_WEBHOOK_SECRET", elevenlabs.map(|it| it.signing_secrets.clone()).unwrap_or_default()),
        ("WEBHOOK_SECRET", elevenlabs.map(|it| it.shared_secrets.clone()).unwrap_or_default()),
    ]
}

pub(super) fn threecx(
    config: &Config,
    captured: &Captured,
    request: &WebhookRequest,
) -> Result<(bool, String), Failure> {
    let mut settings = match (&config.carriers.threecx, &captured.secret) {
        (Some(configured), _) => configured.adapter.clone(),
        (None, Some(_)) => threecx::Config::new(Vec::new(), threecx::Clock::new(clock::now)),
        (None, None) => return Err(unconfigured("3CX", "THREECX_WEBHOOK_SECRET")),
    };
    // Nothing is asked of a PBX.
    settings.control = None;
    let [(set, own), others @ ..] = configured(config);
    let http = wire::http_client()?;
    let with = |secrets| -> Box<dyn CallProvider> {
        let settings = threecx::Config { webhook_secrets: secrets, ..settings.clone() };
        Box::new(threecx::ThreeCx::new(settings, http.clone()))
    };
    let signed = Signed {
        header: "X-Signature",
        set,
        tolerance: ("threecx.tolerance", settings.tolerance),
        secrets: captured.secret.clone().map_or(own, |secret| vec![secret]),
        others: others.into(),
        with: &with,
    };
    Ok(signed.explain(captured, request))
}

pub(super) fn elevenlabs(
    config: &Config,
    captured: &Captured,
    request: &WebhookRequest,
) -> Result<(bool, String), Failure> {
    let settings = match (&config.carriers.elevenlabs, &captured.secret) {
        (Some(configured), _) => configured.clone(),
        (None, Some(_)) => elevenlabs::Config::default(),
        (None, None) => return Err(unconfigured("ElevenLabs", "ELEVENLABS_WEBHOOK_SECRET")),
    };
    let shared = captured.secret.clone().map_or_else(|| settings.shared_secrets.clone(), |secret| vec![secret]);
    let [threecx, (set, own), common] = configured(config);
    let http = wire::http_client()?;
    let with = |secrets| -> Box<dyn CallProvider> {
        let settings =
            elevenlabs::Config { signing_secrets: secrets, shared_secrets: shared.clone(), ..settings.clone() };
        Box::new(elevenlabs::ElevenLabs::new(settings, http.clone()))
    };
    let signed = Signed {
        header: "ElevenLabs-Signature",
        set,
        tolerance: ("elevenlabs.tolerance", settings.tolerance),
        secrets: captured.secret.clone().map_or(own, |secret| vec![secret]),
        others: vec![common, threecx],
        with: &with,
    };
    let by_signature = request.hook == "postcall"
        || (request.hook == "webhook"
            && request.header("elevenlabs-signature").is_some()
            && !signed.secrets.is_empty());
    if by_signature {
        return Ok(signed.explain(captured, request));
    }
    let (authentic, said) = understood(&*with(signed.secrets), captured, request);
    if authentic || !matches!(with(Vec::new()).receive(request, clock::now()), Err(Rejected::Unauthentic(_))) {
        return Ok((authentic, said));
    }
    let why = if shared.is_empty() {
        "no secret is configured that it could bring along; set WEBHOOK_SECRET, or elevenlabs.shared_secret"
    } else if carries_secret(request) {
        "the secret it brings along is not the configured one (WEBHOOK_SECRET, or elevenlabs.shared_secret)"
    } else {
        "it brings no secret along and no signature that could be looked at; let it send X-Webhook-Secret, and let \
         nothing in front of the gateway drop the header"
    };
    Ok((false, why.to_owned()))
}

impl Signed<'_> {
    fn explain(&self, captured: &Captured, request: &WebhookRequest) -> (bool, String) {
        let now = captured.now.unwrap_or_else(clock::now);
        let adapter = (self.with)(self.secrets.clone());
        match adapter.receive(request, now) {
            Err(Rejected::Unauthentic(_)) => (false, self.unproved(request, now)),
            Err(Rejected::Stale) => (false, self.stale(captured, request, now)),
            _ => understood(&*adapter, captured, request),
        }
    }

    /// Whether the signature is right with these secrets, whatever its time.
    fn proves(&self, secrets: &[SecretString], request: &WebhookRequest, now: DateTime<Utc>) -> bool {
        !secrets.is_empty()
            && !matches!((self.with)(secrets.to_vec()).receive(request, now), Err(Rejected::Unauthentic(_)))
    }

    fn unproved(&self, request: &WebhookRequest, now: DateTime<Utc>) -> String {
        let Self { header, set, .. } = self;
        let Some(written) = request.header(&header.to_ascii_lowercase()) else {
            return format!(
                "there is no {header}; a proxy in front of the gateway drops it, or the sender signs nothing"
            );
        };
        if self.secrets.is_empty() {
            return format!("no secret is configured to prove it by; set {set} to what the sender signs with");
        }
        if !is_one(written) {
            return format!(
                "{header} is no signature like t=SECONDS,v0=HEX with {DIGITS} digits; the sender writes another, or \
                 something on the way changes it"
            );
        }
        let other_body = |body: Vec<u8>| WebhookRequest { body, ..request.clone() };
        if bodies(&request.body).into_iter().any(|body| self.proves(&self.secrets, &other_body(body), now)) {
            return "the body is not what was signed: its line breaks are others; let nothing between sender and gateway \
                    trim or rewrite it"
                .to_owned();
        }
        if let Some((name, _)) = self.others.iter().find(|(_, secrets)| self.proves(secrets, request, now)) {
            return format!("it is signed with the secret of {name}; set {set} to that, or let the sender use its own");
        }
        format!(
            "{header} does not match; check that {set} is what the sender signs with, that it signs the seconds, a full \
             stop and the body with HMAC-SHA256, and that nothing between rewrites the body"
        )
    }

    fn stale(&self, captured: &Captured, request: &WebhookRequest, now: DateTime<Utc>) -> String {
        let written = request.header(&self.header.to_ascii_lowercase()).unwrap_or_default();
        let time = part(written, "t").and_then(|text| text.parse().ok()).and_then(|at| DateTime::from_timestamp(at, 0));
        let Some(time) = time else { return Rejected::Stale.to_string() };
        let (key, most) = self.tolerance;
        let way = if time < now { "before" } else { "after" };
        let remedy = if time > now + Duration::days(36_500) {
            "it is written in milliseconds, let the sender write seconds".to_owned()
        } else if captured.now.is_none() {
            "it came when it was captured: give the file the member \"now\" with that time, to look at it as it was"
                .to_owned()
        } else {
            format!("set the sender's clock, and let it sign a request when it sends it ({key} is {})", Span(most))
        };
        let apart = Span((now - time).abs());
        format!("the signature is right, and its time is {apart} {way} the request came; {remedy}")
    }
}

/// The value of a part of the header.
fn part<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header
        .split(',')
        .filter_map(|part| part.trim().split_once('='))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, it)| it.trim())
}

fn is_one(header: &str) -> bool {
    let signature = part(header, "v0").unwrap_or_default();
    let hex = signature.len() == DIGITS && signature.bytes().all(|byte| byte.is_ascii_hexdigit());
    hex && part(header, "t").is_some_and(|time| time.parse::<i64>().is_ok())
}

/// What a body may have been before its line breaks were changed.
fn bodies(body: &[u8]) -> Vec<Vec<u8>> {
    let whole = body.trim_ascii_end();
    let with = |end: &[u8]| [whole, end].concat();
    let mut all = vec![with(b""), with(b"\n"), with(b"\r\n")];
    if let Ok(text) = std::str::from_utf8(body) {
        let lines = text.replace("\r\n", "\n");
        all.push(lines.replace('\n', "\r\n").into_bytes());
        all.push(lines.into_bytes());
    }
    all
}
