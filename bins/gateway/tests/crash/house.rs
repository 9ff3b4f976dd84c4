//! A gateway in a process of its own, and a carrier that survives it, on ports of their own.

use crate::{
    carrier::{Carrier, SANDBOX_TOKEN},
    database::{Database, run_sql},
    desk::{Desk, TOKEN},
};
use frontdesk_testkit::servers::free_port;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long everything may take to come to its end once nobody is killed any more.
const PATIENCE: Duration = Duration::from_secs(60);

const CALLS: &str = "/api/v1/calls?limit=500";
const EFFECTS: &str = "/api/v1/effects?limit=500";

/// The gateway that is killed: the one that was built along with this test, or the release build where it is named.
fn binary() -> OsString {
    std::env::var_os("FRONTDESK_TEST_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_gateway").into())
}

/// How often the gateway is killed on each database and with each carrier.
pub(crate) fn kills() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a test is told by its environment how long to run")]
    let asked = std::env::var("FRONTDESK_TEST_KILLS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(4)
}

/// The carrier, the gateway and their papers.
pub(crate) struct House {
    folder: TempDir,
    database: Database,
    gateway_port: u16,
    carrier_port: u16,
    carrier: Carrier,
    /// The sandbox, which has a process of its own; vendors live in the test's.
    sandbox: Option<Child>,
    gateway: Option<Child>,
    client: reqwest::Client,
}

impl House {
    pub(crate) fn build(database: Database, carrier: Carrier) -> Self {
        Self::build_with(database, carrier, "")
    }

    /// One with these sections of the configuration besides.
    pub(crate) fn build_with(database: Database, carrier: Carrier, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (gateway_port, carrier_port) = (free_port(), free_port());
        let url = match &database {
            Database::Sqlite => format!("sqlite://{}", folder.path().join("gateway.db").display()),
            Database::Postgres { url, .. } => url.clone(),
        };
        let config = format!(
            r#"
[server]
listen = "127.0.0.1:{gateway_port}"
public_url = "http://127.0.0.1:{gateway_port}"
data = "{data}"
admin_token = "{TOKEN}"
[database]
url = "{url}"
[jobs]
lease = "15s"
lookup_after = "{lookup_after}"
rescue_after = "40s"
[limits]
per_minute = 1000000
webhooks_per_second = 100000
{carrier_lines}{more}[businesses.clinic]
name = "Crash Clinic"
phone = "+15005550000"
time_zone = "UTC"
hours = "00:00-24:00"
per_day = 1000000
per_week = 1000000
[businesses.clinic.policy]
tries = 2
gaps = ["1s"]
message_gap = "1s"
deadline = "0s"
ring_seconds = 5
call_limit = "5s"
"#,
            data = folder.path().join("data").display(),
            lookup_after = carrier.lookup_after(),
            carrier_lines = carrier.config(carrier_port),
        );
        std::fs::write(folder.path().join("frontdesk.toml"), config).unwrap();
        let process = || {
            Command::new(binary())
                .args(["--config", "frontdesk.toml", "sandbox", "--listen", &format!("127.0.0.1:{carrier_port}")])
                .args(["--journal", "carrier.jsonl", "--gateway", &format!("http://127.0.0.1:{gateway_port}")])
                .current_dir(folder.path())
                .stdout(Stdio::null())
                .stderr(log(&folder, "carrier.log"))
                .spawn()
                .unwrap()
        };
        let sandbox = matches!(carrier, Carrier::Sandbox).then(process);
        carrier.meet(&format!("http://127.0.0.1:{gateway_port}"));
        // The tests of one process share it; a second installation changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
        Self { folder, database, gateway_port, carrier_port, carrier, sandbox, gateway: None, client }
    }

    /// Puts a file beside the configuration.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Starts the gateway and waits until it takes requests.
    pub(crate) async fn open(&mut self) {
        let child = Command::new(binary())
            .args(["--config", "frontdesk.toml", "serve"])
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(log(&self.folder, "gateway.log"))
            .spawn()
            .unwrap();
        self.gateway = Some(child);
        let ready = format!("http://127.0.0.1:{}/readyz", self.gateway_port);
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if self.client.get(&ready).send().await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            if let Some(status) = self.gateway.as_mut().unwrap().try_wait().unwrap() {
                panic!("the gateway ended by itself with {status}: {}", self.last_words());
            }
            assert!(Instant::now() < deadline, "the gateway did not come up: {}", self.last_words());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("gateway.log")).unwrap_or_default();
        log.lines().rev().take(20).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    pub(crate) fn kill(&mut self) {
        let mut child = self.gateway.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    pub(crate) fn desk(&self) -> Desk {
        Desk { base: format!("http://127.0.0.1:{}", self.gateway_port), client: self.client.clone() }
    }

    /// Waits until every appointment and every call has come to an end.
    pub(crate) async fn settle(&self, at_least: usize, end: &[&str]) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let appointments = self.appointments().await;
            let open = appointments.values().filter(|status| !end.contains(&status.as_str())).count();
            let calls = self.desk().rows(CALLS).await;
            let live: Vec<_> = calls.iter().filter(|call| call["state"] != "ended").collect();
            if open + live.len() == 0 && appointments.len() >= at_least {
                return;
            }
            if Instant::now() > deadline {
                let is_open = |id: &Value| {
                    id.as_str()
                        .and_then(|id| appointments.get(id))
                        .is_some_and(|status| !end.contains(&status.as_str()))
                };
                let is_live = |id: &Value| live.iter().any(|call| call["id"] == *id);
                let effects = self.effect_rows().await;
                let at_fault = |it: &&Value| is_open(&it["appointment_id"]) || is_live(&it["call_id"]);
                let why: Vec<_> = effects.iter().filter(at_fault).map(Value::to_string).collect();
                let last = self.last_words();
                panic!("{open} appointments are still open, and calls: {live:#?}\n{}\n{last}", why.join("\n"));
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// Every appointment's id and status.
    pub(crate) async fn appointments(&self) -> BTreeMap<String, String> {
        self.desk().list("/api/v1/appointments?limit=500", "status").await
    }

    /// Every call's id and state.
    pub(crate) async fn calls(&self) -> BTreeMap<String, String> {
        self.desk().list(CALLS, "state").await
    }

    /// Every effect's id and state.
    pub(crate) async fn effects(&self) -> BTreeMap<String, String> {
        self.desk().list(EFFECTS, "state").await
    }

    /// Every effect.
    pub(crate) async fn effect_rows(&self) -> Vec<Value> {
        self.desk().rows(EFFECTS).await
    }

    pub(crate) fn carrier(&self) -> &Carrier {
        &self.carrier
    }

    /// What the sandbox counted.
    pub(crate) async fn sandbox_stats(&self) -> Value {
        let url = format!("http://127.0.0.1:{}/sandbox/carrier/v1/stats", self.carrier_port);
        self.client.get(url).bearer_auth(SANDBOX_TOKEN).send().await.unwrap().json().await.unwrap()
    }

    /// Ends both processes and leaves nothing behind.
    pub(crate) async fn close(mut self) {
        self.kill();
        if let Database::Postgres { admin, name, .. } = &self.database {
            run_sql(admin, &format!("drop database {name} with (force)")).await;
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        for child in self.gateway.iter_mut().chain(&mut self.sandbox) {
            // Already gone is as good.
            drop(child.kill());
            drop(child.wait());
        }
    }
}

fn log(folder: &TempDir, name: &str) -> Stdio {
    let path: PathBuf = folder.path().join(name);
    std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap().into()
}
