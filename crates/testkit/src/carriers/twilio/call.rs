//! A call as Twilio keeps it.

use super::{CallView, RECORD_AFTER};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

pub(super) struct Record {
    /// What it was placed with, or how the number that was rung is set up.
    pub(super) form: Vec<(String, String)>,
    pub(super) direction: &'static str,
    pub(super) status: &'static str,
    pub(super) created: DateTime<Utc>,
    pub(super) ended: Option<DateTime<Utc>>,
    pub(super) heard: Vec<String>,
    pub(super) streams: Vec<(String, Vec<(String, String)>)>,
    pub(super) events: Vec<Value>,
    /// Where the call was sent meanwhile.
    pub(super) redirect: Option<String>,
    /// Whether it was hung up by request.
    pub(super) hung_up: bool,
}

impl Record {
    pub(super) fn new(form: Vec<(String, String)>, direction: &'static str, now: DateTime<Utc>) -> Self {
        Self {
            form,
            direction,
            status: "queued",
            created: now,
            ended: None,
            heard: Vec::new(),
            streams: Vec::new(),
            events: Vec::new(),
            redirect: None,
            hung_up: false,
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.form.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    pub(super) fn view(&self, sid: &str) -> CallView {
        CallView {
            sid: sid.to_owned(),
            status: self.status.to_owned(),
            heard: self.heard.clone(),
            streams: self.streams.clone(),
        }
    }

    /// The resource: numbers as texts, times as mail writes them, and nothing of ours but the two numbers.
    pub(super) fn resource(&self, account: &str, sid: &str) -> Value {
        let started = (self.status != "queued").then_some(self.created);
        json!({
            "sid": sid,
            "account_sid": account,
            "to": self.get("To"),
            "from": self.get("From"),
            "status": self.status,
            "direction": self.direction,
            "date_created": self.created.to_rfc2822(),
            "start_time": started.map(|at| at.to_rfc2822()),
            "end_time": self.ended.map(|at| at.to_rfc2822()),
            "duration": self.ended.map(|at| (at - self.created).num_seconds().to_string()),
            "price": null,
            "queue_time": "0",
        })
    }

    /// What is on record of its requests, once that can be read.
    pub(super) fn readable(&self, now: DateTime<Utc>) -> Vec<Value> {
        match self.ended {
            Some(ended) if ended + RECORD_AFTER <= now => self.events.clone(),
            _ => Vec::new(),
        }
    }
}
