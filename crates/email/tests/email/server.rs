//! The mail server of the tests: aiosmtpd, with certificates of an authority that the tests are.

use frontdesk_core::{id::EffectId, personal::Email};
use frontdesk_email::{Config, Login, Smtp, Tls};
use frontdesk_testkit::Skip;
use mail_parser::{Message, MessageParser};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

pub(crate) const USERNAME: &str = "desk@harbour.example";
pub(crate) const PASSWORD: &str = "password-of-the-test";
pub(crate) const FROM: &str = "desk@harbour.example";

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
pub(crate) fn another_authority() -> String {
    signed("localhost").root
}

/// A mail server; it ends when this is dropped, or with the tests.
pub(crate) struct Server {
    child: Child,
    folder: tempfile::TempDir,
    tls: Tls,
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
pub(crate) struct Taken {
    content: Vec<u8>,
    pub(crate) told: serde_json::Value,
}

impl Taken {
    pub(crate) fn message(&self) -> Message<'_> {
        MessageParser::default().parse(&self.content).expect("a mail")
    }

    pub(crate) fn raw(&self) -> &str {
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
    pub(crate) fn start(tls: Tls) -> Option<Self> {
        Self::start_as(tls, "localhost 127.0.0.1")
    }

    /// Starts one whose certificate holds these names.
    pub(crate) fn start_as(tls: Tls, names: &str) -> Option<Self> {
        Skip::from_env().unless("smtp", Self::begin(tls, names))
    }

    /// The one with STARTTLS that tests share.
    pub(crate) fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Server>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(Tls::StartTls)).as_ref()
    }

    fn begin(tls: Tls, names: &str) -> Result<Self, String> {
        let told = |error: std::io::Error| error.to_string();
        let (python, signed) = (python()?, signed(names));
        let folder = tempfile::tempdir().map_err(told)?;
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).map(|()| path).map_err(told)
        };
        let mut command = Command::new(python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/email/server.py"));
        command.args([
            "--tls",
            match tls {
                Tls::StartTls => "starttls",
                Tls::Implicit => "implicit",
                Tls::Off => "none",
            },
        ]);
        command.arg("--folder").arg(folder.path());
        command.arg("--certificate").arg(file("certificate.pem", &signed.certificate)?);
        command.arg("--key").arg(file("key.pem", &signed.key)?);
        if tls != Tls::Off {
            command.args(["--username", USERNAME, "--password", PASSWORD]);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(told)?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).map_err(told)?;
        }
        let port = line.trim().parse().map_err(|_| "aiosmtpd does not start".to_owned())?;
        Ok(Self { child, folder, tls, port, root: signed.root })
    }

    /// How it is reached.
    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new("127.0.0.1", self.port, Email::parse(FROM).unwrap());
        config.tls = self.tls;
        config.root_certificates = Some(self.root.clone());
        if self.tls != Tls::Off {
            config.login = Some(Login { username: USERNAME.to_owned(), password: PASSWORD.into() });
        }
        config
    }

    /// An adapter that reaches it.
    pub(crate) fn smtp(&self) -> Smtp {
        Smtp::new(&self.config()).unwrap()
    }

    /// What it took for an effect, in the order in which it came.
    pub(crate) fn taken(&self, effect: &EffectId) -> Vec<Taken> {
        let mut names: Vec<_> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "eml"))
            .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(&effect.to_string()))
            .collect();
        names.sort();
        let read = |path: std::path::PathBuf| Taken {
            content: fs::read(&path).unwrap(),
            told: serde_json::from_slice(&fs::read(path.with_extension("json")).unwrap()).unwrap(),
        };
        names.into_iter().map(read).collect()
    }
}
