//! aiosmtpd, a mail server, with certificates of an authority that the tests are. <https://aiosmtpd.aio-libs.org>

use crate::Skip;
use frontdesk_core::id::EffectId;
use mail_parser::{Message, MessageParser};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// Whose the mailbox is.
pub const USERNAME: &str = "desk@harbour.example";
/// Their password.
pub const PASSWORD: &str = "password-of-the-test";
/// The address of the mailbox.
pub const FROM: &str = "desk@harbour.example";
const PROGRAM: &str = include_str!("smtp.py");

/// How the line is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// TLS once both have said hello; nothing is taken before it, nor without a login.
    StartTls,
    /// TLS from the first byte, and a login.
    Implicit,
    /// Not at all, and nobody has to log in.
    Plain,
}

/// A certificate and its key, made by an authority; PEM.
struct Signed {
    root: String,
    certificate: String,
    key: String,
}

fn signed(names: &str) -> Signed {
    let mut root = CertificateParams::new(Vec::new()).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_key = KeyPair::generate().unwrap();
    let root_certificate = root.self_signed(&root_key).unwrap();
    let names: Vec<_> = names.split(' ').map(str::to_owned).collect();
    let leaf = CertificateParams::new(names).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = leaf.signed_by(&key, &Issuer::new(root, root_key)).unwrap();
    Signed { root: root_certificate.pem(), certificate: certificate.pem(), key: key.serialize_pem() }
}

/// The certificate of an authority that signed none of the servers'; PEM.
///
/// # Panics
/// When no key can be made.
#[must_use]
pub fn another_authority() -> String {
    signed("localhost").root
}

/// A mail server; it ends when this is dropped, or with the tests.
#[derive(Debug)]
pub struct Server {
    child: Child,
    folder: tempfile::TempDir,
    line: Line,
    port: u16,
    root: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the server knows about a mail that it took.
#[derive(Debug, Clone)]
pub struct Taken {
    content: Vec<u8>,
    /// Who sent it (`from`), whom to (`to`, a list), and how: `hello`, `tls`, `authenticated`, `peer`.
    pub told: serde_json::Value,
}

impl Taken {
    /// The mail, as somebody else's parser reads it.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    pub fn message(&self) -> Message<'_> {
        MessageParser::default().parse(&self.content).expect("a mail")
    }

    /// The mail as it came.
    ///
    /// # Panics
    /// When it is no text.
    #[must_use]
    pub fn raw(&self) -> &str {
        std::str::from_utf8(&self.content).expect("text")
    }
}

/// A Python that has aiosmtpd.
#[expect(clippy::disallowed_methods, reason = "what a test run has is told by its environment")]
fn python() -> Result<String, String> {
    let named = std::env::var("FRONTDESK_TEST_SMTP_PYTHON").ok();
    let known = ["python3", "/usr/bin/python3"].map(str::to_owned);
    let has = |python: &String| {
        let asked = Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    named.into_iter().chain(known).find(has).ok_or_else(|| "no Python here has aiosmtpd".to_owned())
}

impl Server {
    /// Starts one; `None` when there is no aiosmtpd here.
    ///
    /// # Panics
    /// When it is required and absent.
    #[must_use]
    pub fn start(line: Line) -> Option<Self> {
        Self::start_as(line, "localhost 127.0.0.1")
    }

    /// Starts one whose certificate holds these names.
    ///
    /// # Panics
    /// When it is required and absent.
    #[must_use]
    pub fn start_as(line: Line, names: &str) -> Option<Self> {
        Skip::from_env().unless("smtp", Self::begin(line, names))
    }

    fn begin(line: Line, names: &str) -> Result<Self, String> {
        let told = |error: std::io::Error| error.to_string();
        let (python, signed) = (python()?, signed(names));
        let folder = tempfile::tempdir().map_err(told)?;
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).map(|()| path).map_err(told)
        };
        let mut command = Command::new(python);
        command.arg(file("server.py", PROGRAM)?);
        command.args([
            "--tls",
            match line {
                Line::StartTls => "starttls",
                Line::Implicit => "implicit",
                Line::Plain => "none",
            },
        ]);
        command.arg("--folder").arg(folder.path());
        command.arg("--certificate").arg(file("certificate.pem", &signed.certificate)?);
        command.arg("--key").arg(file("key.pem", &signed.key)?);
        if line != Line::Plain {
            command.args(["--username", USERNAME, "--password", PASSWORD]);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(told)?;
        let mut said = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut said).map_err(told)?;
        }
        let port = said.trim().parse().map_err(|_| "aiosmtpd does not start".to_owned())?;
        Ok(Self { child, folder, line, port, root: signed.root })
    }

    /// How the line is kept from others.
    #[must_use]
    pub fn line(&self) -> Line {
        self.line
    }

    /// Its port, on loopback.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of the authority that signed its own; PEM.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }

    /// What it took for an effect, in the order in which it came.
    ///
    /// # Panics
    /// When its folder cannot be read.
    #[must_use]
    pub fn taken(&self, effect: &EffectId) -> Vec<Taken> {
        self.kept(&effect.to_string())
    }

    /// All that it took, in the order in which it came.
    ///
    /// # Panics
    /// When its folder cannot be read.
    #[must_use]
    pub fn all(&self) -> Vec<Taken> {
        self.kept("")
    }

    /// The mails whose Message-ID begins like this.
    fn kept(&self, begins: &str) -> Vec<Taken> {
        let mut files: Vec<(u32, PathBuf)> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "eml"))
            .filter_map(|path| {
                let name = path.file_stem()?.to_str()?;
                let number = name.rsplit('.').next()?.parse().ok()?;
                name.starts_with(begins).then(|| (number, path.clone()))
            })
            .collect();
        files.sort();
        let read = |path: PathBuf| Taken {
            content: fs::read(&path).unwrap(),
            told: serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap(),
        };
        files.into_iter().map(|(_, path)| read(path)).collect()
    }
}
