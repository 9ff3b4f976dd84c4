//! The door for webhooks: raw bytes in, the provider's own language out, whatever happens in between.

mod agents;
mod bookings;
mod captures;
mod decide;

use crate::{
    app::App,
    body, limits,
    problem::{Answer, Problem},
    site::Alias,
};
use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, RawPathParams, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::any,
};
use frontdesk_core::ports::{Received, ReceivedAbout, WebhookRequest, WebhookResponse};
use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError},
    time::Instant,
};

/// Hook names a provider may add to the metrics; more count as `other`.
const MAX_LABELS: usize = 32;

pub(crate) use captures::Captures;

/// `/webhooks/{provider}/{hook…}` and the aliases.
pub(crate) fn router(aliases: Vec<Alias>) -> Router<App> {
    let general = |State(app): State<App>, request: Request| async move {
        let path = request.uri().path().to_owned();
        let rest = path.strip_prefix("/webhooks/").unwrap_or_default();
        let (provider, hook) = rest.split_once('/').unwrap_or((rest, ""));
        enter(&app, provider, hook, request).await
    };
    let mut router =
        Router::new().route("/webhooks/{provider}", any(general)).route("/webhooks/{provider}/{*hook}", any(general));
    for alias in aliases {
        let path = alias.path.clone();
        let alias = Arc::new(alias);
        let handler = move |State(app): State<App>, params: RawPathParams, request: Request| {
            let alias = Arc::clone(&alias);
            async move {
                let mut hook = alias.hook.clone();
                for (name, value) in &params {
                    hook = hook.replace(&format!("{{{name}}}"), value);
                }
                enter(&app, &alias.provider, &hook, request).await
            }
        };
        router = router.route(&path, any(handler));
    }
    router
}

/// The part of a hook that names what it is for.
pub(crate) fn first_segment(hook: &str) -> &str {
    hook.split('/').next().unwrap_or_default()
}

async fn enter(app: &App, provider: &str, hook: &str, request: Request) -> Response {
    let began = Instant::now();
    let mut seen = Seen::default();
    let response = match admit(app, provider, hook, request, &mut seen).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    };
    let status = response.status().as_u16();
    // Names that nobody vouches for would let a stranger fill the metrics.
    let (provider, hook) = if seen.known_provider {
        (provider.to_owned(), label(app, provider, hook, &seen))
    } else {
        ("unknown".to_owned(), "other".to_owned())
    };
    let seconds = began.elapsed().as_secs_f64();
    metrics::counter!(
        "frontdesk_webhooks_total",
        "provider" => provider.clone(), "hook" => hook.clone(), "status" => status.to_string()
    )
    .increment(1);
    metrics::histogram!(
        "frontdesk_webhook_seconds",
        "provider" => provider.clone(), "hook" => hook.clone()
    )
    .record(seconds);
    tracing::info!(
        provider,
        hook,
        status,
        event = seen.event,
        outcome = seen.outcome,
        hold = seen.hold,
        milliseconds = seconds * 1000.0,
        "webhook"
    );
    response
}

/// What is worth a line in the log about a webhook: names and counts only.
#[derive(Default)]
struct Seen {
    known_provider: bool,
    authentic: bool,
    event: &'static str,
    outcome: &'static str,
    hold: u8,
}

/// The label of a hook: known from the configuration, or from an authentic request.
fn label(app: &App, provider: &str, hook: &str, seen: &Seen) -> String {
    let name = first_segment(hook);
    let mut hooks = app.hooks.lock().unwrap_or_else(PoisonError::into_inner);
    let known = hooks.entry(provider.to_owned()).or_default();
    let plain = !name.is_empty()
        && name.len() <= 32
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if seen.authentic && plain && known.len() < MAX_LABELS {
        known.insert(name.to_owned());
    }
    if known.contains(name) { name.to_owned() } else { "other".to_owned() }
}

async fn admit(app: &App, provider: &str, hook: &str, request: Request, seen: &mut Seen) -> Answer<Response> {
    let Some(carrier) = app.engine.ports().carriers.get(provider) else {
        return Err(Problem::new(StatusCode::NOT_FOUND, "there is no such provider here; it may not be configured"));
    };
    seen.known_provider = true;
    // Providers send everything from a few addresses, so that a limit by address would punish a busy day.
    let route = format!("{provider}/{}", label(app, provider, hook, seen));
    app.webhooks.check(&route).map_err(Problem::too_many)?;
    let request = capture(app, hook, carrier.longest_body(hook), request).await?;
    let received = carrier.receive(&request, app.now()).map_err(|rejected| {
        seen.outcome = "rejected";
        let status = StatusCode::from_u16(rejected.status()).unwrap_or(StatusCode::BAD_REQUEST);
        Problem::new(status, carrier.refusal(hook, &rejected))
    })?;
    seen.authentic = true;
    seen.event = received.event.name();
    seen.hold = received.hold;
    let received = match received.about {
        ReceivedAbout::Capture { capture, answer } => {
            seen.outcome = captures::keep(app, provider, *capture).await?;
            return write(answer);
        }
        ReceivedAbout::Booking { booking, dialect } => {
            let (outcome, answer) = bookings::take(app, provider, carrier.as_ref(), *booking, dialect).await?;
            seen.outcome = outcome;
            return write(answer);
        }
        ReceivedAbout::Caller { from, to } => {
            let (outcome, answer) = agents::introduce(app, carrier.as_ref(), from, to).await;
            seen.outcome = outcome;
            return write(answer);
        }
        ReceivedAbout::Nothing { answer } => {
            seen.outcome = "ignored";
            return write(answer);
        }
        about @ (ReceivedAbout::Call { .. } | ReceivedAbout::Message { .. }) => Received { about, ..received },
    };
    if let Some(line) = app.engine.agent_line(provider, &received)
        && let Some((outcome, answer)) = agents::hand_over(app, provider, carrier.as_ref(), hook, line, &received).await
    {
        seen.outcome = outcome;
        return write(answer);
    }
    let (steers, heard) = (carrier.abilities().steers, received.heard);
    let (outcome, reply, call) = decide::decide(app, provider, steers, received).await?;
    seen.outcome = outcome;
    if outcome == decide::ASTRAY {
        metrics::counter!("frontdesk_webhooks_astray_total", "provider" => provider.to_owned()).increment(1);
    }
    write(if heard { carrier.answer(hook, &reply, call.as_ref()) } else { carrier.acknowledge(hook) })
}

/// The request as adapters see it.
async fn capture(app: &App, hook: &str, longest: Option<usize>, request: Request) -> Answer<WebhookRequest> {
    let (parts, body) = request.into_parts();
    let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = limits::peer(connection, &parts.headers, app.trusted_proxy);
    let path_and_query = parts.uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
    let url = format!("{}{path_and_query}", app.public_url.as_str().trim_end_matches('/'));
    let body = body::read_up_to(&parts.headers, body, app, longest.unwrap_or_default()).await?;
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    Ok(WebhookRequest {
        method: parts.method.as_str().to_owned(),
        hook: hook.to_owned(),
        url,
        headers,
        body: body.to_vec(),
        peer,
    })
}

fn write(answer: WebhookResponse) -> Answer<Response> {
    let status = StatusCode::from_u16(answer.status).map_err(|_| {
        tracing::error!(status = answer.status, "an adapter gave no HTTP status");
        Problem::broken()
    })?;
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    Ok(response)
}
