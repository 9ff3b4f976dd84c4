//! Events written and taken out. A write says which version it is over, so that nobody's change is lost; where somebody
//! was quicker, what is there now is looked at again.

use crate::{
    dav::{by_uid, multiget, multistatus, name, same, shown},
    http::{Answer, Ask, Line, MANY, ONE},
    lines::Component,
    merge::{self, standing},
    trouble::{broken, failed, judge},
    xml::{CAL, DAV, Element},
};
use frontdesk_core::{
    appointment::Status,
    ical,
    id::AppointmentId,
    ports::{CalendarEntry, Entered, Happened, PortError, PortResult, Trouble},
};
use url::Url;

/// So many times it is looked again.
const ROUNDS: usize = 5;

/// A resource as it is now.
struct Resource {
    url: Url,
    /// The version; `None`: there is no resource.
    there: Option<(String, Component)>,
}

/// Where an appointment's event belongs.
fn place(collection: &Url, appointment: &AppointmentId) -> PortResult<Url> {
    collection
        .join(&format!("{appointment}.ics"))
        .map_err(|error| broken("base_url cannot have a path").caused_by(error))
}

/// Writes the entry, unless what is there is as new.
pub(crate) async fn put(line: &Line, collection: &Url, entry: &CalendarEntry) -> PortResult<Entered> {
    let uid = ical::uid(&entry.appointment_id);
    let mut url = place(collection, &entry.appointment_id)?;
    for _ in 0..ROUNDS {
        let resource = read(line, collection, url).await?;
        url = resource.url;
        let (version, object) = match resource.there {
            Some((version, object)) => {
                match standing(&object, &uid, entry.time_zone) {
                    // What is as new is what we wrote, and perhaps what the desk did to it since.
                    Some(standing) if standing.revision >= entry.revision => return Ok(entered(&url)),
                    Some(_) => {}
                    None => {
                        return Err(broken(&format!("{} in the calendar is another event; take it out", shown(&url))));
                    }
                }
                (Some(version), merge::over(object, entry))
            }
            // What the desk took out is not brought back to say that it does not take place.
            None if entry.status == Status::Cancelled => match find(line, collection, &uid).await? {
                Some(found) if !same(&found, &url) => {
                    url = found;
                    continue;
                }
                _ => return Ok(entered(&url)),
            },
            None => (None, merge::new(entry)),
        };
        let object = object.ok_or_else(|| broken("the appointment cannot be written as an event"))?;
        let answer = line.exchange(Ask::put(&url, version.as_deref(), object), ONE).await?;
        if answer.good() {
            return Ok(entered(&url));
        }
        let elsewhere = if version.is_none() && refuses_twin(&answer) {
            find(line, collection, &uid).await?.filter(|found| !same(found, &url))
        } else {
            None
        };
        match (elsewhere, answer.status, &version) {
            (Some(found), ..) => url = found,
            // Somebody was quicker, or took it away in the meantime.
            (None, 412, _) | (None, 404 | 409 | 410, Some(_)) => {}
            (None, ..) => return Err(refusal(&answer)),
        }
    }
    Err(judge(412, None, Happened::No))
}

fn entered(url: &Url) -> Entered {
    Entered { id: name(url), link: None }
}

/// Whether a refusal may be about the UID that another resource has already. Not every server says so in so many words.
fn refuses_twin(answer: &Answer) -> bool {
    matches!(answer.status, 400 | 403 | 409 | 412 | 422)
}

/// What a refusal to write means. Some are told by an element, whatever their status.
/// <https://www.rfc-editor.org/rfc/rfc4791#section-5.3.2.1>
fn refusal(answer: &Answer) -> PortError {
    let told = Element::read(&answer.body);
    let says = |space, name| told.as_ref().is_some_and(|told| told.holds(space, name));
    let (trouble, what) = if says(DAV, "quota-not-exceeded") || says(DAV, "sufficient-disk-space") {
        return judge(507, None, Happened::No);
    } else if says(CAL, "max-resource-size") {
        return judge(413, None, Happened::No);
    } else if says(CAL, "no-uid-conflict") {
        (Trouble::Broken, "says that the event is there already, and does not show it; look for it in another calendar")
    } else if says(CAL, "supported-calendar-component") {
        (Trouble::Broken, "keeps no events in this collection; look at base_url")
    } else if says(CAL, "valid-calendar-data") || says(CAL, "valid-calendar-object-resource") {
        (Trouble::Broken, "does not take what the event has become, perhaps by what was added to it by hand")
    } else {
        return answer.error();
    };
    failed(Happened::No, trouble, format!("the CalDAV server {what} (status {})", answer.status))
}

/// Reads a resource with its version.
async fn read(line: &Line, collection: &Url, url: Url) -> PortResult<Resource> {
    let answer = line.exchange(Ask::get(&url), ONE).await?;
    match answer.status {
        404 | 410 => return Ok(Resource { url, there: None }),
        _ if !answer.good() => return Err(answer.error()),
        _ => {}
    }
    let (version, object) = match answer.etag {
        Some(version) => (Some(version), Component::read(&answer.body)),
        None => {
            // Version and object must be of one moment.
            let report = line.exchange(Ask::report(collection, multiget([&url])), MANY).await?;
            let (_, told) = multistatus(&report)?;
            let told = told.into_iter().find(|told| same(&told.url, &url));
            let object = told.as_ref().and_then(|told| Component::read(told.object()?.as_bytes()));
            (told.and_then(|told| told.etag()), object)
        }
    };
    let version = version.ok_or_else(|| {
        broken("the CalDAV server does not tell versions (ETag), without which changes of others would be lost")
    })?;
    let object =
        object.ok_or_else(|| broken(&format!("{} in the calendar cannot be read; take it out", shown(&url))))?;
    Ok(Resource { url, there: Some((version, object)) })
}

/// Where in the collection the event with that UID is.
async fn find(line: &Line, collection: &Url, uid: &str) -> PortResult<Option<Url>> {
    let answer = line.exchange(Ask::report(collection, by_uid(uid)), MANY).await?;
    let (_, told) = multistatus(&answer)?;
    // Filters look for parts of a text, and some servers do not look at all.
    let ours = |object: &str| {
        let object = Component::read(object.as_bytes());
        object.is_some_and(|object| {
            object.components("VEVENT").any(|event| event.value("UID").map(str::trim) == Some(uid))
        })
    };
    Ok(told.into_iter().find(|told| told.object().is_some_and(ours)).map(|told| told.url))
}

/// Takes the event out, wherever in the collection it is.
pub(crate) async fn remove(line: &Line, collection: &Url, appointment: &AppointmentId) -> PortResult<()> {
    if delete(line, &place(collection, appointment)?).await? {
        return Ok(());
    }
    // Not where it belongs; it may be where somebody put it. That no calendar answers at all is told as an error: the
    // address may be wrong, and the event somewhere else.
    if let Some(found) = find(line, collection, &ical::uid(appointment)).await? {
        delete(line, &found).await?;
    }
    Ok(())
}

/// Whether there was something to take out.
async fn delete(line: &Line, url: &Url) -> PortResult<bool> {
    let answer = line.exchange(Ask::delete(url), ONE).await?;
    if matches!(answer.status, 404 | 410) {
        return Ok(false);
    }
    if !answer.good() {
        return Err(answer.error());
    }
    // A multistatus tells of parts: of those that could not be taken out, or, with some servers, of all.
    if Element::read(&answer.body).is_some_and(|root| root.is(DAV, "multistatus")) {
        for told in multistatus(&answer)?.1 {
            match told.status {
                Some(404 | 410) => return Ok(false),
                Some(status) if status >= 300 => return Err(judge(status, None, Happened::No)),
                _ => {}
            }
        }
    }
    Ok(true)
}
