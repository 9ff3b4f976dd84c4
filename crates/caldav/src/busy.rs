//! When time is taken. The server is asked to work it out (`free-busy-query`, RFC 4791, section 7.10); where it does not,
//! for the events, each instance of what repeats by itself (`expand`); and what it leaves to us even so is worked out here.

use crate::{
    dav::{between, free_busy, multistatus, shown},
    http::{Ask, Line, MANY},
    lines::Component,
    taken::{PATIENCE, Unclear, Window, sorted, told, worked_out},
    trouble::broken,
};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use frontdesk_core::ports::{Busy, PortResult};
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};
use url::Url;

/// So much is looked around a stretch of time for days and for times in no zone, which a server may take to be elsewhere.
const AROUND: Duration = Duration::hours(26);

/// The collections whose servers do not work out themselves when time is taken.
#[derive(Default)]
pub(crate) struct Unhelpful(Mutex<BTreeSet<Url>>);

impl Unhelpful {
    fn is(&self, collection: &Url) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(collection)
    }

    fn remember(&self, collection: &Url) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(collection.clone());
    }
}

pub(crate) async fn busy(
    line: &Line,
    unhelpful: &Unhelpful,
    collection: &Url,
    zone: Tz,
    window: Window,
) -> PortResult<Vec<Busy>> {
    if window.from >= window.to {
        return Ok(Vec::new());
    }
    if !unhelpful.is(collection) {
        if let Some(busy) = by_server(line, collection, window).await? {
            return Ok(busy);
        }
        unhelpful.remember(collection);
    }
    by_events(line, collection, zone, window).await
}

/// As the server works it out; `None` where it does not.
async fn by_server(line: &Line, collection: &Url, window: Window) -> PortResult<Option<Vec<Busy>>> {
    let (_, response) = line.send(Ask::report(collection, free_busy(window.from, window.to))).await?;
    // Some servers answer what they do not know with a list of everything there is, which need not be read.
    if response.status().as_u16() != 200 {
        return Ok(None);
    }
    let answer = line.read(collection, response, MANY).await?;
    let Some(busy) = Component::read(&answer.body).and_then(|object| told(&object, window)) else { return Ok(None) };
    let busy = busy.and_then(sorted);
    busy.map(Some).map_err(|Unclear| broken("the CalDAV server tells times that cannot be read as taken"))
}

async fn by_events(line: &Line, collection: &Url, zone: Tz, window: Window) -> PortResult<Vec<Busy>> {
    let around = |at: DateTime<Utc>, by: Duration| at.checked_add_signed(by).unwrap_or(at);
    let query = between(around(window.from, -AROUND), around(window.to, AROUND));
    let answer = line.exchange(Ask::report(collection, query), MANY).await?;
    let (mut busy, mut patience) = (Vec::new(), PATIENCE);
    for told in multistatus(&answer)?.1 {
        let Some(object) = told.object() else { continue };
        let object = Component::read(object.as_bytes()).ok_or(Unclear);
        let taken = object.and_then(|object| worked_out(&object, zone, window, &mut patience));
        busy.extend(taken.map_err(|Unclear| {
            let name = shown(&told.url);
            broken(&format!(
                "when {name} in the calendar takes place cannot be worked out; simplify it, or take it out"
            ))
        })?);
    }
    sorted(busy).map_err(|Unclear| broken("there is too much in the calendar to say what is taken; ask for less time"))
}
