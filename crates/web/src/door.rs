//! The door for webhooks: raw bytes in, the provider's own language out, whatever happens in between.

mod agents;
mod begun;
mod bookings;
mod calendar;
mod captures;
mod decide;
mod meters;

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
    routing::{any, post},
};
use frontdesk_core::ports::{Received, ReceivedAbout, WebhookRequest, WebhookResponse};
use meters::Meter;
use std::{net::SocketAddr, sync::Arc, time::Instant};

pub(crate) use captures::Captures;
pub(crate) use meters::Meters;

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
    router = router.route("/api/v1/webhooks/calendar/notification", post(calendar::notified));
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

async fn enter(app: &App, provider: &str, hook: &str, request: Request) -> Response {
    let began = Instant::now();
    let mut seen = Seen::default();
    let meter = match app.engine.ports().carriers.get(provider) {
        Some(_) => app.meters.of(provider, hook),
        // Names that nobody vouches for would let a stranger fill the metrics.
        None => app.meters.unknown(),
    };
    let response = match admit(app, provider, hook, request, &meter, &mut seen).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    };
    let meter = if seen.authentic { app.meters.vouch(meter, hook) } else { meter };
    let (status, took) = (response.status().as_u16(), began.elapsed());
    meter.answered(status, took);
    tracing::info!(
        provider = meter.provider,
        hook = meter.hook,
        status,
        event = seen.event,
        outcome = seen.outcome,
        hold = seen.hold,
        milliseconds = took.as_secs_f64() * 1000.0,
        "webhook"
    );
    response
}

/// What is worth a line in the log about a webhook: names and counts only.
#[derive(Default)]
struct Seen {
    authentic: bool,
    event: &'static str,
    outcome: &'static str,
    hold: u8,
}

/// What few webhooks need is boxed: this future is moved several times before it is polled, whatever it comes to.
async fn admit(
    app: &App,
    provider: &str,
    hook: &str,
    request: Request,
    meter: &Meter,
    seen: &mut Seen,
) -> Answer<Response> {
    let Some(carrier) = app.engine.ports().carriers.get(provider) else {
        return Err(Problem::new(StatusCode::NOT_FOUND, "there is no such provider here; it may not be configured"));
    };
    // Providers send everything from a few addresses, so that a limit by address would punish a busy day.
    meter.admit().map_err(Problem::too_many)?;
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
            let taken = Box::pin(bookings::take(app, provider, carrier.as_ref(), *booking, dialect));
            let (outcome, answer) = taken.await?;
            seen.outcome = outcome;
            return write(answer);
        }
        ReceivedAbout::Caller { from, to } => {
            let (outcome, answer) = Box::pin(agents::introduce(app, carrier.as_ref(), from, to)).await;
            seen.outcome = outcome;
            return write(answer);
        }
        ReceivedAbout::Nothing { answer } => {
            seen.outcome = "ignored";
            return write(answer);
        }
        about @ (ReceivedAbout::Call { .. } | ReceivedAbout::Message { .. } | ReceivedAbout::Sent { .. }) => {
            Received { about, ..received }
        }
    };
    if let Some(line) = app.engine.agent_line(provider, &received) {
        let handed = Box::pin(agents::hand_over(app, provider, carrier.as_ref(), hook, line, &received));
        if let Some((outcome, answer)) = handed.await {
            seen.outcome = outcome;
            return write(answer);
        }
    }
    let (steers, heard, event) = (carrier.abilities().steers, received.heard, received.event.clone());
    let (outcome, reply, call) = decide::decide(app, provider, steers, received).await?;
    seen.outcome = outcome;
    if outcome == decide::ASTRAY {
        metrics::counter!("frontdesk_webhooks_astray_total", "provider" => provider.to_owned()).increment(1);
    }
    write(match heard {
        true => carrier.answer(hook, &reply, call.as_ref()),
        false => carrier.acknowledge(hook, &event, call.as_ref()),
    })
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
