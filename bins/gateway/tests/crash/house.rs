//! A carrier and a gateway, each a process of its own, on ports of their own.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};
use tempfile::TempDir;

const TOKEN: &str = "crash-test-admin-token";
const CARRIER_TOKEN: &str = "crash-test-carrier-token";
const CARRIER_SECRET: &str = "crash-test-carrier-secret";

/// How often the gateway is killed on each database.
pub(crate) fn kills() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "a test is told by its environment how long to run")]
    let asked = std::env::var("FRONTDESK_TEST_KILLS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(4)
}

/// Where the gateway keeps its rows.
pub(crate) enum Database {
    Sqlite,
    Postgres { url: String, admin: String, name: String },
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite
    }

    /// A database of our own on the server the tests were given; says so and gives none when there is no server.
    pub(crate) async fn postgres() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "a test is told by its environment which server to use")]
        let given = std::env::var("FRONTDESK_TEST_POSTGRES").ok();
        let admin = given.unwrap_or_else(|| "postgres://root@127.0.0.1:5432/postgres".to_owned());
        frontdesk_testkit::Skip::from_env().unless("postgres", PgConnection::connect(&admin).await.map(drop))?;
        let name = format!("frontdesk_crash_{}", std::process::id());
        run_sql(&admin, &format!("create database {name}")).await;
        let (base, _) = admin.rsplit_once('/').unwrap();
        Some(Self::Postgres { url: format!("{base}/{name}"), admin: admin.clone(), name })
    }

    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres { .. } => "PostgreSQL",
        }
    }
}

async fn run_sql(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}

/// The carrier, the gateway and their papers.
pub(crate) struct House {
    folder: TempDir,
    database: Database,
    gateway_port: u16,
    carrier_port: u16,
    carrier: Child,
    gateway: Option<Child>,
    client: reqwest::Client,
}

/// What a client of the API needs.
#[derive(Clone)]
pub(crate) struct Desk {
    base: String,
    client: reqwest::Client,
}

/// A port nobody listens on; the gateway comes back to it after each death.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl House {
    pub(crate) async fn build(database: Database) -> Self {
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
data = "{data}"
admin_token = "{TOKEN}"
[database]
url = "{url}"
[jobs]
lease = "15s"
lookup_after = "1s"
rescue_after = "40s"
[limits]
per_minute = 1000000
webhooks_per_second = 100000
[sandbox]
pace = 0.0
base_url = "http://127.0.0.1:{carrier_port}"
account_token = "{CARRIER_TOKEN}"
webhook_secret = "{CARRIER_SECRET}"
[businesses.clinic]
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
        );
        std::fs::write(folder.path().join("frontdesk.toml"), config).unwrap();
        let carrier = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .args(["--config", "frontdesk.toml", "sandbox", "--listen", &format!("127.0.0.1:{carrier_port}")])
            .args(["--journal", "carrier.jsonl", "--gateway", &format!("http://127.0.0.1:{gateway_port}")])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(log(&folder, "carrier.log"))
            .spawn()
            .unwrap();
        // The tests of one process share it; a second installation changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(10)).build().unwrap();
        Self { folder, database, gateway_port, carrier_port, carrier, gateway: None, client }
    }

    /// Starts the gateway and waits until it takes requests.
    pub(crate) async fn open(&mut self) {
        let child = Command::new(env!("CARGO_BIN_EXE_gateway"))
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

    /// Waits until every appointment has come to an end.
    pub(crate) async fn settle(&self, at_least: usize, end: &[&str]) {
        let deadline = Instant::now() + Duration::from_secs(180);
        loop {
            let appointments = self.appointments().await;
            let open = appointments.values().filter(|status| !end.contains(&status.as_str())).count();
            if open == 0 && appointments.len() >= at_least {
                return;
            }
            assert!(Instant::now() < deadline, "{open} appointments are still open: {}", self.last_words());
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// Every appointment's id and status.
    pub(crate) async fn appointments(&self) -> BTreeMap<String, String> {
        self.desk().list("/api/v1/appointments?limit=500", "status").await
    }

    /// Every call's id and state.
    pub(crate) async fn calls(&self) -> BTreeMap<String, String> {
        self.desk().list("/api/v1/calls?limit=500", "state").await
    }

    /// Every effect's id and state.
    pub(crate) async fn effects(&self) -> BTreeMap<String, String> {
        self.desk().list("/api/v1/effects?limit=500", "state").await
    }

    /// What the carrier counted.
    pub(crate) async fn carrier_stats(&self) -> Value {
        let url = format!("http://127.0.0.1:{}/sandbox/carrier/v1/stats", self.carrier_port);
        self.client.get(url).bearer_auth(CARRIER_TOKEN).send().await.unwrap().json().await.unwrap()
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
        for child in self.gateway.iter_mut().chain([&mut self.carrier]) {
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

    async fn list(&self, path: &str, member: &str) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut url = reqwest::Url::parse(&format!("{}{path}", self.base)).unwrap();
            if let Some(cursor) = &cursor {
                url.query_pairs_mut().append_pair("cursor", cursor);
            }
            let page: Value = self.client.get(url).bearer_auth(TOKEN).send().await.unwrap().json().await.unwrap();
            for item in page["items"].as_array().unwrap() {
                all.insert(item["id"].as_str().unwrap().to_owned(), item[member].as_str().unwrap().to_owned());
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return all,
            }
        }
    }
}
