//! The ledger of opt-outs: who asked not to be contacted any more, or to be contacted again, when and how.

use crate::{
    app::App,
    problem::{Answer, Problem},
    query::Query,
    views::{List, json},
};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri},
    routing::get,
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    effect::Channel,
    personal::Phone,
    ports::{KeptOptOut, OptOutFilter, OptOutWay},
};
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) fn router() -> Router<App> {
    Router::new().route("/api/v1/opt-outs", get(list))
}

/// One change of what a person wants.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OptOutView {
    at: DateTime<Utc>,
    /// Who; null once they were forgotten.
    #[schema(example = "+6591234567")]
    phone: Option<String>,
    /// The channels it is about: `voice`, `sms`, `whatsapp`, `email`.
    #[schema(value_type = Vec<String>, example = json!(["voice", "sms", "whatsapp", "email"]))]
    channels: Vec<Channel>,
    /// Whether they are closed by it; else they are open again.
    #[schema(example = true)]
    opted_out: bool,
    /// How they said so: `keyword`, `key_press`, `carrier`, `desk`, `link` or `mail`.
    #[schema(value_type = String, example = "keyword")]
    way: OptOutWay,
    /// What proves it: the name of a message, call or effect; null where nothing does, and once they were forgotten.
    #[schema(example = "twilio:message:SM0123456789abcdef0123456789abcdef")]
    evidence: Option<String>,
}

impl From<KeptOptOut> for OptOutView {
    fn from(it: KeptOptOut) -> Self {
        Self {
            at: it.at,
            phone: it.phone.map(|phone| phone.reveal().to_owned()),
            channels: it.channels,
            opted_out: it.out,
            way: it.way,
            evidence: it.evidence,
        }
    }
}

/// Opt-outs, the newest first
///
/// Lines are only ever added: one each time that somebody asks not to be contacted any more, or to be contacted again.
#[utoipa::path(
    get, path = "/api/v1/opt-outs", tag = "contacts",
    params(
        ("phone" = Option<String>, Query, description = "Only of this person, forgotten or not"),
        ("from" = Option<String>, Query, description = "A moment, or a day in the business's zone, inclusive"),
        ("to" = Option<String>, Query, description = "A moment, or a day in the business's zone, inclusive"),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "1 to 500, 50 when absent"),
    ),
    responses(
        (status = 200, description = "One page", body = List<OptOutView>),
        (status = 422, description = "A parameter is not right", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(State(app): State<App>, uri: Uri) -> Answer {
    let mut query = Query::of(&uri);
    let business = app.default_business();
    let zone = business.map_or(chrono_tz::Tz::UTC, |business| business.time_zone);
    let region = business.and_then(|business| business.region.clone());
    let filter = OptOutFilter {
        // In a URL a plus may have been taken for a space.
        phone: query.read("phone", |text| {
            let digits = text.trim().starts_with(|c: char| c.is_ascii_digit());
            let whole = if digits { Phone::parse(&format!("+{}", text.trim()), None).ok() } else { None };
            let own = Phone::parse(text, region.as_deref());
            own.or_else(|wrong| whole.ok_or(wrong)).map_err(|wrong| wrong.to_string())
        }),
        from: query.from("from", zone),
        to: query.to("to", zone),
        cursor: query.owned("cursor"),
        limit: query.limit(),
    };
    query.finish()?;
    let page = app.store().opt_outs(filter).await?;
    json(StatusCode::OK, &List::<OptOutView>::of(page))
}
