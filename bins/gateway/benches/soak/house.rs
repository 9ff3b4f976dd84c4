//! The release binary with its database, and whoever its alerts are told to.

use super::load;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, Sender, channel},
    time::{Duration, Instant},
};

const TOKEN: &str = "soak-admin-token-of-some-length";

/// A gateway in a process of its own.
pub(crate) struct House {
    pub(crate) port: u16,
    child: Child,
    database: PathBuf,
    told: Receiver<String>,
}

impl House {
    /// Starts it: one rule fires when nobody rings, and is over when somebody does.
    pub(crate) fn open(folder: &Path) -> Self {
        let (sender, told) = channel();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let webhook = listener.local_addr().expect("it is bound");
        std::thread::spawn(move || listen(&listener, &sender));
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let config = format!(
            "[alerts.silence]\nwhen = \"no_calls\"\nflow = \"ivr\"\nover = \"20s\"\nwebhook = [\"desk\"]\n\
             [webhooks.desk]\nurl = \"http://{webhook}/\"\nsecret = \"whsec_c29hay1zZWNyZXQtb2Ytc29tZS1sZW5ndGg=\"\n\
             [jobs]\nlook_at_alerts = \"5s\"\n[limits]\nwebhooks_per_second = 1000000\n"
        );
        std::fs::write(folder.join("frontdesk.toml"), config).expect("the folder can be written");
        let child = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .arg("serve")
            .env("FRONTDESK_LISTEN", free.to_string())
            .env("EXOTEL_WEBHOOK_SECRET", load::SECRET)
            .env("FRONTDESK_ADMIN_TOKEN", TOKEN)
            .env("RUST_LOG", "error")
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the binary starts");
        let house = Self { port: free.port(), child, database: folder.join("data/frontdesk.db"), told };
        let begun = Instant::now();
        while load::get(house.port, "/livez", TOKEN).is_none() {
            assert!(begun.elapsed() < Duration::from_secs(20), "the gateway did not come up");
            std::thread::yield_now();
        }
        house
    }

    /// What its memory holds, in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().split(' ').next()).and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    /// Waits until the silence is told, and counts what was told in all.
    pub(crate) fn quiet_down(&mut self) -> String {
        let mut told = Vec::new();
        // Longer than the silence the rule waits for; then as long again, in case it is told once more.
        let mut patience = Duration::from_secs(120);
        while let Ok(kind) = self.told.recv_timeout(patience) {
            told.push(kind);
            patience = Duration::from_secs(30);
        }
        let firing = told.iter().filter(|kind| *kind == "alert.firing").count();
        assert!(told.windows(2).all(|pair| pair[0] != pair[1]), "an alert was told twice: {told:?}");
        assert_eq!(told.last().map(String::as_str), Some("alert.firing"), "the silence was not told: {told:?}");
        format!("alerts told: {firing} firing, {} over, each once", told.len() - firing)
    }

    /// How many presses the database holds.
    pub(crate) fn kept(&mut self) -> u64 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            use sqlx::{ConnectOptions, Connection};
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&self.database).read_only(true);
            let mut conn = options.connect().await.expect("the database opens");
            let kept: i64 = sqlx::query_scalar("select count(*) from ivr_presses")
                .fetch_one(&mut conn)
                .await
                .expect("the database answers");
            conn.close().await.expect("it closes");
            u64::try_from(kept).expect("a count")
        })
    }

    pub(crate) fn close(mut self) {
        self.child.kill().expect("it is ours to end");
        self.child.wait().expect("it ends");
    }
}

/// Takes webhooks, and says what kind each of them is.
fn listen(listener: &TcpListener, told: &Sender<String>) {
    for stream in listener.incoming().flatten() {
        if let Some(kind) = take(stream)
            && told.send(kind).is_err()
        {
            return;
        }
    }
}

fn take(stream: TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let (mut length, mut line) = (0, String::new());
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    reader.get_mut().write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").ok()?;
    let body: serde_json::Value = serde_json::from_slice(&body).ok()?;
    Some(body["type"].as_str()?.to_owned())
}
