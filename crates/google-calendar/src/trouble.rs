//! What Google's refusals mean.
//! <https://developers.google.com/workspace/calendar/api/guides/errors>

use crate::NAME;
use frontdesk_core::ports::{Happened, PortError, Trouble};
use serde_json::Value;

/// How long a used-up quota is left alone, in seconds: those of a calendar come back within hours.
const QUOTA_SECONDS: u32 = 3_600;

/// An answer that says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// A word of the vendor's; empty where it gave none.
    pub(crate) reason: String,
    /// Seconds.
    pub(crate) retry_after: Option<u32>,
}

impl Refusal {
    /// Reads either shape of an error: the old one with a list of reasons, and that of `google.rpc`.
    pub(crate) fn read(status: u16, retry_after: Option<u32>, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let error = &body["error"];
        let listed = error["errors"].get(0).map(|first| &first["reason"]);
        let detailed = error["details"].as_array().into_iter().flatten().map(|detail| &detail["reason"]);
        let mut reasons = listed.into_iter().chain(detailed).chain([&error["status"]]).filter_map(Value::as_str);
        // Whatever else stands there may quote the request.
        let reason = reasons.find(|reason| plain(reason)).unwrap_or_default().to_owned();
        Self { status, reason, retry_after }
    }

    /// The event's name is taken, by an event that may be deleted.
    pub(crate) fn taken(&self) -> bool {
        self.status == 409
    }

    /// There is no such thing, or not any more.
    pub(crate) fn gone(&self) -> bool {
        matches!(self.status, 404 | 410)
    }

    /// Somebody changed it since it was read.
    pub(crate) fn overtaken(&self) -> bool {
        self.status == 412
    }

    /// Google has forgotten what the cursor stands for.
    pub(crate) fn expired(&self) -> bool {
        self.status == 410
    }

    /// A service account that stands for nobody may invite nobody; the event was not written at all.
    pub(crate) fn may_not_invite(&self) -> bool {
        self.status == 403 && self.reason == "forbiddenForServiceAccounts"
    }

    /// What it means; `doubt` is whether a server that failed may have acted. Google's own text is never repeated.
    pub(crate) fn error(&self, email: &str, calendar: &str, doubt: Happened) -> PortError {
        let unshared = || {
            format!(
                "has no calendar {calendar} for {email}; is its id right, and is it shared with that address, with the right to \
                 make changes to events?"
            )
        };
        let limited = |seconds: Option<u32>| Trouble::RateLimited(self.retry_after.or(seconds));
        let (happened, trouble, what) = match (self.status, self.reason.as_str()) {
            (429, _) | (403, "rateLimitExceeded" | "userRateLimitExceeded" | "RATE_LIMIT_EXCEEDED" | "RESOURCE_EXHAUSTED") => {
                (Happened::No, limited(None), "asks for fewer requests".to_owned())
            }
            (403, "quotaExceeded" | "dailyLimitExceeded") => {
                let what = "says that the calendar's quota is used up; many invitations do that".to_owned();
                (Happened::No, limited(Some(QUOTA_SECONDS)), what)
            }
            (401, _) => (Happened::No, Trouble::Unauthorised, format!("does not take the tokens of {email}")),
            (403, "accessNotConfigured" | "SERVICE_DISABLED") => (
                Happened::No,
                Trouble::Unauthorised,
                "has the Calendar API switched off for this project; enable it in the Google Cloud console".to_owned(),
            ),
            (403, "insufficientPermissions" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT") => (
                Happened::No,
                Trouble::Unauthorised,
                format!("gave {email} a token without the scopes calendar.events and calendar.freebusy; delegate both"),
            ),
            (403, "forbiddenForServiceAccounts") => (
                Happened::No,
                Trouble::Barred,
                "lets a service account invite nobody without domain-wide delegation".to_owned(),
            ),
            (403, "forbiddenForNonOrganizer") => {
                (Happened::No, Trouble::Barred, "lets only the event's organiser do this".to_owned())
            }
            (403, _) => (
                Happened::No,
                Trouble::Barred,
                format!(
                    "lets {email} not write to the calendar {calendar}; share it with that address, with the right to make \
                     changes to events"
                ),
            ),
            (404, _) => (Happened::No, Trouble::Barred, unshared()),
            (409 | 412, _) => (Happened::No, Trouble::Unavailable, "says that somebody else changed it meanwhile".to_owned()),
            (410, _) => (Happened::No, Trouble::Broken, "has it no more".to_owned()),
            (400, "channelIdNotUnique") => {
                (Happened::No, Trouble::Broken, "had a channel of this name before; take another name".to_owned())
            }
            (400, reason) if reason.starts_with("pushWebhook") => (
                Happened::No,
                Trouble::Barred,
                "does not notify this address; it must be https with a certificate that is trusted, and publicly reachable"
                    .to_owned(),
            ),
            (408, _) => (doubt, Trouble::Unavailable, "did not answer in time".to_owned()),
            (500.., _) => (doubt, Trouble::Unavailable, "failed".to_owned()),
            (300..=399, _) => (Happened::No, Trouble::Broken, "is somewhere else; look at base_url".to_owned()),
            _ => (Happened::No, Trouble::Broken, "does not understand the request".to_owned()),
        };
        let told = if self.reason.is_empty() { String::new() } else { format!(", {}", self.reason) };
        failed(happened, trouble, format!("Google {what} (status {}{told})", self.status))
    }
}

/// Whether it is a word of the vendor's and nothing that quotes the request.
pub(crate) fn plain(word: &str) -> bool {
    (1..=64).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

pub(crate) fn failed(happened: Happened, trouble: Trouble, what: impl Into<String>) -> PortError {
    PortError::new(NAME, happened, trouble, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Trouble::{Barred, Broken, RateLimited, Unauthorised, Unavailable};

    fn refusal(status: u16, reason: &str, retry_after: Option<u32>) -> Refusal {
        Refusal { status, reason: reason.to_owned(), retry_after }
    }

    #[test]
    fn an_error_means_what_google_says_it_means() {
        for (status, reason, trouble) in [
            (400, "timeRangeEmpty", Broken),
            (400, "invalid", Broken),
            (400, "required", Broken),
            (400, "badRequest", Broken),
            (400, "pushWebhookUrlUnauthorized", Barred),
            (400, "channelIdNotUnique", Broken),
            (401, "authError", Unauthorised),
            (403, "userRateLimitExceeded", RateLimited(None)),
            (403, "rateLimitExceeded", RateLimited(None)),
            (403, "RATE_LIMIT_EXCEEDED", RateLimited(None)),
            (429, "rateLimitExceeded", RateLimited(None)),
            (429, "RESOURCE_EXHAUSTED", RateLimited(None)),
            (403, "quotaExceeded", RateLimited(Some(3_600))),
            (403, "forbiddenForServiceAccounts", Barred),
            (403, "forbiddenForNonOrganizer", Barred),
            (403, "forbidden", Barred),
            (403, "requiredAccessLevel", Barred),
            (403, "insufficientPermissions", Unauthorised),
            (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", Unauthorised),
            (403, "accessNotConfigured", Unauthorised),
            (404, "notFound", Barred),
            (409, "conflict", Unavailable),
            (410, "deleted", Broken),
            (412, "conditionNotMet", Unavailable),
            (302, "", Broken),
        ] {
            let error = refusal(status, reason, None).error("desk@example", "cal", Happened::Maybe);
            assert_eq!((error.happened, error.trouble), (Happened::No, trouble), "{status} {reason}");
        }
        for status in [408, 500, 502, 503, 504] {
            let error = refusal(status, "backendError", None).error("desk@example", "cal", Happened::Maybe);
            assert_eq!((error.happened, error.trouble), (Happened::Maybe, Unavailable), "{status}");
        }
    }

    #[test]
    fn how_long_to_wait_is_what_google_says() {
        for (status, reason) in [(429, "rateLimitExceeded"), (403, "userRateLimitExceeded"), (403, "quotaExceeded")] {
            let error = refusal(status, reason, Some(17)).error("desk@example", "cal", Happened::No);
            assert_eq!(error.trouble, RateLimited(Some(17)));
        }
    }

    #[test]
    fn a_calendar_that_is_not_shared_names_the_address_to_share_it_with() {
        let error = refusal(404, "notFound", None).error("desk@example", "cal@group", Happened::No);
        assert!(error.message.contains("desk@example") && error.message.contains("cal@group"), "{error}");
    }

    #[test]
    fn either_shape_of_an_error_is_read_and_nothing_that_quotes_the_request() {
        let old =
            br#"{"error":{"errors":[{"domain":"usageLimits","reason":"quotaExceeded","message":"x"}],"code":403}}"#;
        let new = br#"{"error":{"code":403,"status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.Help"},{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SERVICE_DISABLED"}]}}"#;
        let bare = br#"{"error":{"code":403,"message":"no","status":"PERMISSION_DENIED"}}"#;
        let quoting = br#"{"error":{"errors":[{"reason":"Ana Lim <ana@example.com>"}],"code":403}}"#;
        for (body, reason) in [
            (old.as_slice(), "quotaExceeded"),
            (new, "SERVICE_DISABLED"),
            (bare, "PERMISSION_DENIED"),
            (quoting, ""),
            (b"<html>", ""),
        ] {
            assert_eq!(Refusal::read(403, None, body).reason, reason);
        }
    }
}
