//! What errors mean, and what to do about them. Neither addresses nor bodies are repeated: they name people.

use crate::NAME;
use frontdesk_core::ports::{Happened, PortError, Trouble};

pub(crate) fn failed(happened: Happened, trouble: Trouble, what: impl Into<String>) -> PortError {
    PortError::new(NAME, happened, trouble, what)
}

/// An answer that nobody can make use of.
pub(crate) fn broken(what: &str) -> PortError {
    failed(Happened::No, Trouble::Broken, what)
}

/// What an answer that says no means, whatever was asked.
pub(crate) fn judge(status: u16, retry_after: Option<u32>, doubt: Happened) -> PortError {
    let (happened, trouble, what) = match status {
        401 => (
            Happened::No,
            Trouble::Unauthorised,
            "does not accept username and password; where two factors are on, it wants an app password",
        ),
        402 | 507 => (
            Happened::No,
            Trouble::Unauthorised,
            "has no room left in this account; free some, or have the quota raised",
        ),
        403 => (
            Happened::No,
            Trouble::Barred,
            "does not allow this user to do that in the calendar; share it with them, with the right to write",
        ),
        404 | 409 | 410 => {
            (Happened::No, Trouble::Broken, "has no calendar at the address that is configured; look at base_url")
        }
        405 | 501 => {
            (Happened::No, Trouble::Broken, "does not speak CalDAV at the address that is configured; look at base_url")
        }
        408 => (doubt, Trouble::Unavailable, "did not get the whole request in time"),
        412 => (Happened::No, Trouble::Unavailable, "says each time that somebody else has just changed the event"),
        413 => {
            (Happened::No, Trouble::Broken, "does not take events of this size; shorten the description or the notes")
        }
        423 => (Happened::No, Trouble::Unavailable, "has locked the calendar or the event"),
        429 => (Happened::No, Trouble::RateLimited(retry_after), "asks for fewer requests"),
        500.. => (doubt, Trouble::Unavailable, "failed"),
        _ => (Happened::No, Trouble::Broken, "does not understand the request"),
    };
    failed(happened, trouble, format!("the CalDAV server {what} (status {status})"))
}

/// No answer came.
pub(crate) fn lost(error: reqwest::Error, doubt: Happened) -> PortError {
    // Its URL names people.
    let error = error.without_url();
    let (happened, trouble, what) = if error.is_connect() {
        (Happened::No, Trouble::Unavailable, "cannot be reached; look at base_url, the network and the certificate")
    } else if error.is_builder() {
        (Happened::No, Trouble::Broken, "cannot be asked so; look at base_url, username and password")
    } else if error.is_timeout() {
        (doubt, Trouble::Unavailable, "did not answer in time")
    } else {
        (doubt, Trouble::Unavailable, "broke off its answer")
    };
    failed(happened, trouble, format!("the CalDAV server {what}")).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Trouble::{Barred, Broken, RateLimited, Unauthorised, Unavailable};

    #[test]
    fn an_error_tells_whose_matter_it_is_and_whether_it_may_have_happened() {
        for (status, happened, trouble, remedy) in [
            (401, Happened::No, Unauthorised, "password"),
            (403, Happened::No, Barred, "share"),
            (404, Happened::No, Broken, "base_url"),
            (405, Happened::No, Broken, "base_url"),
            (408, Happened::Maybe, Unavailable, "in time"),
            (409, Happened::No, Broken, "base_url"),
            (412, Happened::No, Unavailable, "changed"),
            (429, Happened::No, RateLimited(Some(7)), "fewer"),
            (500, Happened::Maybe, Unavailable, "failed"),
            (501, Happened::No, Broken, "base_url"),
            (503, Happened::Maybe, Unavailable, "failed"),
            (507, Happened::No, Unauthorised, "quota"),
        ] {
            let error = judge(status, Some(7), Happened::Maybe);
            assert_eq!((error.happened, error.trouble), (happened, trouble), "{status}");
            assert!(error.message.contains(remedy), "{status}: {error}");
        }
    }
}
