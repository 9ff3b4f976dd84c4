//! Lines to the server: opened, kept for a while, and never used again after anything went wrong on them.
//!
//! The library's own pool is not used. It takes back a line whose sending was broken off by a time-out, in the middle of a
//! mail, and answers from then on belong to other questions; and it does not tell before or after what a line was lost.

use crate::{
    config::{BadConfig, Config, Login, Tls},
    judge::{Fault, Stage},
};
use lettre::transport::smtp::{
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, Certificate, TlsParameters},
    commands::Noop,
    extension::ClientId,
};
use secrecy::ExposeSecret;
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, timeout},
};
use url::Host;

/// How long a line may lie unused: servers end it after some minutes, of which nobody hears before the next mail.
const IDLE: Duration = Duration::from_secs(45);
/// How long a line that lay unused may take to say that it is still there.
const WAKE: Duration = Duration::from_secs(3);

/// How far sending has come, to be told when it is broken off.
pub(crate) type Progress = Mutex<Stage>;

pub(crate) fn reach(progress: &Progress, stage: Stage) {
    *progress.lock().unwrap_or_else(PoisonError::into_inner) = stage;
}

/// The lines.
pub(crate) struct Lines {
    host: String,
    port: u16,
    tls: Tls,
    parameters: Option<TlsParameters>,
    hello: ClientId,
    login: Option<Login>,
    connect_within: Duration,
    permits: Semaphore,
    idle: Mutex<Vec<(Line, Instant)>>,
}

/// An open line; dropping it ends it.
type Line = AsyncSmtpConnection;

/// A line, and the right to have it.
pub(crate) struct Held<'a> {
    pub(crate) line: Line,
    _permit: SemaphorePermit<'a>,
}

impl Lines {
    pub(crate) fn new(config: &Config, domain: &str) -> Result<Self, BadConfig> {
        let bare = config.bare_host();
        Host::parse(&config.host).or_else(|_| Host::parse(&format!("[{bare}]"))).map_err(|_| BadConfig::Host)?;
        if config.tls == Tls::Off && config.login.is_some() && !config.is_here() {
            return Err(BadConfig::PasswordInTheOpen);
        }
        let hello = config.hello.as_deref().unwrap_or(domain);
        let named = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        if hello.is_empty() || hello.len() > 255 || !hello.bytes().all(named) {
            return Err(BadConfig::Hello);
        }
        Ok(Self {
            host: bare.to_owned(),
            port: config.port,
            tls: config.tls,
            parameters: (config.tls != Tls::Off).then(|| parameters(config, bare)).transpose()?,
            hello: ClientId::Domain(hello.to_owned()),
            login: config.login.clone(),
            connect_within: config.connect_within,
            permits: Semaphore::new(config.connections.clamp(1, Semaphore::MAX_PERMITS)),
            idle: Mutex::default(),
        })
    }

    /// A line that is ready for a mail.
    pub(crate) async fn take(&self, progress: &Progress) -> Result<Held<'_>, Fault> {
        reach(progress, Stage::Wait);
        let permit = self.permits.acquire().await.map_err(|_| Fault::TimedOut(Stage::Wait))?;
        while let Some(mut line) = self.rested() {
            if matches!(timeout(WAKE, line.command(Noop)).await, Ok(Ok(_))) {
                return Ok(Held { line, _permit: permit });
            }
        }
        reach(progress, Stage::Connect);
        let opened = timeout(self.connect_within, self.open(progress)).await;
        let reached = *progress.lock().unwrap_or_else(PoisonError::into_inner);
        let line = opened.unwrap_or(Err(Fault::TimedOut(reached)))?;
        Ok(Held { line, _permit: permit })
    }

    /// Keeps a line on which everything went well for the next mail.
    pub(crate) fn keep(&self, held: Held<'_>) {
        let Held { line, _permit } = held;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((line, Instant::now()));
    }

    fn rested(&self) -> Option<Line> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < IDLE);
        idle.pop().map(|(line, _)| line)
    }

    async fn open(&self, progress: &Progress) -> Result<Line, Fault> {
        let told = |stage| move |error| Fault::of(stage, &error);
        let (host, within) = ((self.host.as_str(), self.port), Some(self.connect_within));
        let implicit = self.parameters.clone().filter(|_| self.tls == Tls::Implicit);
        let line = Line::connect_tokio1(host, within, &self.hello, implicit, None).await;
        let mut line = line.map_err(told(Stage::Connect))?;
        if let Some(parameters) = self.parameters.clone().filter(|_| self.tls == Tls::StartTls) {
            reach(progress, Stage::Tls);
            line.starttls(parameters, &self.hello).await.map_err(told(Stage::Tls))?;
        }
        // What is wanted is required, whatever the library does.
        if self.tls != Tls::Off && !line.is_encrypted() {
            return Err(Fault::OutOfStep(Stage::Tls));
        }
        if let Some(login) = &self.login {
            reach(progress, Stage::Login);
            let credentials = Credentials::new(login.username.clone(), login.password.expose_secret().to_owned());
            let answer = line.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(told(Stage::Login))?;
            // An answer that was slipped in before TLS began would be that of another question.
            // <https://www.rfc-editor.org/rfc/rfc3207#section-6>
            if !answer.has_code(235) {
                return Err(Fault::OutOfStep(Stage::Login));
            }
        }
        Ok(line)
    }
}

fn parameters(config: &Config, host: &str) -> Result<TlsParameters, BadConfig> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(roots) = &config.root_certificates {
        if !roots.contains("-----BEGIN CERTIFICATE-----") {
            return Err(BadConfig::Roots);
        }
        builder = builder.add_root_certificate(Certificate::from_pem(roots.as_bytes()).map_err(|_| BadConfig::Roots)?);
    }
    builder.build_rustls().map_err(|_| BadConfig::Roots)
}
