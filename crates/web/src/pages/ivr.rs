//! What people press on the telephone: the steps of a flow, and where they leave it.

mod captured;
mod figures;
pub(super) mod one;

pub(crate) use figures::{Choice, DayFigure, IvrFigures, PathFigure, ShareFigure, StepFigure};

use super::{
    Section, Shell,
    chart::{Bars, Days, Funnel, Heat, Tiles},
    failed,
    filter::{Field, Filters, Kind, Pager},
    html, words,
};
use crate::{app::App, appointments::business_of, problem::Answer, query::Query};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use chrono::{Days as Span, NaiveDate};
use frontdesk_core::{
    ivr::{Call, Tree},
    ports::{CapturedFilter, CountFilter},
};
use std::sync::Arc;

/// How many days are shown where none are named, today included.
const USUAL_DAYS: u64 = 30;
/// The longest span: each day is a bar.
const MOST_DAYS: i64 = 366;

#[derive(Template)]
#[template(path = "ivr.html")]
struct Ivr {
    shell: Shell,
    filters: Filters,
    zone: String,
    /// The flow, and the days in words.
    flow: String,
    span: String,
    tiles: Tiles,
    funnel: Funnel,
    paths: Bars,
    shares: Vec<Bars>,
    heat: Heat,
    days: Days,
    /// The newest calls, where each of them is kept.
    calls: Option<Captured>,
}

/// Captured calls.
struct Captured {
    rows: Vec<captured::Row>,
    pager: Pager,
    /// Where the files are found.
    files: String,
}

/// How many calls a page lists.
const LISTED: u32 = 20;

pub(super) async fn page(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    match gather(&app, &headers, &uri).await {
        Ok(page) => {
            let status = if page.filters.right() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            html(status, &page)
        }
        Err(problem) => failed(&problem),
    }
}

/// What is asked for.
struct Asked {
    flow: String,
    /// The IVR that a carrier runs, where it is one.
    tree: Option<Arc<Tree>>,
    cursor: Option<String>,
    business: Option<String>,
    from: NaiveDate,
    to: NaiveDate,
}

impl Asked {
    fn read(app: &App, query: &mut Query, usual: &str) -> Self {
        let business = business_of(app, query);
        let rules = app.rules();
        let flow = query.read("flow", |name| {
            if rules.flows.contains_key(name) || rules.tree(Some(name)).is_some() {
                Ok(name.to_owned())
            } else {
                Err("is not configured here; choose one of the list".to_owned())
            }
        });
        let flow = flow.unwrap_or_else(|| usual.to_owned());
        let tree = rules.tree(Some(&flow)).cloned();
        let whose = business.as_deref().or(tree.as_ref().and_then(|tree| tree.business.as_deref()));
        let today = app.now().with_timezone(&app.zone_of(whose)).date_naive();
        let to = query.day("to").unwrap_or(today);
        let from = query.day("from").unwrap_or_else(|| to.checked_sub_days(Span::new(USUAL_DAYS - 1)).unwrap_or(to));
        if from > to {
            query.wrong("to", "lies before the first day");
        } else if (to - from).num_days() >= MOST_DAYS {
            query.wrong("from", format!("lies too far back; at most {MOST_DAYS} days are shown"));
        }
        Self { flow, tree, cursor: query.owned("cursor"), business, from, to }
    }
}

impl Asked {
    /// Whose days and hours are meant.
    fn whose(&self) -> Option<&str> {
        self.business.as_deref().or(self.tree.as_ref()?.business.as_deref())
    }
}

async fn gather(app: &App, headers: &HeaderMap, uri: &Uri) -> Answer<Ivr> {
    let mut query = Query::of(uri);
    let usual = usual(app).await?;
    let asked = Asked::read(app, &mut query, &usual);
    let filters = form(app, &query, &asked, &usual);
    let (mut figures, mut calls) = (IvrFigures::default(), None);
    if filters.right() {
        // Figures of a tree stand under a name for each of its versions.
        let filter = CountFilter {
            business: asked.business.clone(),
            flow: asked.tree.is_none().then(|| asked.flow.clone()),
            from: Some(asked.from),
            to: Some(asked.to),
            by_day: true,
            ..CountFilter::default()
        };
        let (rows, span) = (app.store().counts(filter).await?, (asked.from, asked.to));
        match &asked.tree {
            Some(tree) => {
                figures = captured::figures(tree, &rows, span);
                calls = Some(newest(app, &query, &asked, tree).await?);
            }
            None => figures = figures::of_counters(app.rules(), &asked.flow, &rows, span),
        }
        query.finish()?;
    }
    let day = |day: NaiveDate| day.format("%-d %B %Y").to_string();
    Ok(Ivr {
        shell: Shell::new(app, "Key presses", Section::Ivr, headers),
        filters,
        zone: words::zone_name(app.zone_of(asked.whose())),
        span: if asked.from == asked.to {
            day(asked.from)
        } else {
            format!("{} to {}", day(asked.from), day(asked.to))
        },
        flow: asked.flow,
        tiles: Tiles::of(&figures),
        funnel: Funnel::of(&figures.steps),
        paths: Bars::of_paths(&figures.top_paths),
        shares: figures.shares.iter().map(Bars::of_share).collect(),
        heat: Heat::of(&figures.hours),
        days: Days::of(&figures.days),
        calls,
    })
}

async fn newest(app: &App, query: &Query, asked: &Asked, tree: &Tree) -> Answer<Captured> {
    let filter = CapturedFilter {
        business: asked.business.clone(),
        flow: Some(tree.name.clone()),
        from: Some(asked.from),
        to: Some(asked.to),
        cursor: asked.cursor.clone(),
        limit: LISTED,
        ..CapturedFilter::default()
    };
    let page = app.store().captured(filter).await?;
    let zone = |call: &Call| app.zone_of(Some(&call.business));
    let mut files = url::form_urlencoded::Serializer::new(String::new());
    files.append_pair("flow", &tree.name).append_pair("from", &asked.from.to_string());
    files.append_pair("to", &asked.to.to_string());
    if let Some(business) = &asked.business {
        files.append_pair("business", business);
    }
    Ok(Captured {
        rows: page.items.iter().map(|call| captured::row(app, tree, call, zone(call))).collect(),
        pager: Pager::of("/ivr", query, page.next_cursor),
        files: files.finish(),
    })
}

/// The flow that is meant where none is chosen: an IVR of a carrier that has told us of keys, else the one of our calls.
async fn usual(app: &App) -> Answer<String> {
    if let Some(tree) = app.rules().tree(None) {
        // Counted, not looked for: a figure costs the same however many calls there are.
        let calls = CountFilter { names: vec!["calls".to_owned()], ..CountFilter::default() };
        if app.store().counts(calls).await?.iter().any(|row| tree.counts(&row.count.flow, None)) {
            return Ok(tree.name.clone());
        }
    }
    Ok(app.default_business().map(|business| business.flow.clone()).unwrap_or_default())
}

fn form(app: &App, query: &Query, asked: &Asked, usual: &str) -> Filters {
    // The first choice stands for the usual flow.
    let trees = app.rules().trees.iter().map(|tree| &tree.name);
    let others = app.rules().flows.keys().chain(trees).filter(|name| *name != usual);
    let others = others.map(|name| (name.clone(), words::capital(name))).collect();
    let flow = Field::chosen("flow", "Flow", &words::capital(usual), others);
    let fields = [
        Some(flow),
        Field::business(app),
        Some(Field::day("from", "From", asked.from.to_string())),
        Some(Field::day("to", "To", asked.to.to_string())),
    ];
    Filters::new("/ivr", "Choose flow and days", query, fields.into_iter().flatten().collect())
}
