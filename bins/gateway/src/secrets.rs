//! Secrets the gateway makes for itself at first start, and keeps in the data folder where only its user can read them.

use crate::{clock, config::Config, failure::Failure};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// What is said of an admin token that could be guessed.
pub const SHORT: &str = "shorter than 16 characters; take a longer one, or take it out and one is made";

/// Whether a token is so short that it could be guessed.
#[must_use]
pub fn short(token: &SecretString) -> bool {
    token.expose_secret().chars().count() < 16
}

/// What opens and signs things.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// Opens API and pages.
    pub admin_token: SecretString,
    /// Signs session cookies.
    pub session: SecretString,
    /// Opens the calendar feed.
    pub feed: SecretString,
    /// Sign links in messages: the first one; the others have.
    pub links: Vec<SecretString>,
    /// What notifications of the calendar bring along.
    pub calendar: SecretString,
    /// Opens the pretended carrier's API.
    pub account_token: SecretString,
    /// Signs the pretended carrier's callbacks.
    pub webhook_secret: SecretString,
}

impl Secrets {
    /// Reads what is kept in the data folder, and makes what is not there yet.
    ///
    /// # Errors
    /// When the folder cannot be written or a kept secret cannot be read.
    pub fn keep(config: &Config) -> Result<Self, Failure> {
        make_folder(&config.data).map_err(|error| unusable(&config.data, &error))?;
        let key = match &config.site_key {
            Some(key) => key.expose_secret().trim().to_owned(),
            None => kept(&config.data.join("site.key"))?,
        };
        let derived = |purpose: &str| -> SecretString {
            let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
            mac.update(purpose.as_bytes());
            hex::encode(mac.finalize().into_bytes()).into()
        };
        let admin_token = match &config.admin_token {
            Some(token) => token.clone(),
            None => kept(&config.data.join("admin.token"))?.into(),
        };
        let or_derived =
            |given: &Option<SecretString>, purpose: &str| given.clone().unwrap_or_else(|| derived(purpose));
        Ok(Self {
            admin_token,
            session: derived("session"),
            feed: derived("calendar feed"),
            links: [or_derived(&config.links.secret, "links")].into_iter().chain(config.links.old.clone()).collect(),
            calendar: derived("calendar notifications"),
            account_token: or_derived(&config.sandbox.account_token, "sandbox account"),
            webhook_secret: or_derived(&config.sandbox.webhook_secret, "sandbox webhooks"),
        })
    }

    /// The admin token as it is, without making one.
    #[must_use]
    pub fn admin_token(config: &Config) -> Option<SecretString> {
        let kept =
            || fs::read_to_string(config.data.join("admin.token")).ok().map(|text| text.trim().to_owned().into());
        config.admin_token.clone().or_else(kept)
    }

    /// The address that signs somebody in.
    #[must_use]
    pub fn sign_in_link(&self, base: &str) -> String {
        let token: String = url::form_urlencoded::byte_serialize(self.admin_token.expose_secret().as_bytes()).collect();
        format!("{}/sign-in?token={token}", base.trim_end_matches('/'))
    }
}

/// The secret in this file; made when there is none.
fn kept(path: &Path) -> Result<String, Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = clock::secret();
    let written = options.open(path).and_then(|mut file| {
        writeln!(file, "{made}")?;
        file.sync_all()
    });
    match written {
        Ok(()) => Ok(made),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(path).map_err(|error| unusable(path, &error))?;
            let text = text.trim();
            if text.len() < 16 {
                let shown = path.display();
                return Err(Failure::broken(format!("{shown} holds no secret; delete it, and a new one is made")));
            }
            Ok(text.to_owned())
        }
        Err(error) => Err(unusable(path, &error)),
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    let shown = path.display();
    Failure::broken(format!(
        "{shown} cannot be used ({error}); check its rights, or set FRONTDESK_DATA to another folder"
    ))
}
