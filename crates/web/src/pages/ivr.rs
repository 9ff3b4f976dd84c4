//! What people press on the telephone: the steps of a flow, and where they leave it.

mod figures;

pub(crate) use figures::{Choice, DayFigure, IvrFigures, PathFigure, ShareFigure, StepFigure};

use super::{
    Section, Shell,
    chart::{Bars, Days, Funnel, Heat, Tiles},
    failed,
    filter::{Field, Filters, Kind},
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
use frontdesk_core::ports::CountFilter;

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
}

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
    business: Option<String>,
    from: NaiveDate,
    to: NaiveDate,
}

impl Asked {
    fn read(app: &App, query: &mut Query) -> Self {
        let business = business_of(app, query);
        let today = app.now().with_timezone(&app.zone_of(business.as_deref())).date_naive();
        let flows = &app.rules().flows;
        let usual = app.default_business().map(|business| business.flow.clone()).unwrap_or_default();
        let flow = query.read("flow", |name| match flows.get(name) {
            Some(flow) => Ok(flow.name.clone()),
            None => Err("is not configured here; choose one of the list".to_owned()),
        });
        let to = query.day("to").unwrap_or(today);
        let from = query.day("from").unwrap_or_else(|| to.checked_sub_days(Span::new(USUAL_DAYS - 1)).unwrap_or(to));
        if from > to {
            query.wrong("to", "lies before the first day");
        } else if (to - from).num_days() >= MOST_DAYS {
            query.wrong("from", format!("lies too far back; at most {MOST_DAYS} days are shown"));
        }
        Self { flow: flow.unwrap_or(usual), business, from, to }
    }
}

async fn gather(app: &App, headers: &HeaderMap, uri: &Uri) -> Answer<Ivr> {
    let mut query = Query::of(uri);
    let asked = Asked::read(app, &mut query);
    let filters = form(app, &query, &asked);
    let figures = if filters.right() {
        query.finish()?;
        let filter = CountFilter {
            business: asked.business.clone(),
            flow: Some(asked.flow.clone()),
            from: Some(asked.from),
            to: Some(asked.to),
            by_day: true,
        };
        let rows = app.store().counts(filter).await?;
        figures::of_counters(app.rules(), &asked.flow, &rows, (asked.from, asked.to))
    } else {
        IvrFigures::default()
    };
    let day = |day: NaiveDate| day.format("%-d %B %Y").to_string();
    Ok(Ivr {
        shell: Shell::new(app, "Key presses", Section::Ivr, headers),
        filters,
        zone: words::zone_name(app.zone_of(asked.business.as_deref())),
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
    })
}

fn form(app: &App, query: &Query, asked: &Asked) -> Filters {
    // The first choice stands for the usual flow.
    let usual = app.default_business().map(|business| business.flow.as_str()).unwrap_or_default();
    let others = app.rules().flows.keys().filter(|name| *name != usual);
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
