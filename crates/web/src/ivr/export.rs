//! Captured calls as a file of any size: read page by page while it is sent.

use super::{
    Range, none,
    rows::{INPUTS, PATHS, Table, field},
};
use crate::{app::App, problem::Answer, query::Query};
use axum::{
    BoxError,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use frontdesk_core::{
    ivr::{Call, Tree},
    ports::CapturedFilter,
};
use futures_util::{Stream, stream};
use std::sync::Arc;

const PAGE: u32 = 500;

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Csv,
    Ndjson,
}

/// Captured calls as a file
#[utoipa::path(
    get, path = "/api/v1/ivr/paths", tag = "statistics",
    params(
        ("format" = Option<String>, Query, description = "`csv` (when absent) or `ndjson`"),
        ("from" = Option<chrono::NaiveDate>, Query, description = "From this day on, in the business's zone"),
        ("to" = Option<chrono::NaiveDate>, Query, description = "Up to and with this day"),
        ("flow" = Option<String>, Query, description = "Which IVR; the usual one when absent"),
        ("business" = Option<String>, Query, description = "Only this business"),
    ),
    responses(
        (status = 200, description = "A line a call, the newest day first", content_type = "text/csv"),
        (status = 422, description = "A parameter is not right", body = crate::problem::Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn paths(State(app): State<App>, uri: Uri) -> Answer {
    file(app, &uri, "ivr-paths", PATHS)
}

/// What was pressed, as a file
#[utoipa::path(
    get, path = "/api/v1/ivr/inputs", tag = "statistics",
    params(
        ("format" = Option<String>, Query, description = "`csv` (when absent) or `ndjson`"),
        ("from" = Option<chrono::NaiveDate>, Query, description = "From this day on, in the business's zone"),
        ("to" = Option<chrono::NaiveDate>, Query, description = "Up to and with this day"),
        ("flow" = Option<String>, Query, description = "Which IVR; the usual one when absent"),
        ("business" = Option<String>, Query, description = "Only this business"),
    ),
    responses(
        (status = 200, description = "A line an answer, the newest day first", content_type = "text/csv"),
        (status = 422, description = "A parameter is not right", body = crate::problem::Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn inputs(State(app): State<App>, uri: Uri) -> Answer {
    file(app, &uri, "ivr-inputs", INPUTS)
}

fn file(app: App, uri: &Uri, name: &str, table: Table) -> Answer {
    let mut query = Query::of(uri);
    let format = query.read("format", |text| match text {
        "csv" => Ok(Format::Csv),
        "ndjson" => Ok(Format::Ndjson),
        _ => Err("must be csv or ndjson".to_owned()),
    });
    let range = Range::read(&app, &mut query);
    query.finish()?;
    let (range, format) = (range.ok_or_else(none)?, format.unwrap_or(Format::Csv));
    let mut headers = HeaderMap::new();
    let (media, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Ndjson => ("application/x-ndjson", "ndjson"),
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    if let Ok(disposition) = HeaderValue::from_str(&format!("attachment; filename=\"{name}.{ending}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    let tree = Arc::clone(&range.tree);
    let body = Body::from_stream(pieces(app, range.calls(), tree, format, table));
    let response: Response = (headers, body).into_response();
    Ok(response)
}

/// Where the next page begins.
enum Next {
    First,
    At(String),
    End,
}

fn pieces(
    app: App,
    filter: CapturedFilter,
    tree: Arc<Tree>,
    format: Format,
    table: Table,
) -> impl Stream<Item = Result<Bytes, BoxError>> {
    stream::unfold(Next::First, move |next| {
        let (app, filter, tree) = (app.clone(), filter.clone(), Arc::clone(&tree));
        async move {
            let (cursor, first) = match next {
                Next::First => (None, true),
                Next::At(cursor) => (Some(cursor), false),
                Next::End => return None,
            };
            // An error ends the connection in the middle: whoever reads it knows that there was more.
            Some(
                match piece(&app, CapturedFilter { cursor, limit: PAGE, ..filter }, &tree, format, table, first).await {
                    Ok((text, next)) => (Ok(text), next.map_or(Next::End, Next::At)),
                    Err(error) => (Err(error), Next::End),
                },
            )
        }
    })
}

/// A page as text, and where the next one begins.
async fn piece(
    app: &App,
    filter: CapturedFilter,
    tree: &Tree,
    format: Format,
    table: Table,
    first: bool,
) -> Result<(Bytes, Option<String>), BoxError> {
    let page = app.store().captured(filter).await?;
    let text = match format {
        Format::Csv => csv(&page.items, tree, table, first)?,
        Format::Ndjson => ndjson(&page.items, tree, table),
    };
    Ok((text.into(), page.next_cursor))
}

fn csv(calls: &[Call], tree: &Tree, table: Table, first: bool) -> Result<Vec<u8>, BoxError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    if first {
        writer.write_record((table.columns)(tree))?;
    }
    for row in calls.iter().flat_map(|call| (table.rows)(call, tree)) {
        writer.write_record(row.iter().map(field))?;
    }
    Ok(writer.into_inner()?)
}

fn ndjson(calls: &[Call], tree: &Tree, table: Table) -> Vec<u8> {
    let mut text = Vec::new();
    for object in calls.iter().flat_map(|call| table.objects(call, tree)) {
        text.extend(object.to_string().bytes());
        text.push(b'\n');
    }
    text
}
