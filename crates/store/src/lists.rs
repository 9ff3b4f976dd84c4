//! Lists, page by page. A page begins after a key, not at a number: it costs the same on the first page and the
//! thousandth, and rows that arrive meanwhile neither repeat nor hide others.

use crate::{
    Store,
    db::{Arg, PORT},
    read::parse,
    rows,
};
use chrono::NaiveDate;
use frontdesk_core::{
    appointment::Appointment,
    call::Call,
    effect::{Effect, EffectState},
    ports::{
        AppointmentFilter, CallFilter, Count, CountFilter, CountRow, EffectFilter, Happened, Page, PortError,
        PortResult, Trouble,
    },
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// The most that one page holds.
const LARGEST: u32 = 500;

/// Conditions and what is bound to them. Only texts of this module become SQL.
pub(crate) struct Select {
    text: String,
    args: Vec<Arg>,
    first: bool,
}

impl Select {
    pub(crate) fn from(text: &str) -> Self {
        Self { text: text.to_owned(), args: Vec::new(), first: true }
    }

    /// Adds a condition; each `?` in it is the next of `args`.
    pub(crate) fn and<const N: usize>(&mut self, condition: &str, args: [Arg; N]) {
        self.text.push_str(if self.first { " where " } else { " and " });
        self.first = false;
        self.more(condition, args);
    }

    pub(crate) fn more<const N: usize>(&mut self, text: &str, args: [Arg; N]) {
        let mut args = args.into_iter();
        for c in text.chars() {
            match (c, if c == '?' { args.next() } else { None }) {
                ('?', Some(arg)) => {
                    self.args.push(arg);
                    self.text.push_str(&format!("${}", self.args.len()));
                }
                _ => self.text.push(c),
            }
        }
    }

    /// A column is one of these.
    fn any(&mut self, column: &str, values: Vec<Arg>) {
        self.and("", []);
        self.text.push_str(&format!("{column} in ("));
        for (at, value) in values.into_iter().enumerate() {
            self.more(if at == 0 { "?" } else { ", ?" }, [value]);
        }
        self.text.push(')');
    }

    pub(crate) fn into_parts(self) -> (String, Vec<Arg>) {
        (self.text, self.args)
    }
}

fn cursor(text: &str) -> PortResult<(i64, Uuid)> {
    let parts = text.split_once('_');
    let parsed = parts.and_then(|(at, id)| Some((at.parse().ok()?, Uuid::try_parse(id).ok()?)));
    parsed.ok_or_else(|| {
        let message = "the cursor is not one of ours; begin the list anew without it";
        PortError::new(PORT, Happened::No, Trouble::Refused, message)
    })
}

/// What a list is sorted by, and the document.
type Key = (i64, Uuid, String);

async fn page<T: DeserializeOwned>(store: &Store, select: Select, limit: usize) -> PortResult<Page<T>> {
    shown(store.read_built(select.text, select.args).await?, limit)
}

fn shown<T: DeserializeOwned>(mut found: Vec<Key>, limit: usize) -> PortResult<Page<T>> {
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| more).map(|(at, id, _)| format!("{at}_{}", id.simple()));
    let items = found.iter().map(|(_, _, doc)| parse(doc)).collect::<PortResult<_>>()?;
    Ok(Page { items, next_cursor })
}

/// Several lists in one order as one: each gives a page, and the newest of all of them are shown.
async fn merged<T: DeserializeOwned>(store: &Store, selects: Vec<Select>, limit: usize) -> PortResult<Page<T>> {
    let mut found: Vec<Key> = Vec::new();
    for select in selects {
        found.extend(store.read_built::<Key>(select.text, select.args).await?);
    }
    found.sort_by_key(|(at, id, _)| std::cmp::Reverse((*at, *id)));
    shown(found, limit)
}

/// How many are wanted; one more is asked for, to know whether there is another page.
pub(crate) fn limit(wanted: u32) -> (usize, Arg) {
    let limit = if wanted == 0 { 50 } else { wanted.min(LARGEST) };
    (limit as usize, Arg::from(i64::from(limit) + 1))
}

fn newest_first(select: &mut Select, from: Option<&str>, wanted: u32) -> PortResult<usize> {
    if let Some(text) = from {
        let (at, id) = cursor(text)?;
        select.and("(created_at, id) < (?, ?)", [at.into(), id.into()]);
    }
    let (size, bound) = limit(wanted);
    select.more(" order by created_at desc, id desc limit ?", [bound]);
    Ok(size)
}

pub(crate) async fn appointments(store: &Store, filter: AppointmentFilter) -> PortResult<Page<Appointment>> {
    let mut select = Select::from("select starts_at, id, cast(doc as text) from appointments");
    if let Some(status) = filter.status {
        select.and("status = ?", [status.as_str().into()]);
    }
    if let Some(business) = filter.business {
        select.and("business = ?", [business.replace('\0', "").into()]);
    }
    if let Some(from) = filter.from {
        select.and("starts_at >= ?", [rows::millis(from).into()]);
    }
    if let Some(to) = filter.to {
        select.and("starts_at < ?", [rows::millis(to).into()]);
    }
    for word in filter.q.unwrap_or_default().to_lowercase().replace('\0', "").split_whitespace().take(8) {
        let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        select.and("search like ? escape '\\'", [format!("%{escaped}%").into()]);
    }
    if let Some(text) = &filter.cursor {
        let (at, id) = cursor(text)?;
        select.and("(starts_at, id) > (?, ?)", [at.into(), id.into()]);
    }
    let (size, bound) = limit(filter.limit);
    select.more(" order by starts_at, id limit ?", [bound]);
    page(store, select, size).await
}

pub(crate) async fn calls(store: &Store, filter: CallFilter) -> PortResult<Page<Call>> {
    let mut select = Select::from("select created_at, id, cast(doc as text) from calls");
    if let Some(id) = filter.appointment_id {
        select.and("appointment_id = ?", [id.0.into()]);
    }
    if let Some(business) = filter.business {
        select.and("business = ?", [business.replace('\0', "").into()]);
    }
    if let Some(provider) = filter.provider {
        select.and("provider = ?", [provider.replace('\0', "").into()]);
    }
    if let Some(state) = filter.state {
        select.and("state = ?", [state.as_str().into()]);
    }
    if let Some(outcome) = filter.outcome {
        select.and("outcome = ?", [outcome.as_str().into()]);
    }
    if let Some(direction) = filter.direction {
        select.and("doc->>'direction' = ?", [direction.as_str().into()]);
    }
    if let Some(number) = filter.number {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        match number.trim_start().strip_prefix('+') {
            // A whole number has an index; the end of one does not, and is looked for from the newest call on.
            Some(_) => select.and("party = ?", [format!("+{digits}").into()]),
            None => select.and("party like ?", [format!("%{digits}").into()]),
        }
    }
    if filter.live {
        select.and("state <> 'ended'", []);
    }
    if let Some(from) = filter.from {
        select.and("created_at >= ?", [rows::millis(from).into()]);
    }
    if let Some(to) = filter.to {
        select.and("created_at < ?", [rows::millis(to).into()]);
    }
    let size = newest_first(&mut select, filter.cursor.as_deref(), filter.limit)?;
    page(store, select, size).await
}

pub(crate) async fn effects(store: &Store, filter: EffectFilter) -> PortResult<Page<Effect>> {
    // One list a state: the index has them in order, state by state.
    let states = match filter.state {
        Some(state) => vec![Some(state)],
        None if filter.troubled => vec![Some(EffectState::Failed), Some(EffectState::Uncertain)],
        None => vec![None],
    };
    let mut selects = Vec::new();
    let mut size = 0;
    for state in states {
        let mut select = Select::from("select created_at, id, cast(doc as text) from effects");
        if let Some(state) = state {
            select.and("state = ?", [state.as_str().into()]);
        }
        if let Some(id) = filter.appointment_id {
            select.and("appointment_id = ?", [id.0.into()]);
        }
        if let Some(id) = filter.call_id {
            select.and("call_id = ?", [id.0.into()]);
        }
        size = newest_first(&mut select, filter.cursor.as_deref(), filter.limit)?;
        selects.push(select);
    }
    merged(store, selects, size).await
}

/// Counters day by day, or summed over days: then the day shown is the first of them.
pub(crate) async fn counts(store: &Store, filter: CountFilter) -> PortResult<Vec<CountRow>> {
    let mut select = Select::from("select min(day), business, flow, name, cast(sum(n) as bigint) from counters");
    if let Some(business) = filter.business {
        select.and("business = ?", [business.replace('\0', "").into()]);
    }
    if let Some(flow) = filter.flow {
        select.and("flow = ?", [flow.replace('\0', "").into()]);
    }
    if let Some(from) = filter.from {
        select.and("day >= ?", [from.to_string().into()]);
    }
    if let Some(to) = filter.to {
        select.and("day <= ?", [to.to_string().into()]);
    }
    if !filter.names.is_empty() {
        let names: Vec<Arg> = filter.names.iter().map(|name| name.replace('\0', "").into()).collect();
        select.any("name", names);
    }
    let day = if filter.by_day { "day, " } else { "" };
    let key = format!("{day}business, flow, name");
    select.more(&format!(" group by {key} having sum(n) <> 0 order by {key}"), []);
    let rows: Vec<(String, String, String, String, i64)> = store.read_built(select.text, select.args).await?;
    rows.into_iter()
        .map(|(day, business, flow, name, n)| {
            let first: NaiveDate = day
                .parse()
                .map_err(|_| PortError::new(PORT, Happened::No, Trouble::Broken, "a counter's day cannot be read"))?;
            let day = if filter.by_day { first } else { filter.from.unwrap_or(first) };
            Ok(CountRow { count: Count { day, business, flow, name }, n })
        })
        .collect()
}
