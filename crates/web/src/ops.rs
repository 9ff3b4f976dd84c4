//! For those who run it: alive, ready, healthy, measured.

use crate::{
    app::App,
    problem::{Answer, Problem},
    site::Part,
    views::json,
};
use axum::{
    Router,
    extract::{Path, State},
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use chrono::SecondsFormat;
use frontdesk_core::{breaker::BreakerState, engine::CarrierState};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::json as object;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, time::Duration};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

/// How long the database may take to say that it is there.
const PING: Duration = Duration::from_secs(2);

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/health", get(health))
        .route("/voiceclone/health", get(voiceclone_health))
        .route("/metrics", get(metrics))
        .route("/webhook/test", any(webhook_test))
        .route("/calendar/{file}", get(calendar))
}

async fn livez() -> &'static str {
    "ok\n"
}

/// Whether the capture of key presses is there: what its first users ask, by any method and without a secret.
async fn webhook_test(State(app): State<App>) -> Answer {
    let timestamp = app.now().to_rfc3339_opts(SecondsFormat::Secs, true);
    let message = "Exotel IVR Webhook Server is running";
    json(StatusCode::OK, &object!({ "status": "active", "message": message, "timestamp": timestamp }))
}

async fn database(app: &App) -> bool {
    match tokio::time::timeout(PING, app.store().ping()).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the database does not answer");
            false
        }
        Err(_) => {
            tracing::warn!("the database does not answer in time");
            false
        }
    }
}

async fn readyz(State(app): State<App>) -> Answer {
    let database = database(&app).await;
    let dialling = app.engine.ports().carriers.values().any(|carrier| carrier.abilities().dials);
    let stopping = app.stopping.is_cancelled();
    let ready = database && dialling && !stopping;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    // Shown, and no reason to be taken out of service: whoever is in front cannot mend a vendor that is down, and calls
    // that come in, answers and the desk still need somebody to talk to.
    let breakers: BTreeMap<String, _> = app.engine.carriers().into_iter().map(breaker).collect();
    let body = object!({
        "ready": ready, "database": database, "carriers": dialling, "stopping": stopping,
        "breakers": breakers, "voiceless": app.engine.voiceless(),
    });
    json(status, &body)
}

fn breaker(carrier: CarrierState) -> (String, serde_json::Value) {
    let until = carrier.rests_until.map(|until| until.to_rfc3339_opts(SecondsFormat::Secs, true));
    let shown = object!({ "state": carrier.breaker.as_str(), "failures": carrier.failures, "rests_until": until });
    (carrier.name, shown)
}

/// What is wrong with a carrier, in one sentence.
fn carrier_trouble(carrier: &CarrierState) -> Option<String> {
    if carrier.breaker == BreakerState::Closed {
        return None;
    }
    let why = carrier.reason.as_deref().unwrap_or("it failed again and again");
    let next = carrier.rests_until.map_or_else(
        || "the next call tries it".to_owned(),
        |until| format!("it is tried again after {}", until.to_rfc3339_opts(SecondsFormat::Secs, true)),
    );
    Some(format!("no calls go out by {} after {} failures in a row ({why}); {next}", carrier.name, carrier.failures))
}

/// How everything is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthView {
    /// `healthy`, `degraded` or `error`.
    #[schema(example = "healthy")]
    status: &'static str,
    #[schema(example = "2030-03-01T07:30:00Z")]
    timestamp: String,
    /// Whether each service is configured and fine.
    #[schema(example = json!({"google_calendar": false, "twilio_sms": true, "email": true}))]
    services: BTreeMap<String, bool>,
    /// `ok`, `error` or `disabled`.
    #[schema(value_type = String, example = "ok")]
    database: Part,
    #[schema(value_type = String, example = "disabled")]
    redis: Part,
    #[schema(value_type = String, example = "disabled")]
    elevenlabs: Part,
    /// What is configured and does not work.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    troubles: Vec<String>,
}

async fn examine(app: &App, well: &'static str) -> Answer {
    let mut health = (app.health)();
    health.troubles.extend(app.engine.carriers().iter().filter_map(carrier_trouble));
    let silent = app.engine.voiceless().into_iter();
    health.troubles.extend(silent.map(|business| format!("no carrier of {business} can be asked to place a call")));
    let database = if database(app).await { Part::Ok } else { Part::Error };
    let degraded = health.redis == Part::Error || health.elevenlabs == Part::Error || !health.troubles.is_empty();
    let (status, code) = match (database, degraded) {
        (Part::Ok, false) => (well, StatusCode::OK),
        (Part::Ok, true) => ("degraded", StatusCode::OK),
        _ => ("error", StatusCode::SERVICE_UNAVAILABLE),
    };
    json(
        code,
        &HealthView {
            status,
            timestamp: app.now().to_rfc3339_opts(SecondsFormat::Secs, true),
            services: health.services,
            database,
            redis: health.redis,
            elevenlabs: health.elevenlabs,
            troubles: health.troubles,
        },
    )
}

/// How everything is
#[utoipa::path(
    get, path = "/health", tag = "operations", security(()),
    responses(
        (status = 200, description = "It works, maybe degraded", body = HealthView),
        (status = 503, description = "The database is away", body = HealthView),
    )
)]
pub(crate) async fn health(State(app): State<App>) -> Answer {
    examine(&app, "healthy").await
}

async fn voiceclone_health(State(app): State<App>) -> Answer {
    examine(&app, "ok").await
}

async fn metrics(State(app): State<App>) -> Response {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], (app.metrics)()).into_response()
}

/// The calendar of a business, for calendar programs: they can send a query and nothing else.
async fn calendar(State(app): State<App>, Path(file): Path<String>, uri: Uri) -> Answer {
    let unknown = || Problem::not_found("calendar");
    let feed = app.calendar_feed.as_ref().ok_or_else(unknown)?;
    let business = file.strip_suffix(".ics").ok_or_else(unknown)?;
    let query = crate::query::Query::of(&uri);
    let token = feed.token.expose_secret();
    let same: bool = Sha256::digest(query.get("token").unwrap_or_default().as_bytes())
        .ct_eq(&Sha256::digest(token.as_bytes()))
        .into();
    if !same || token.is_empty() {
        let detail = "the feed's address needs its token: /calendar/{business}.ics?token=…";
        return Err(Problem::new(StatusCode::UNAUTHORIZED, detail));
    }
    let ics = (feed.render)(business).ok_or_else(unknown)?;
    Ok(([(header::CONTENT_TYPE, "text/calendar; charset=utf-8")], ics).into_response())
}
