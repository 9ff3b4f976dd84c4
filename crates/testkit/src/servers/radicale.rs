//! Radicale, a CalDAV server, with a user, a calendar, and a folder that is thrown away. <https://radicale.org>

use crate::Skip;
use std::{
    io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::net::TcpStream;
use url::Url;

/// Its only user.
pub const USER: &str = "desk";
/// Their password.
pub const PASSWORD: &str = "password-of-the-test";
/// The calendar that is there from the beginning.
pub const CALENDAR: &str = "appointments";

/// So often it is tried to reach it; it takes a second or two to come up.
const TRIES: u32 = 600;

/// A server; it ends when this is dropped.
#[derive(Debug)]
pub struct Radicale {
    server: Child,
    folder: tempfile::TempDir,
    http: reqwest::Client,
    root: Url,
}

impl Drop for Radicale {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Radicale {
    /// A server with one calendar, [`CALENDAR`]; `None` where none is installed and none is required. `http` is whom the
    /// desk's own calendar program asks with.
    ///
    /// # Panics
    /// When it is required and absent, or takes no calendar.
    pub async fn start(http: reqwest::Client) -> Option<Self> {
        let server = Skip::from_env().unless("radicale", Self::run(http).await)?;
        server.make(CALENDAR).await;
        Some(server)
    }

    async fn run(http: reqwest::Client) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        // The port is freed and taken again by the server: should somebody else be quicker, another one is tried.
        for _ in 0..5 {
            let port = super::free_port();
            let mut server = spawn(folder.path(), port)?;
            for _ in 0..TRIES {
                if let Some(ended) = server.try_wait()? {
                    let log = std::fs::read_to_string(folder.path().join("log"))?;
                    if log.contains("in use") {
                        break;
                    }
                    return Err(io::Error::other(format!("it ended ({ended}): {log}")));
                }
                if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                    let root = Url::parse(&format!("http://127.0.0.1:{port}/")).map_err(io::Error::other)?;
                    return Ok(Self { server, folder, http, root });
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            let _ = server.kill();
            let _ = server.wait();
        }
        Err(io::Error::other("it does not come up"))
    }

    /// Its root.
    #[must_use]
    pub fn root(&self) -> Url {
        self.root.clone()
    }

    /// Where a calendar is.
    ///
    /// # Panics
    /// When the name makes no address.
    #[must_use]
    pub fn calendar(&self, name: &str) -> Url {
        self.root.join(&format!("{USER}/{name}/")).unwrap()
    }

    /// Makes a calendar.
    ///
    /// # Panics
    /// When the server does not.
    pub async fn make(&self, name: &str) {
        assert_eq!(self.ask("MKCALENDAR", &self.calendar(name), String::new()).await.0, 201);
    }

    /// The resources of a calendar, as they lie on the disk of the server.
    ///
    /// # Panics
    /// When there is no such calendar.
    #[must_use]
    pub fn objects(&self, calendar: &str) -> Vec<String> {
        let folder = self.folder.path().join("store/collection-root").join(USER).join(calendar);
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|kind| kind == "ics"));
        files.sort();
        files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
    }

    /// What somebody at the desk does with a calendar program: the status of the answer, and what it says.
    ///
    /// # Panics
    /// When nothing is answered.
    pub async fn ask(&self, method: &str, url: &Url, body: String) -> (u16, String) {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.http.request(method, url.clone()).basic_auth(USER, Some(PASSWORD));
        let response = request.header("content-type", "text/calendar; charset=utf-8").body(body).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Reads an object.
    ///
    /// # Panics
    /// When it is not there.
    pub async fn get(&self, url: &Url) -> String {
        let (status, text) = self.ask("GET", url, String::new()).await;
        assert_eq!(status, 200, "{text}");
        text
    }

    /// Writes an object.
    ///
    /// # Panics
    /// When the server does not take it.
    pub async fn put(&self, url: &Url, object: &str) {
        let (status, text) = self.ask("PUT", url, object.to_owned()).await;
        assert!((200..300).contains(&status), "{status} {text}");
    }
}

fn spawn(folder: &Path, port: u16) -> io::Result<Child> {
    let path = |name: &str| folder.join(name).display().to_string();
    std::fs::write(path("users"), format!("{USER}:{PASSWORD}\n"))?;
    let config = format!(
        "[server]\nhosts = 127.0.0.1:{port}\n[auth]\ntype = htpasswd\nhtpasswd_filename = {}\n\
         htpasswd_encryption = plain\ndelay = 0\n[storage]\nfilesystem_folder = {}\n[rights]\ntype = owner_only\n",
        path("users"),
        path("store")
    );
    std::fs::write(path("config"), config)?;
    let log = std::fs::File::create(path("log"))?;
    Command::new("radicale")
        .args(["--config", &path("config")])
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
}
