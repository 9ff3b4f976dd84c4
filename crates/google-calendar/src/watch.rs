//! Learning what people change by hand.
//! <https://developers.google.com/workspace/calendar/api/guides/push>
//! <https://developers.google.com/workspace/calendar/api/guides/sync>

use crate::{
    GoogleCalendar,
    event::{Event, FIELDS, may_be_ours, name},
    rest::Ask,
    trouble::failed,
};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use frontdesk_core::ports::{
    Changes, HandEdit, Happened, Notice, PortResult, Rejected, Trouble, Watched, WebhookRequest,
};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::{Choice, ConstantTimeEq};

/// The hook that notifications come to.
pub const HOOK: &str = "notification";
/// What is looked at where there is no cursor: what begins until then, and did not end before.
const BEHIND: Duration = Duration::days(1);
const AHEAD: Duration = Duration::days(366);
/// Events of a page, and pages of one list.
const PAGE: &str = "250";
const MAX_PAGES: u32 = 200;
/// How long a channel is asked for, in seconds: a week.
const LIFE: i64 = 7 * 24 * 3_600;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Page {
    items: Vec<Event>,
    next_page_token: Option<String>,
    next_sync_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Opened {
    resource_id: String,
    /// Milliseconds since 1970, as text.
    expiration: Option<String>,
}

/// Authenticates a notification by what it was told to bring along.
pub(crate) fn receive(tokens: &[SecretString], request: &WebhookRequest) -> Result<Notice, Rejected> {
    if request.hook != HOOK {
        return Err(Rejected::UnknownHook(request.hook.clone()));
    }
    let given = request.header("x-goog-channel-token").unwrap_or_default();
    // Every one is looked at, so that the time taken tells nothing; an empty one would be proved by nothing.
    let known = tokens.iter().map(ExposeSecret::expose_secret).filter(|token| !token.is_empty());
    let proved = known.fold(Choice::from(0), |found, token| found | token.as_bytes().ct_eq(given.as_bytes()));
    if !bool::from(proved) {
        return Err(Rejected::Unauthentic(403));
    }
    let channel = request.header("x-goog-channel-id").filter(|channel| is_channel(channel));
    let channel = channel.ok_or_else(|| Rejected::Malformed("it names no channel".to_owned()))?.to_owned();
    match request.header("x-goog-resource-state") {
        Some("sync") => Ok(Notice { channel, changed: false }),
        Some("exists" | "not_exists") => Ok(Notice { channel, changed: true }),
        _ => Err(Rejected::Malformed("it does not say what has happened".to_owned())),
    }
}

fn is_channel(channel: &str) -> bool {
    (1..=64).contains(&channel.len()) && channel.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

impl GoogleCalendar {
    pub(crate) async fn edits(&self, business: &str, cursor: Option<&str>, now: DateTime<Utc>) -> PortResult<Changes> {
        let calendar = self.config.calendar_of(business);
        // A cursor of another calendar, before the configuration was changed, means nothing in this one.
        let mark = &name(calendar)[4..12];
        let token =
            cursor.and_then(|cursor| cursor.split_once('.')).filter(|(of, _)| *of == mark).map(|(_, token)| token);
        let listed = match token {
            Some(token) => self.list(calendar, &[("syncToken", token)]).await?,
            None => None,
        };
        let listed = match listed {
            Some(listed) => Some(listed),
            None => {
                let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
                let (min, max) = (time(now - BEHIND), time(now + AHEAD));
                self.list(calendar, &[("timeMin", &min), ("timeMax", &max)]).await?
            }
        };
        let (token, edits) = listed.ok_or_else(|| {
            failed(Happened::No, Trouble::Broken, format!("the calendar {calendar} holds too many events to be listed"))
        })?;
        Ok(Changes { cursor: format!("{mark}.{token}"), edits })
    }

    /// Every page of a list; `None` where Google has forgotten the cursor, or there is no end to it.
    async fn list(&self, calendar: &str, which: &[(&str, &str)]) -> PortResult<Option<(String, Vec<HandEdit>)>> {
        let fields = format!("nextPageToken,nextSyncToken,items({FIELDS})");
        let mut edits = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut query = vec![("showDeleted", "true"), ("maxResults", PAGE), ("fields", fields.as_str())];
            query.extend_from_slice(which);
            query.extend(next.as_deref().map(|page| ("pageToken", page)));
            let page =
                match self.rest.try_ask(Ask::new(Method::GET, &["calendars", calendar, "events"], &query)).await? {
                    Ok(page) => page,
                    Err(refusal) if refusal.expired() => return Ok(None),
                    Err(refusal) => return Err(self.rest.refused(&refusal, calendar, Happened::No)),
                };
            let broken = || failed(Happened::No, Trouble::Broken, "Google's answer holds no list of events");
            let page: Page = serde_json::from_value(page).map_err(|_| broken())?;
            for event in page.items {
                edits.extend(self.hand_edit(calendar, event).await?);
            }
            match (page.next_page_token, page.next_sync_token) {
                (Some(page), _) => next = Some(page),
                (None, Some(token)) => return Ok(Some((token, edits))),
                (None, None) => return Err(broken()),
            }
        }
        Ok(None)
    }

    async fn hand_edit(&self, calendar: &str, event: Event) -> PortResult<Option<HandEdit>> {
        // Of a deleted event a list promises the name only; asked for by name, the calendar it is of shows the rest.
        let bare = event.deleted() && event.marks().is_none() && may_be_ours(&event.id);
        let event = if bare { self.event(calendar, &event.id).await? } else { Some(event) };
        Ok(event.and_then(|event| event.hand_edit()))
    }

    pub(crate) async fn open(
        &self,
        business: &str,
        callback: &str,
        channel: &str,
        token: &SecretString,
        now: DateTime<Utc>,
    ) -> PortResult<Watched> {
        if !callback.starts_with("https://") {
            let what = "Google notifies public https addresses only; set the public URL, or ask by a timer";
            return Err(failed(Happened::No, Trouble::Unsupported, what));
        }
        if !is_channel(channel) || token.expose_secret().is_empty() {
            let what = "a channel needs a name of at most 64 letters, digits, - and _, and a token";
            return Err(failed(Happened::No, Trouble::Broken, what));
        }
        let calendar = self.config.calendar_of(business);
        let wish = json!({
            "id": channel,
            "type": "web_hook",
            "address": callback,
            "token": token.expose_secret(),
            "params": { "ttl": LIFE.to_string() },
        });
        let path = ["calendars", calendar, "events", "watch"];
        let opened = self.rest.ask(calendar, Ask::new(Method::POST, &path, &[]).body(&wish)).await?;
        let opened: Opened = serde_json::from_value(opened)
            .map_err(|_| failed(Happened::Maybe, Trouble::Broken, "Google's answer holds no channel"))?;
        let told = opened.expiration.and_then(|at| DateTime::from_timestamp_millis(at.parse().ok()?));
        let expires_at = told.unwrap_or(now + Duration::seconds(LIFE));
        Ok(Watched { channel: channel.to_owned(), resource: opened.resource_id, expires_at })
    }

    pub(crate) async fn close(&self, watched: &Watched) -> PortResult<()> {
        let which: Value = json!({ "id": watched.channel, "resourceId": watched.resource });
        match self.rest.try_ask(Ask::new(Method::POST, &["channels", "stop"], &[]).body(&which)).await? {
            Err(refusal) if !refusal.gone() => Err(self.rest.refused(&refusal, "that is watched", Happened::Maybe)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> WebhookRequest {
        WebhookRequest {
            method: "POST".to_owned(),
            hook: HOOK.to_owned(),
            url: "https://desk.example/api/v1/webhooks/calendar/notification".to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: Vec::new(),
            peer: None,
        }
    }

    fn told(token: &str, state: &str) -> Result<Notice, Rejected> {
        let tokens = ["newer".into(), "older".into(), "".into()];
        let headers =
            [("x-goog-channel-id", "clinic-1"), ("x-goog-channel-token", token), ("x-goog-resource-state", state)];
        receive(&tokens, &request(&headers))
    }

    #[test]
    fn a_notification_is_known_by_its_token() {
        for token in ["newer", "older"] {
            assert_eq!(told(token, "exists"), Ok(Notice { channel: "clinic-1".to_owned(), changed: true }));
        }
        for token in ["", "new", "newer2", "NEWER"] {
            assert_eq!(told(token, "exists"), Err(Rejected::Unauthentic(403)), "{token}");
        }
        assert_eq!(receive(&["".into()], &request(&[])), Err(Rejected::Unauthentic(403)));
        assert_eq!(receive(&[], &request(&[])), Err(Rejected::Unauthentic(403)));
    }

    #[test]
    fn the_opening_of_a_channel_is_no_change() {
        assert_eq!(told("newer", "sync").map(|notice| notice.changed), Ok(false));
        assert_eq!(told("newer", "not_exists").map(|notice| notice.changed), Ok(true));
    }

    #[test]
    fn what_is_no_notification_is_refused() {
        assert!(matches!(told("newer", "perhaps"), Err(Rejected::Malformed(_))));
        let nameless = request(&[("x-goog-channel-token", "newer"), ("x-goog-resource-state", "exists")]);
        assert!(matches!(receive(&["newer".into()], &nameless), Err(Rejected::Malformed(_))));
        let elsewhere = WebhookRequest { hook: "other".to_owned(), ..nameless };
        assert_eq!(receive(&["newer".into()], &elsewhere), Err(Rejected::UnknownHook("other".to_owned())));
    }
}
