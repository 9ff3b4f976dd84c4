//! What people changed by hand: the server is asked what is other than it was (`sync-collection`, RFC 6578), or, where it
//! cannot tell, what there is around this day. What was taken out is not there any more to tell its revision, so that a
//! cursor holds those that were seen.

mod cursor;

pub(crate) use cursor::Written;

use crate::{
    dav::{between_whole, multiget, multistatus, name, propfind, same, sync},
    http::{Ask, Line, MANY},
    lines::Component,
    merge::{Standing, standing},
    trouble::broken,
    xml::{CS, DAV},
};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use cursor::Cursor;
use frontdesk_core::{
    ical,
    id::AppointmentId,
    ports::{Changes, HandEdit, HandEditKind, PortResult},
};
use std::collections::BTreeMap;
use url::Url;

/// What lies longer back is of no consequence any more.
const BACK: Duration = Duration::days(2);
/// So far ahead it is looked.
const AHEAD: Duration = Duration::days(400);
/// So long it is enough to ask what is other; then it is looked at everything around that day again.
const FRESH: Duration = Duration::hours(24);
/// So many appointments are not taken out one by one by hand, where they are most of what there is.
const MANY_AT_ONCE: usize = 10;
/// So many resources are asked for at once.
const AT_ONCE: usize = 100;
/// So many pages of changes are followed.
const PAGES: usize = 50;

/// Where it is looked.
pub(crate) struct Place<'a> {
    pub(crate) line: &'a Line,
    pub(crate) collection: &'a Url,
    /// What is meant by days, and by times that name no zone.
    pub(crate) zone: Tz,
    pub(crate) written: &'a Written,
}

/// Looks, beginning at the cursor.
pub(crate) async fn changes(place: Place<'_>, cursor: Option<&str>, now: DateTime<Utc>) -> PortResult<Changes> {
    let Place { line, collection, zone, written } = place;
    // A cursor that cannot be read is one that was forgotten.
    let last = cursor.and_then(|cursor| cursor.parse::<Cursor>().ok()).filter(|last| last.place == collection.as_str());
    // Before it is looked: what is changed in the meantime is told next time.
    let (token, syncs) = state(line, collection).await?;
    let mut look = Look { line, collection, zone, seen: BTreeMap::new(), edits: Vec::new() };
    let place = collection.as_str().to_owned();
    let mut next = Cursor { place, token, syncs, at: now.timestamp(), known: BTreeMap::new() };
    let last = last.unwrap_or_default();
    let fresh = now.timestamp() - last.at < FRESH.num_seconds() && last.syncs == next.syncs && !last.token.is_empty();
    if fresh && last.token == next.token {
        return Ok(Changes { cursor: last.write(), edits: Vec::new() });
    }
    let known = written.on(collection, &last.known);
    let last = Cursor { known, ..last };
    let known_before = last.known.len();
    let followed = if fresh && last.syncs { look.follow(&last).await? } else { None };
    match followed {
        Some(token) => {
            next.token = token;
            next.at = last.at;
            next.known = last.known;
        }
        None => look.around(&last, now).await?,
    }
    let gone = look.edits.iter().filter(|edit| edit.what == HandEditKind::Deleted).count();
    if gone >= MANY_AT_ONCE && gone * 2 > known_before {
        return Err(broken(&format!(
            "{gone} of {known_before} appointments are gone from the calendar at once; put the calendar back, or begin \
             without a cursor where that was meant"
        )));
    }
    for (id, seen) in look.seen {
        match seen {
            Some(seen) => next.known.insert(id, seen),
            None => next.known.remove(&id),
        };
    }
    Ok(Changes { cursor: next.write(), edits: look.edits })
}

/// How the server calls its state, and whether it can tell what is other since then.
async fn state(line: &Line, collection: &Url) -> PortResult<(String, bool)> {
    let answer = line.exchange(Ask::propfind(collection, "0", propfind("<D:sync-token/><S:getctag/>")), MANY).await?;
    let (_, told) = multistatus(&answer)?;
    let text = |space, name| {
        let property = told.iter().find_map(|told| told.property(space, name));
        property.map(|property| property.text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    Ok(match (text(DAV, "sync-token"), text(CS, "getctag")) {
        (Some(token), _) => (token, true),
        (None, tag) => (tag.unwrap_or_default(), false),
    })
}

struct Look<'a> {
    line: &'a Line,
    collection: &'a Url,
    zone: Tz,
    /// Our events that were looked at: as they are, or that they are not.
    seen: BTreeMap<AppointmentId, Option<(u32, String)>>,
    edits: Vec<HandEdit>,
}

impl Look<'_> {
    /// Looks at what is other since then, and gives the name of the state; `None` where the server cannot tell.
    async fn follow(&mut self, last: &Cursor) -> PortResult<Option<String>> {
        let mut token = last.token.clone();
        let mut other = Vec::new();
        for _ in 0..PAGES {
            let answer = self.line.exchange(Ask::flat_report(self.collection, sync(&token)), MANY).await?;
            if !answer.good() {
                // Forgotten, or never known: the tokens of some servers hold for days only.
                return Ok(None);
            }
            let (root, told) = multistatus(&answer)?;
            let Some(next) = root.child(DAV, "sync-token").map(|token| token.text.trim().to_owned()) else {
                return Ok(None);
            };
            let more = told.iter().any(|told| told.status == Some(507) && same(&told.url, self.collection));
            for told in told.into_iter().filter(|told| !same(&told.url, self.collection)) {
                match told.status {
                    Some(404 | 410) => self.gone(&name(&told.url), last),
                    _ => other.push(told.url),
                }
            }
            let stands = next == token;
            token = next;
            if !more {
                self.get(&other, last).await?;
                return Ok(Some(token));
            }
            if stands {
                return Err(broken("the CalDAV server tells changes without an end"));
            }
        }
        Ok(None)
    }

    /// Looks at everything around this day.
    async fn around(&mut self, last: &Cursor, now: DateTime<Utc>) -> PortResult<()> {
        let query = between_whole(now - BACK, now + AHEAD);
        let answer = self.line.exchange(Ask::report(self.collection, query), MANY).await?;
        for told in multistatus(&answer)?.1 {
            if let Some(object) = told.object() {
                self.look(object, &name(&told.url));
            }
        }
        // What was seen last time and not this time was taken out, or put far away, or lies behind.
        let missing = last.known.iter().filter(|(id, _)| !self.seen.contains_key(id));
        let urls: Vec<Url> = missing.filter_map(|(_, (_, name))| self.url(name)).collect();
        self.get(&urls, last).await
    }

    fn url(&self, name: &str) -> Option<Url> {
        let mut url = self.collection.clone();
        url.path_segments_mut().ok()?.pop_if_empty().push(name);
        Some(url)
    }

    /// Looks at these resources.
    async fn get(&mut self, urls: &[Url], last: &Cursor) -> PortResult<()> {
        for urls in urls.chunks(AT_ONCE) {
            let answer = self.line.exchange(Ask::report(self.collection, multiget(urls)), MANY).await?;
            for told in multistatus(&answer)?.1 {
                match (told.object(), told.status) {
                    (Some(object), _) => self.look(object, &name(&told.url)),
                    (None, Some(404 | 410)) => self.gone(&name(&told.url), last),
                    (None, _) => {}
                }
            }
        }
        Ok(())
    }

    /// One of ours that is not there any more; of what was never seen nobody knows whether it was ours.
    fn gone(&mut self, name: &str, last: &Cursor) {
        let known = last.known.iter().find(|(_, (_, known))| known == name);
        if let Some((id, (revision, _))) = known
            && self.seen.get(id).is_none_or(Option::is_none)
        {
            self.tell(*id, *revision, HandEditKind::Deleted);
            self.seen.insert(*id, None);
        }
    }

    fn look(&mut self, object: &str, name: &str) {
        // What is no event of ours is none of our business, whatever it is.
        let Some(object) = Component::read(object.as_bytes()) else { return };
        for event in object.components("VEVENT") {
            let Some(uid) = event.value("UID").map(str::trim) else { continue };
            let Some(id) = uid.split('@').next().and_then(|id| id.parse::<AppointmentId>().ok()) else { continue };
            if ical::uid(&id) != uid {
                continue;
            }
            let Some(now) = standing(&object, uid, self.zone) else { continue };
            self.edits.retain(|edit| edit.appointment_id != id);
            self.seen.insert(id, Some((now.revision, name.to_owned())));
            if let Some(what) = edit(&now) {
                self.tell(id, now.revision, what);
            }
        }
    }

    fn tell(&mut self, appointment_id: AppointmentId, revision: u32, what: HandEditKind) {
        self.edits.push(HandEdit { appointment_id, revision, what });
    }
}

/// What somebody did to an event since we wrote it.
fn edit(now: &Standing) -> Option<HandEditKind> {
    if now.cancelled_by_hand {
        return Some(HandEditKind::Deleted);
    }
    match (now.times, now.ours) {
        (Some((starts_at, ends_at)), Some(ours)) if (starts_at, ends_at) != ours => {
            Some(HandEditKind::Moved { starts_at, ends_at })
        }
        _ => None,
    }
}
