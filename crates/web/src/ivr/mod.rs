//! What people press in IVRs that carriers run: paths and figures, in the shapes the capture's first users know.

pub(crate) mod export;
mod rows;

pub use rows::{INPUTS, PATHS, Table, field};

use crate::{
    app::App,
    appointments::business_of,
    problem::{Answer, Problem},
    query::Query,
    views::json,
};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri},
    routing::get,
};
use chrono::NaiveDate;
use frontdesk_core::{
    ivr::{Figures, Tree},
    ports::{CapturedFilter, CountFilter},
};
use serde_json::{Map, Value, json as object};
use std::sync::Arc;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/api/ivr/paths", get(paths))
        .route("/api/ivr/stats", get(stats))
        .route("/api/v1/ivr/paths", get(export::paths))
        .route("/api/v1/ivr/inputs", get(export::inputs))
}

/// Which calls are meant.
pub(crate) struct Range {
    pub(crate) tree: Arc<Tree>,
    pub(crate) version: Option<u32>,
    pub(crate) business: Option<String>,
    pub(crate) from: Option<NaiveDate>,
    pub(crate) to: Option<NaiveDate>,
}

impl Range {
    /// Reads `flow`, `version`, `business` and two days, by the names of the seed or by ours; without a flow the usual one
    /// is meant.
    pub(crate) fn read(app: &App, query: &mut Query) -> Option<Self> {
        let rules = app.rules();
        let usual = rules.tree(None).cloned();
        let tree = query.read("flow", |name| {
            let known: Vec<&str> = rules.trees.iter().map(|tree| tree.name.as_str()).collect();
            rules.tree(Some(name)).cloned().ok_or_else(|| format!("is no IVR here; use one of {}", known.join(", ")))
        });
        let version = query.read("version", |text| text.parse().map_err(|_| "must be a whole number".to_owned()));
        let business = business_of(app, query);
        let first = query.day("start_date").or_else(|| query.day("from"));
        let last = query.day("end_date").or_else(|| query.day("to"));
        if first.zip(last).is_some_and(|(first, last)| first > last) {
            query.wrong(if query.given("end_date") { "end_date" } else { "to" }, "lies before the first day");
        }
        Some(Self { tree: tree.or(usual)?, version, business, from: first, to: last })
    }

    /// The counters of this range.
    pub(crate) fn counters(&self) -> CountFilter {
        let business = self.business.clone();
        CountFilter { business, from: self.from, to: self.to, ..CountFilter::default() }
    }

    /// The calls of this range.
    pub(crate) fn calls(&self) -> CapturedFilter {
        CapturedFilter {
            business: self.business.clone(),
            flow: Some(self.tree.name.clone()),
            from: self.from,
            to: self.to,
            ..CapturedFilter::default()
        }
    }
}

pub(super) fn none() -> Box<Problem> {
    Problem::new(StatusCode::NOT_FOUND, "no IVR is configured here; add [ivr.ivr] to the configuration")
}

/// The paths of captured calls, the newest first
///
/// Days are the business's, and inclusive. More than one page of them is read with `cursor`.
#[utoipa::path(
    get, path = "/api/ivr/paths", tag = "statistics",
    params(
        ("start_date" = Option<NaiveDate>, Query, description = "From this day on"),
        ("end_date" = Option<NaiveDate>, Query, description = "Up to and with this day"),
        ("flow" = Option<String>, Query, description = "Which IVR; the usual one when absent"),
        ("business" = Option<String>, Query, description = "Only this business"),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before"),
        ("limit" = Option<u32>, Query, description = "1 to 500, 500 when absent"),
    ),
    responses(
        (status = 200, description = "`success`, `count`, `data`, `next_cursor`"),
        (status = 422, description = "A parameter is not right", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn paths(State(app): State<App>, uri: Uri) -> Answer {
    let mut query = Query::of(&uri);
    let range = Range::read(&app, &mut query);
    let (cursor, limit) = (query.owned("cursor"), if query.get("limit").is_some() { query.limit() } else { 500 });
    query.finish()?;
    let range = range.ok_or_else(none)?;
    let page = app.store().captured(CapturedFilter { cursor, limit, ..range.calls() }).await?;
    let data: Vec<Value> = page.items.iter().flat_map(|call| PATHS.objects(call, &range.tree)).collect();
    let body = object!({ "success": true, "count": data.len(), "data": data, "next_cursor": page.next_cursor });
    json(StatusCode::OK, &body)
}

/// How many of the most frequent paths are told.
const TOP: usize = 10;

/// Figures of captured calls
///
/// `completion_rate` counts calls that answered everything the IVR asks on their way; `two_or_more_rate` those that made
/// two choices or more. Days are the business's, and inclusive.
#[utoipa::path(
    get, path = "/api/ivr/stats", tag = "statistics",
    params(
        ("start_date" = Option<NaiveDate>, Query, description = "From this day on"),
        ("end_date" = Option<NaiveDate>, Query, description = "Up to and with this day"),
        ("flow" = Option<String>, Query, description = "Which IVR; the usual one when absent"),
        ("version" = Option<u32>, Query, description = "Only this version of it"),
        ("business" = Option<String>, Query, description = "Only this business"),
    ),
    responses(
        (status = 200, description = "`total_calls`, `top_paths`, a distribution of each step, and more"),
        (status = 422, description = "A parameter is not right", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn stats(State(app): State<App>, uri: Uri) -> Answer {
    let mut query = Query::of(&uri);
    let range = Range::read(&app, &mut query);
    query.finish()?;
    let range = range.ok_or_else(none)?;
    let rows = app.store().counts(range.counters()).await?;
    json(StatusCode::OK, &told(&range.tree, &Figures::of(&range.tree, range.version, &rows)))
}

fn told(tree: &Tree, figures: &Figures) -> Value {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    put("flow", tree.name.as_str().into());
    put("total_calls", figures.calls.into());
    let top = figures.paths.iter().take(TOP).map(|(path, n)| {
        object!({ "path": path.to_string(), "label": tree.words(path), "count": n, "complete": tree.completed(path) })
    });
    put("top_paths", top.collect());
    for (position, step) in figures.steps.iter().enumerate() {
        let mut chose: Vec<_> = step.chose.iter().filter(|(_, n)| **n > 0).collect();
        chose.sort_by_key(|(keys, n)| (std::cmp::Reverse(**n), (*keys).clone()));
        let shares = chose.into_iter().map(
            |(keys, n)| object!({ step.step.as_str(): keys, "label": tree.label_anywhere(position, keys), "count": n }),
        );
        put(&format!("{}_distribution", step.step), shares.collect());
    }
    put("completed_calls", figures.complete.into());
    put("completion_rate", rate(figures.complete, figures.calls));
    put("two_or_more_rate", rate(figures.with_choices(2), figures.calls));
    put("average_selections", share(figures.choices(), figures.calls));
    let drops = figures.steps.iter().map(|step| {
        object!({
            "step": step.step, "reached": step.reached, "answered": step.answered(), "silent": step.silent,
            "invalid": step.invalid, "left": step.left, "drop_off_rate": rate(step.left, step.reached),
        })
    });
    put("step_drop_off", drops.collect());
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let hours = days.iter().zip(figures.hours).map(|(day, hours)| ((*day).to_owned(), object!(hours)));
    put("hours", Value::Object(hours.collect()));
    Value::Object(body)
}

/// Per cent, with one decimal; `null` of nothing.
fn rate(part: i64, whole: i64) -> Value {
    if whole == 0 { Value::Null } else { ((part as f64 / whole as f64 * 1000.0).round() / 10.0).into() }
}

/// A mean, with two decimals; `null` of nothing.
fn share(sum: i64, of: i64) -> Value {
    if of == 0 { Value::Null } else { ((sum as f64 / of as f64 * 100.0).round() / 100.0).into() }
}
