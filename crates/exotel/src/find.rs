//! What became of a call whose request was not answered.
//!
//! Exotel takes a `CustomField` of ours, and does not say whether it shows it again. So the calls since the request are
//! listed: one that shows our name is ours, one that shows another is somebody else's, and one that shows none to the same
//! number leaves it open. The list is not filtered by number, for numbers are written in several ways, and masked. Times
//! are taken at their latest, as the account's and as UTC, for nothing proves that the configured zone is the account's.
//!
//! `Missing` is said when it is certain: no call to the number since, on a clock that is Exotel's own and well past the
//! request. <https://developer.exotel.com/api/call-details>

use crate::{
    calls::Calls,
    rest::{failed, text},
    status, time,
};
use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    event::EndCause,
    id::CallId,
    personal::Phone,
    ports::{Happened, Performed, PortError, PortResult, Trouble},
};
use serde_json::Value;

/// How far Exotel's clock and ours may be apart.
const SKEW: Duration = Duration::minutes(2);
/// When a call that was asked for is surely in the list.
const LISTED: Duration = Duration::minutes(5);
/// The longest page there is.
const PAGE_SIZE: &str = "100";
/// More pages are not looked through.
const MAX_PAGES: usize = 20;

/// What is sought.
pub(crate) struct Sought<'a> {
    pub(crate) call_id: CallId,
    pub(crate) to: &'a Phone,
    pub(crate) since: DateTime<Utc>,
    pub(crate) asked: DateTime<Utc>,
}

/// What a listed call shows of itself.
enum Listed {
    Ours,
    SomebodyElses,
    Unknown,
}

/// A call as Exotel shows it. Numbers come as texts or not at all.
pub(crate) fn found(call: &Value) -> PortResult<Performed> {
    let provider_call_id = call.get("Sid").and_then(text).ok_or_else(|| {
        failed(Happened::No, Trouble::Broken, "Exotel shows a call without its name; does base_url lead to its API?")
    })?;
    let cause = call.get("Status").and_then(text).and_then(|status| status::ended(&status));
    let seconds = call.get("Duration").and_then(text).and_then(|seconds| seconds.parse().ok());
    let ended = cause.map(|cause| (cause, seconds.filter(|_| cause == EndCause::Completed)));
    Ok(Performed::Found { provider_call_id, ended })
}

pub(crate) async fn seek(calls: &Calls, sought: &Sought<'_>) -> PortResult<Performed> {
    if *sought.to == Phone::forgotten() {
        return Err(unsure("nobody knows any more whom the call was to; look at the dashboard"));
    }
    let since = sought.since - SKEW;
    // Written alike, the earlier text is the earlier time.
    let since = time::write(since, calls.time_zone).min(time::write(since, Tz::UTC));
    let since = format!("gte:{since}");
    let query = [("DateCreated", since.as_str()), ("PageSize", PAGE_SIZE), ("SortBy", "DateCreated:asc")];
    let mut page = calls.rest.get(&["Calls"], &query).await?;
    // The first answer's time: what is listed later may be younger than it, never older.
    let at = page.at.ok_or_else(|| unsure("Exotel does not say what time it is, so that nothing can be ruled out"))?;
    let mut open = false;
    for _ in 0..MAX_PAGES {
        let list = page.body.get("Calls").and_then(Value::as_array);
        let list =
            list.ok_or_else(|| failed(Happened::No, Trouble::Broken, "Exotel's list of calls cannot be read"))?;
        for call in list {
            match judge(call, sought, calls) {
                Listed::Ours => return found(call),
                Listed::SomebodyElses => {}
                Listed::Unknown => open = true,
            }
        }
        let next = page.body.get("Metadata").and_then(|data| data.get("NextPageUri")).and_then(text);
        match next {
            Some(next) => page = calls.rest.follow(&next).await?,
            None if open => {
                return Err(unsure("there is a call that may be ours, and Exotel does not say whether it is"));
            }
            None if at < sought.asked + LISTED => {
                return Err(unsure("there is no such call yet; it is too early to rule it out"));
            }
            None => return Ok(Performed::Missing),
        }
    }
    Err(unsure("there are too many calls since then to look through"))
}

fn judge(call: &Value, sought: &Sought<'_>, calls: &Calls) -> Listed {
    let get = |name: &str| call.get(name).and_then(text);
    if let Some(name) = get("CustomField") {
        return if name == sought.call_id.to_string() { Listed::Ours } else { Listed::SomebodyElses };
    }
    if get("Direction").is_some_and(|direction| matches!(direction.as_str(), "inbound" | "incoming")) {
        return Listed::SomebodyElses;
    }
    let created = get("DateCreated");
    let created = created.and_then(|at| time::read(&at, calls.time_zone).max(time::read(&at, Tz::UTC)));
    if created.is_some_and(|at| at < sought.since - SKEW) {
        return Listed::SomebodyElses;
    }
    // A number that cannot be read (masked, say) may be the one.
    let other = |name| match get(name).map(|number| Phone::parse(&number, Some(&calls.country))) {
        None => true,
        Some(Ok(number)) => number != *sought.to,
        Some(Err(_)) => false,
    };
    // Which of the two is the one who was rung differs with the way a call was placed.
    if other("From") && other("To") && get("From").is_some() { Listed::SomebodyElses } else { Listed::Unknown }
}

fn unsure(what: &str) -> PortError {
    failed(Happened::No, Trouble::Unavailable, what)
}
