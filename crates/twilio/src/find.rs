//! What became of a call whose request was not answered.
//!
//! Twilio takes no name of ours for a call and shows none in its lists. What it does keep is every request that was made
//! about a call (<https://www.twilio.com/docs/voice/api/call-event-resource>): the one that created it and those to our
//! hooks, and the URLs in them hold our id. So the calls between the two numbers are listed, and what Twilio has on
//! record of each says whether it is ours. The record is complete a quarter of an hour after the end of a call; until
//! then a call that does not prove to be ours proves nothing.
//!
//! `Missing` is said when it is certain: no call between the two since, on a clock that is Twilio's own and well past the
//! request, or none but those on whose complete record somebody else's URLs stand.

use crate::{
    NAME,
    calls::Calls,
    rest::{Answer, Refusal},
    status,
};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    event::EndCause,
    id::CallId,
    personal::Phone,
    ports::{Happened, Performed, PortError, PortResult, Trouble},
};
use serde::Deserialize;
use serde_json::Value;

/// How far Twilio's clock and ours may be apart, and how coarse its times are.
const SKEW: Duration = Duration::minutes(2);
/// When a call that was asked for is surely in the list.
const LISTED: Duration = Duration::minutes(5);
/// When the record of an ended call is surely complete: Twilio's quarter of an hour, and some patience.
const COMPLETE: Duration = Duration::minutes(20);
/// More pages of calls between two numbers are not looked through.
const MAX_PAGES: usize = 5;
const PAGE_SIZE: &str = "200";

/// What is sought.
pub(crate) struct Sought<'a> {
    pub(crate) call_id: CallId,
    pub(crate) from: &'a Phone,
    pub(crate) to: &'a Phone,
    pub(crate) since: DateTime<Utc>,
    pub(crate) asked: DateTime<Utc>,
}

/// A call as Twilio shows it; numbers come as texts and everything may be missing.
#[derive(Deserialize)]
struct CallBody {
    sid: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    duration: Option<String>,
    #[serde(default)]
    direction: Option<String>,
    #[serde(default)]
    date_created: Option<String>,
    #[serde(default)]
    end_time: Option<String>,
}

#[derive(Deserialize)]
struct CallPage {
    calls: Vec<CallBody>,
    #[serde(default)]
    next_page_uri: Option<String>,
}

#[derive(Deserialize)]
struct EventPage {
    events: Vec<Value>,
    #[serde(default)]
    next_page_uri: Option<String>,
}

/// What the record of a call says of it.
enum Record {
    Ours,
    SomebodyElses,
    Unknown,
}

impl CallBody {
    fn ended(&self) -> Option<(EndCause, Option<u32>)> {
        let cause = status::ended(self.status.as_deref()?, None)?;
        let seconds = self.duration.as_deref().and_then(|seconds| seconds.parse().ok());
        Some((cause, status::lasted(cause, seconds)))
    }

    fn found(self) -> Performed {
        Performed::Found { ended: self.ended(), provider_call_id: self.sid }
    }
}

fn time(text: Option<&str>) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(text?).ok().map(|time| time.to_utc())
}

fn unsure(what: &str) -> PortError {
    PortError::new(NAME, Happened::No, Trouble::Unavailable, what)
}

impl Calls {
    /// What became of the call of this name.
    pub(crate) async fn find_by_name(&self, sid: &str) -> PortResult<Performed> {
        match self.rest.get::<CallBody>(&["Calls", sid], &[]).await {
            Ok(answer) => Ok(answer.body.found()),
            // It was there once, so that it cannot be that it never was; calls may be deleted.
            Err(error) if Refusal::of(&error).is_some_and(|refusal| refusal.status == 404) => Err(PortError::new(
                NAME,
                Happened::No,
                Trouble::Broken,
                "Twilio does not know the call any more; was it deleted, or is it another account's?",
            )),
            Err(error) => Err(error),
        }
    }

    /// What became of a call that Twilio never named to us.
    pub(crate) async fn find(&self, sought: &Sought<'_>) -> PortResult<Performed> {
        if *sought.to == Phone::forgotten() || *sought.from == Phone::forgotten() {
            return Err(unsure("nobody knows any more whom the call was to; look at the console"));
        }
        let (candidates, at) = self.candidates(sought).await?;
        let at = at.ok_or_else(|| unsure("Twilio does not say what time it is, so that nothing can be ruled out"))?;
        let mut unknown = false;
        for call in candidates {
            match self.record(&call, sought.call_id, at).await? {
                Record::Ours => return Ok(call.found()),
                Record::SomebodyElses => {}
                Record::Unknown => unknown = true,
            }
        }
        if unknown {
            return Err(unsure(
                "there is a call between the two numbers, but it cannot be told yet whether it is ours",
            ));
        }
        if at < sought.asked + LISTED {
            return Err(unsure("there is no such call yet; it is too early to rule it out"));
        }
        Ok(Performed::Missing)
    }

    /// The calls that we may have placed, and Twilio's time. Not filtered by `StartTime`: a call that still waits for its
    /// turn has none.
    async fn candidates(&self, sought: &Sought<'_>) -> PortResult<(Vec<CallBody>, Option<DateTime<Utc>>)> {
        let query = [("To", sought.to.reveal()), ("From", sought.from.reveal()), ("PageSize", PAGE_SIZE)];
        let mut page: Answer<CallPage> = self.rest.get(&["Calls"], &query).await?;
        // The first answer's time: what is listed later may be younger than it, never older.
        let at = page.at;
        let mut found = Vec::new();
        for _ in 0..MAX_PAGES {
            let created = |call: &CallBody| time(call.date_created.as_deref());
            let young = |call: &CallBody| created(call).is_none_or(|at| at >= sought.since - SKEW);
            // The list begins with the youngest.
            let older = page.body.calls.iter().any(|call| !young(call));
            let ours = |call: &CallBody| call.direction.as_deref().is_none_or(|it| it == "outbound-api");
            found.extend(page.body.calls.into_iter().filter(|call| young(call) && ours(call)));
            match page.body.next_page_uri.filter(|next| !older && !next.is_empty()) {
                Some(next) => page = self.rest.follow(&next).await?,
                None => return Ok((found, at)),
            }
        }
        Err(unsure("there are too many calls between the two numbers to look through"))
    }

    /// Whether our id stands anywhere on the record of a call.
    async fn record(&self, call: &CallBody, id: CallId, at: DateTime<Utc>) -> PortResult<Record> {
        let id = id.to_string();
        let mut page: Answer<EventPage> = match self.rest.get(&["Calls", &call.sid, "Events"], &[]).await {
            Ok(page) => page,
            Err(error) if Refusal::of(&error).is_some_and(|refusal| refusal.status == 404) => {
                return Ok(Record::Unknown);
            }
            Err(error) => return Err(error),
        };
        let mut any = false;
        for _ in 0..MAX_PAGES {
            any |= !page.body.events.is_empty();
            if page.body.events.iter().any(|event| mentions(event, &id)) {
                return Ok(Record::Ours);
            }
            match page.body.next_page_uri.filter(|next| !next.is_empty()) {
                Some(next) => page = self.rest.follow(&next).await?,
                None => {
                    let complete = call.ended().is_some()
                        && time(call.end_time.as_deref()).is_some_and(|end| end + COMPLETE <= at);
                    return Ok(if any && complete { Record::SomebodyElses } else { Record::Unknown });
                }
            }
        }
        Ok(Record::Unknown)
    }
}

/// Whether a text stands anywhere in a value.
fn mentions(value: &Value, text: &str) -> bool {
    match value {
        Value::String(it) => it.contains(text),
        Value::Array(items) => items.iter().any(|item| mentions(item, text)),
        Value::Object(members) => members.values().any(|member| mentions(member, text)),
        _ => false,
    }
}
