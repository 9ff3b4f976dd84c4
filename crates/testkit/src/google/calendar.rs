//! One calendar of the pretended Google.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A refusal in the older shape, or, for two of them, in that of `google.rpc`.
#[must_use]
pub fn refusal(status: u16, reason: &str) -> (u16, Value) {
    let message = "Ana Lim <ana@example.com> is quoted here.";
    let error = match reason {
        "requiredAccessLevel" => json!({ "code": status, "message": message, "status": "PERMISSION_DENIED" }),
        _ => json!({ "errors": [{ "domain": "global", "reason": reason, "message": message }], "code": status,
            "message": message }),
    };
    (status, json!({ "error": error }))
}

/// A calendar, and its events.
#[derive(Debug)]
pub struct Calendar {
    role: &'static str,
    /// The events, by id.
    pub events: BTreeMap<String, Value>,
    /// When each event was changed last, counted.
    changed: BTreeMap<String, u64>,
    clock: u64,
    /// Cursors up to this one are forgotten.
    pub forgotten: u64,
    /// How many events a page has.
    pub page: usize,
    /// Whether deleted events are listed as their name only.
    pub bare: bool,
}

impl Calendar {
    /// An empty one; `role` is what the account is allowed there: `reader`, `writer` or `owner`.
    #[must_use]
    pub fn new(role: &'static str) -> Self {
        Self { role, events: BTreeMap::new(), changed: BTreeMap::new(), clock: 1, forgotten: 0, page: 100, bare: false }
    }

    /// Merges a change in, as PATCH does: `null` clears, a list is replaced.
    ///
    /// # Panics
    /// When a time is none.
    pub fn change(&mut self, id: &str, change: &Value) {
        self.clock += 1;
        let event = self.events.entry(id.to_owned()).or_insert_with(|| json!({ "id": id, "status": "confirmed" }));
        merge(event, change);
        for end in ["start", "end"] {
            // Google states a time in the calendar's zone, however it was given.
            if let Some(at) = event[end]["dateTime"].as_str() {
                event[end]["dateTime"] = at.parse::<DateTime<Utc>>().unwrap().to_rfc3339().into();
            }
        }
        event["etag"] = format!("\"{}\"", self.clock).into();
        event["htmlLink"] = format!("https://www.google.com/calendar/event?eid={id}").into();
        self.changed.insert(id.to_owned(), self.clock);
    }

    pub(super) fn ask(
        &mut self,
        method: &str,
        rest: &[&str],
        query: &[(String, String)],
        if_match: &str,
        body: &Value,
        invites: bool,
    ) -> (u16, Value) {
        if method != "GET" && self.role == "reader" {
            return refusal(403, "requiredAccessLevel");
        }
        if !invites && body["attendees"].as_array().is_some_and(|guests| !guests.is_empty()) {
            return refusal(403, "forbiddenForServiceAccounts");
        }
        let span = (time(&body["start"]), time(&body["end"]));
        if let (Some(start), Some(end)) = span
            && end < start
        {
            return refusal(400, "timeRangeEmpty");
        }
        match (method, rest) {
            ("GET", []) => self.list(query),
            ("POST", []) => self.insert(body),
            (_, [id]) => {
                let Some(event) = self.events.get(*id).cloned() else {
                    return refusal(404, "notFound");
                };
                if !if_match.is_empty() && event["etag"] != if_match {
                    return refusal(412, "conditionNotMet");
                }
                match method {
                    "GET" => (200, event),
                    "DELETE" if event["status"] == "cancelled" => refusal(410, "deleted"),
                    "DELETE" => {
                        self.change(id, &json!({ "status": "cancelled" }));
                        (204, Value::Null)
                    }
                    "PATCH" => {
                        self.change(id, body);
                        (200, self.events[*id].clone())
                    }
                    _ => refusal(404, "notFound"),
                }
            }
            _ => refusal(404, "notFound"),
        }
    }

    fn insert(&mut self, body: &Value) -> (u16, Value) {
        let id = body["id"].as_str().unwrap_or_default().to_owned();
        let letters = id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'v'));
        if !letters || !(5..=1024).contains(&id.len()) {
            return refusal(400, "invalid");
        }
        if time(&body["start"]).is_none() || time(&body["end"]).is_none() {
            return refusal(400, "required");
        }
        // Ids of deleted events stay taken.
        if self.events.contains_key(&id) {
            return refusal(409, "duplicate");
        }
        self.change(&id, body);
        (200, self.events[&id].clone())
    }

    fn list(&self, query: &[(String, String)]) -> (u16, Value) {
        let of = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let bound = |name| of(name).map(|at: &str| at.parse::<DateTime<Utc>>().unwrap());
        let since: u64 = of("syncToken").map_or(0, |token| token.trim_start_matches("sync-").parse().unwrap());
        let (min, max) = (bound("timeMin"), bound("timeMax"));
        if since > 0 && (min.is_some() || max.is_some()) {
            return refusal(400, "syncTokenWithRequestRestrictions");
        }
        if since > 0 && since <= self.forgotten {
            return refusal(410, "fullSyncRequired");
        }
        let deleted = since > 0 || of("showDeleted") == Some("true");
        let listed = |event: &&Value| {
            let (start, end) = (time(&event["start"]), time(&event["end"]));
            self.changed[event["id"].as_str().unwrap()] > since
                && (deleted || event["status"] != "cancelled")
                && min.is_none_or(|min| end.is_none_or(|end| end > min))
                && max.is_none_or(|max| start.is_none_or(|start| start < max))
        };
        let bare = |event: &Value| match event["status"].as_str() {
            Some("cancelled") if self.bare => json!({ "id": event["id"], "status": "cancelled" }),
            _ => event.clone(),
        };
        let all: Vec<Value> = self.events.values().filter(listed).map(bare).collect();
        let from: usize = of("pageToken").map_or(0, |page| page.parse().unwrap());
        let to = (from + self.page).min(all.len());
        let mut answer = json!({ "accessRole": self.role, "items": all[from..to] });
        if to < all.len() {
            answer["nextPageToken"] = to.to_string().into();
        } else {
            answer["nextSyncToken"] = format!("sync-{}", self.clock).into();
        }
        (200, answer)
    }

    /// What takes time; what is cancelled or transparent takes none.
    pub(super) fn busy(&self, question: &Value) -> Value {
        let bound = |name: &str| question[name].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
        let (min, max) = (bound("timeMin"), bound("timeMax"));
        let takes_time = |event: &&Value| event["status"] != "cancelled" && event["transparency"] != "transparent";
        let events = self.events.values().filter(takes_time);
        let mut spans: Vec<_> =
            events.filter_map(|event| Some((time(&event["start"])?, time(&event["end"])?))).collect();
        spans.retain(|(start, end)| *start < max && *end > min);
        spans.sort_unstable_by(|one, other| other.cmp(one));
        json!({ "busy": spans.iter().map(|(start, end)| json!({ "start": start, "end": end })).collect::<Vec<_>>() })
    }
}

fn time(when: &Value) -> Option<DateTime<Utc>> {
    when["dateTime"].as_str()?.parse().ok()
}

fn merge(into: &mut Value, change: &Value) {
    let (Some(into), Some(change)) = (into.as_object_mut(), change.as_object()) else {
        *into = change.clone();
        return;
    };
    for (name, value) in change {
        match value {
            Value::Null => drop(into.remove(name)),
            Value::Object(_) => merge(into.entry(name.clone()).or_insert_with(|| json!({})), value),
            value => drop(into.insert(name.clone(), value.clone())),
        }
    }
}
