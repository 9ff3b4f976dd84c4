//! What a client of the API does: books until answered, and reads everything at the end.

use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

pub(crate) const TOKEN: &str = "crash-test-admin-token";

/// What a client of the API needs.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) base: String,
    pub(crate) client: reqwest::Client,
}

impl Desk {
    /// Books until answered; `None` when the load ends first.
    pub(crate) async fn book(&self, key: &str, phone: &str, stop: &AtomicBool) -> Option<String> {
        let body = json!({
            "customer": { "name": "Crash Test", "phone": phone, "email": "crash@example.com" },
            "starts_at": "2099-01-01T10:00:00Z",
            "confirm": "now",
        });
        while !stop.load(Ordering::Relaxed) {
            let request = self.client.post(format!("{}/api/v1/appointments", self.base)).bearer_auth(TOKEN);
            let Ok(answer) = request.header("Idempotency-Key", key).json(&body).send().await else {
                tokio::time::sleep(Duration::from_millis(5)).await;
                continue;
            };
            let status = answer.status();
            let Ok(answer) = answer.json::<Value>().await else { continue };
            if status.is_success() {
                return Some(answer["id"].as_str().unwrap().to_owned());
            }
            assert!(status.is_server_error(), "booking was refused with {status}: {answer}");
        }
        None
    }

    /// One member of every item, by its id.
    pub(crate) async fn list(&self, path: &str, member: &str) -> BTreeMap<String, String> {
        let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
        self.rows(path).await.iter().map(|item| (text(item, "id"), text(item, member))).collect()
    }

    /// Every item.
    pub(crate) async fn rows(&self, path: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut url = reqwest::Url::parse(&format!("{}{path}", self.base)).unwrap();
            if let Some(cursor) = &cursor {
                url.query_pairs_mut().append_pair("cursor", cursor);
            }
            let page: Value = self.client.get(url).bearer_auth(TOKEN).send().await.unwrap().json().await.unwrap();
            all.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return all,
            }
        }
    }
}
