//! A gateway of its own for each test.

use frontdesk_testkit::servers::free_port;
use serde_json::{Value, json};
use std::{
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub(crate) const TOKEN: &str = "browser-test-admin-token";
/// Opens the pretended carrier.
pub(crate) const ACCOUNT_TOKEN: &str = "browser-test-account-token";
/// Signs what that carrier tells.
pub(crate) const WEBHOOK_SECRET: &str = "browser-test-webhook-secret";

/// A gateway on the sandbox, on a port of its own, with an empty book.
pub(crate) struct House {
    folder: TempDir,
    pub(crate) base: String,
    gateway: Child,
    pub(crate) client: reqwest::Client,
}

pub(crate) fn client() -> reqwest::Client {
    // The tests of one process share it; a second installation changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap()
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with("").await
    }

    /// The same with more of a configuration.
    pub(crate) async fn with(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let config = format!(
            r#"
[server]
listen = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"
data = "{data}"
admin_token = "{TOKEN}"
[sandbox]
pace = 0.0
account_token = "{ACCOUNT_TOKEN}"
webhook_secret = "{WEBHOOK_SECRET}"
[businesses.clinic]
name = "Harbour Clinic"
phone = "+15005550000"
time_zone = "UTC"
hours = "00:00-24:00"
carriers = ["sandbox"]
per_day = 100
per_week = 100
{more}"#,
            data = folder.path().join("data").display()
        );
        std::fs::write(folder.path().join("frontdesk.toml"), config).unwrap();
        let log = std::fs::File::create(folder.path().join("gateway.log")).unwrap();
        let gateway = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .args(["--config", "frontdesk.toml", "serve"])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut house = Self { folder, base: format!("http://127.0.0.1:{port}"), gateway, client: client() };
        let ready = format!("{}/readyz", house.base);
        let deadline = Instant::now() + Duration::from_secs(30);
        while !house.client.get(&ready).send().await.is_ok_and(|answer| answer.status().is_success()) {
            let ended = house.gateway.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < deadline, "the gateway did not come up: {}", house.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        house
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("gateway.log")).unwrap_or_default()
    }

    pub(crate) async fn list(&self, what: &str) -> Vec<Value> {
        let answer = self.client.get(format!("{}/api/v1/{what}", self.base)).bearer_auth(TOKEN).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        answer["items"].as_array().unwrap().clone()
    }
}

impl House {
    /// Books an appointment, so many hours from now; says its id.
    pub(crate) async fn book(&self, business: &str, name: &str, phone: &str, hours: i64, service: &str) -> String {
        let starts = frontdesk_gateway::clock::now() + chrono::Duration::hours(hours);
        let body = json!({
            "business": business, "customer": { "name": name, "phone": phone, "email": "somebody@example.com" },
            "starts_at": starts.to_rfc3339(), "service": service, "confirm": "now",
        });
        let request = self.client.post(format!("{}/api/v1/appointments", self.base)).bearer_auth(TOKEN).json(&body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
        let booked: Value = answer.json().await.unwrap();
        booked["id"].as_str().unwrap().to_owned()
    }

    /// Waits until a list of the API is as wanted.
    pub(crate) async fn until(&self, what: &str, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let list = self.list(what).await;
            if wanted(&list) {
                return list;
            }
            assert!(
                Instant::now() < deadline,
                "{what}: {:?}\n{}",
                list.iter()
                    .map(|it| (&it["customer"]["name"], &it["status"], &it["state"], &it["reason"]))
                    .collect::<Vec<_>>(),
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        // Already gone is as good.
        drop(self.gateway.kill());
        drop(self.gateway.wait());
    }
}
