//! From the address that is configured to the collection that is meant (RFC 4791, section 6.2; RFC 5397; RFC 6764).

use crate::{
    config::origin,
    dav::{Told, multistatus, name, propfind},
    http::{Answer, Ask, Line, MANY},
    trouble::{broken, failed},
    xml::{CAL, DAV, Element},
};
use frontdesk_core::ports::{Happened, PortResult, Trouble};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};
use url::Url;

const WANTED: &str = "<D:resourcetype/><D:displayname/><D:current-user-principal/><D:current-user-privilege-set/>\
                      <C:calendar-home-set/><C:supported-calendar-component-set/>";
/// So many calendars are named in an error.
const NAMED: usize = 12;

/// A calendar that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What people call it.
    pub name: String,
    /// The collection; its path ends with a slash.
    pub url: Url,
    /// Whether the user may write there; `None` where the server does not say.
    pub writable: Option<bool>,
}

/// The collections that are meant by addresses, as far as they have been found.
#[derive(Default)]
pub(crate) struct Collections(Mutex<BTreeMap<Url, Url>>);

impl Collections {
    /// The collection that is meant; asks the server the first time.
    pub(crate) async fn of(&self, line: &Line, configured: &Url) -> PortResult<Url> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(configured).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let found = discover(line, configured).await?.url;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(configured.clone(), found.clone());
        Ok(found)
    }

    /// Looks again next time: somebody may have put the calendar elsewhere.
    pub(crate) fn forget(&self, configured: &Url) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(configured);
    }
}

/// Finds the calendar that an address means.
pub(crate) async fn discover(line: &Line, configured: &Url) -> PortResult<Found> {
    let mut answer = look(line, configured, "0").await?;
    if !answer.good() && configured.path() == "/" {
        // Where a server speaks CalDAV not at its root, it says there where.
        let known = configured.join("/.well-known/caldav").map_err(|_| broken("base_url cannot have a path"))?;
        answer = look(line, &known, "0").await?;
    }
    let here = first(&answer)?;
    if let Some(calendar) = calendar(&here) {
        return Ok(calendar);
    }
    let mut homes = hrefs(&here, CAL, "calendar-home-set")?;
    if homes.is_empty() {
        for principal in hrefs(&here, DAV, "current-user-principal")? {
            homes.extend(hrefs(&first(&look(line, &principal, "0").await?)?, CAL, "calendar-home-set")?);
        }
    }
    let mut found = Vec::new();
    // The address may be a home itself, such as somebody else's that is shared with the user.
    let own = [here.url.clone()];
    for home in own.iter().chain(homes.iter().filter(|home| **home != own[0])) {
        let (_, told) = multistatus(&look(line, home, "1").await?)?;
        found.extend(told.iter().filter_map(calendar));
        if !found.is_empty() {
            break;
        }
    }
    choose(found)
}

async fn look(line: &Line, url: &Url, depth: &str) -> PortResult<Answer> {
    line.exchange(Ask::propfind(url, depth, propfind(WANTED)), MANY).await
}

fn first(answer: &Answer) -> PortResult<Told> {
    let (_, told) = multistatus(answer)?;
    told.into_iter().next().ok_or_else(|| broken("the CalDAV server says nothing about base_url; look at base_url"))
}

/// The addresses in a property. Credentials go to no other server than the one that is configured.
fn hrefs(told: &Told, space: &str, property: &str) -> PortResult<Vec<Url>> {
    let Some(property) = told.property(space, property) else { return Ok(Vec::new()) };
    let urls = property.all(DAV, "href").filter_map(|href| told.url.join(href.text.trim()).ok());
    let (here, away): (Vec<Url>, Vec<Url>) = urls.partition(|url| url.origin() == told.url.origin());
    match away.first() {
        Some(away) if here.is_empty() => Err(broken(&format!(
            "the calendars are on another server, {}, and credentials are not given to others; if that is right, put it \
             into base_url",
            origin(away)
        ))),
        _ => Ok(here),
    }
}

/// A collection that holds events.
fn calendar(told: &Told) -> Option<Found> {
    told.property(DAV, "resourcetype")?.child(CAL, "calendar")?;
    if let Some(kinds) = told.property(CAL, "supported-calendar-component-set") {
        let mut kinds = kinds.all(CAL, "comp").filter_map(|kind| kind.attribute("name")).peekable();
        if kinds.peek().is_some() && !kinds.any(|kind| kind.eq_ignore_ascii_case("VEVENT")) {
            return None;
        }
    }
    let mut url = told.url.clone();
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    let called = told.property(DAV, "displayname").map(|name| name.text.trim()).filter(|name| !name.is_empty());
    let name =
        called.map_or_else(|| name(&url), |called| called.chars().filter(|c| !c.is_control()).take(80).collect());
    Some(Found { name, writable: told.property(DAV, "current-user-privilege-set").map(writes), url })
}

fn writes(privileges: &Element) -> bool {
    ["all", "write", "write-content", "bind"].into_iter().any(|right| privileges.holds(DAV, right))
}

/// The only one there is to choose.
fn choose(mut found: Vec<Found>) -> PortResult<Found> {
    if found.iter().any(|calendar| calendar.writable != Some(false)) {
        // Birthdays, holidays, what others share to be looked at.
        found.retain(|calendar| calendar.writable != Some(false));
    }
    match found.as_slice() {
        [] => Err(broken(
            "there is no calendar at base_url, nor with this user; make one, or put its address into base_url",
        )),
        [_] => Ok(found.remove(0)),
        several => {
            let named =
                several.iter().take(NAMED).map(|calendar| format!("{} ({})", calendar.name, calendar.url.path()));
            let named = named.collect::<Vec<_>>().join(", ");
            let more = several.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let what = format!("there are several calendars; put the address of one into base_url: {named}{more}");
            Err(failed(Happened::No, Trouble::Broken, what))
        }
    }
}
