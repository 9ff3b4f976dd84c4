//! Captured calls, read back.

use crate::{
    Store,
    captures::Capturing,
    db::{Arg, Conn, PORT},
    lists::Select,
    open::lost,
    rows::{self, Rows},
    sql::captures,
    writer::Work,
};
use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use frontdesk_core::{
    ivr::{Call, Capture, Input, Kept, Place},
    personal::{Phone, RawNumber},
    ports::{CaptureStore, CapturedFilter, Happened, Page, PortError, PortResult, Trouble},
};
use std::collections::HashMap;
use tokio::sync::oneshot;

/// What [`captures::COLUMNS`] yields.
pub(crate) type CallRow = (
    i64,
    String,
    String,
    String,
    String,
    i64,
    String,
    i64,
    i64,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
);

/// Call, place, step, what was sent, the keys, when by the carrier's clock, when it came.
type PressRow = (i64, i64, String, String, Option<String>, Option<i64>, i64);

fn call(row: CallRow) -> sqlx::Result<Call> {
    let (id, provider, sid, business, flow, version, day, started, updated, phone, from, to, circle) = row;
    let unreadable = |column: &str| sqlx::Error::ColumnDecode { index: column.to_owned(), source: "unreadable".into() };
    let number = |text: Option<String>| text.and_then(|text| RawNumber::new(&text));
    Ok(Call {
        id,
        provider,
        sid,
        business,
        flow,
        version: u32::try_from(version).map_err(|_| unreadable("version"))?,
        day: day.parse::<NaiveDate>().map_err(|_| unreadable("day"))?,
        started_at: rows::time(started),
        updated_at: rows::time(updated),
        from: number(from),
        phone: phone.map(Phone::known).transpose().map_err(|_| unreadable("phone"))?,
        to: number(to),
        circle,
        inputs: Vec::new(),
    })
}

/// The calls of these rows with what was pressed in them, in the order of the rows.
pub(crate) async fn whole(found: Vec<CallRow>, conn: &mut Conn<'_>) -> sqlx::Result<Vec<Call>> {
    let mut calls = found.into_iter().map(call).collect::<sqlx::Result<Vec<Call>>>()?;
    let places: HashMap<i64, usize> = calls.iter().enumerate().map(|(at, call)| (call.id, at)).collect();
    let numbers = Rows::of(calls.iter().map(|call| [call.id.into()]));
    for (call, n, step, raw, digits, told, received) in conn.each::<PressRow>(&captures::PRESSES, numbers).await? {
        let Some(at) = places.get(&call) else { continue };
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        let (told_at, received_at) = (told.map(rows::time), rows::time(received));
        calls[*at].inputs.push(Input { n, step, raw, digits, told_at, received_at });
    }
    Ok(calls)
}

#[async_trait]
impl CaptureStore for Store {
    async fn capture(&self, capture: Capture, place: Place, now: DateTime<Utc>) -> PortResult<Kept> {
        let (answer, answered) = oneshot::channel();
        let capturing = Capturing { capture, place, now, answer };
        self.submit(capturing.route(), Work::Capture(capturing)).await?;
        answered.await.map_err(|_| lost())?
    }

    async fn captured(&self, filter: CapturedFilter) -> PortResult<Page<Call>> {
        let mut select = Select::from(&format!("select {} from ivr_calls", captures::COLUMNS));
        let word = |text: String| Arg::from(text.replace('\0', ""));
        if let Some(business) = filter.business {
            select.and("business = ?", [word(business)]);
        }
        if let Some(flow) = filter.flow {
            select.and("flow = ?", [word(flow)]);
        }
        // Always a range of days: without one, SQLite would rather sort a whole table for a page of few rows than read them
        // in the index's order.
        let from = filter.from.map_or_else(String::new, |from| from.to_string());
        select.and("day >= ?", [from.into()]);
        if let Some(to) = filter.to {
            select.and("day <= ?", [to.to_string().into()]);
        }
        if let Some(complete) = filter.complete {
            select.and("complete = ?", [i64::from(complete).into()]);
        }
        if let Some(path) = filter.path.map(|path| path.replace(['\\', '%', '_', '\0'], "")) {
            select.and("(path = ? or path like ?)", [path.clone().into(), format!("{path}-%").into()]);
        }
        if let Some(q) = filter.q.map(|q| q.replace(['\\', '%', '_', '\0'], "")) {
            let like = format!("%{q}%");
            select.and("(call_sid like ? or from_number like ?)", [like.clone().into(), like.into()]);
        }
        if let Some(text) = &filter.cursor {
            let parts = text.split_once('_');
            let parsed = parts.and_then(|(day, id)| Some((day.parse::<NaiveDate>().ok()?, id.parse::<i64>().ok()?)));
            let (day, id) = parsed.ok_or_else(|| {
                let message = "the cursor is not one of ours; begin the list anew without it";
                PortError::new(PORT, Happened::No, Trouble::Refused, message)
            })?;
            select.and("(day, id) < (?, ?)", [day.to_string().into(), id.into()]);
        }
        let (size, bound) = crate::lists::limit(filter.limit);
        select.more(" order by day desc, id desc limit ?", [bound]);
        let (text, args) = select.into_parts();
        let mut items = self
            .lend(async move |mut conn| {
                let found = conn.built::<CallRow>(text, args).await?;
                whole(found, &mut conn).await
            })
            .await?;
        let more = items.len() > size;
        items.truncate(size);
        let next_cursor = items.last().filter(|_| more).map(|call| format!("{}_{}", call.day, call.id));
        Ok(Page { items, next_cursor })
    }

    async fn captured_call(&self, id: i64) -> PortResult<Option<Call>> {
        let found = self
            .lend(async move |mut conn| {
                let found = conn.all::<CallRow>(&captures::CAPTURED_BY_NUMBER, vec![id.into()]).await?;
                whole(found, &mut conn).await
            })
            .await?;
        Ok(found.into_iter().next())
    }

    async fn captured_by_name(&self, sid: &str) -> PortResult<Vec<Call>> {
        let sid = sid.replace('\0', "");
        self.lend(async move |mut conn| {
            let found = conn.all::<CallRow>(&captures::CAPTURED_BY_NAME, vec![sid.into()]).await?;
            whole(found, &mut conn).await
        })
        .await
    }
}
