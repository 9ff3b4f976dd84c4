//! What the adapter must know.

use frontdesk_core::personal::Email;
use secrecy::SecretString;
use std::{net::IpAddr, time::Duration};

/// What the adapter must know. [`Config::new`] fills in everything but the login.
#[derive(Debug, Clone)]
pub struct Config {
    /// The server that takes our mail, by name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the line to it is kept secret.
    pub tls: Tls,
    /// How we prove who we are; `None`: not at all.
    pub login: Option<Login>,
    /// Whom mail comes from. Most servers take only addresses of the account, and receivers trust only those whose domain
    /// names the server (SPF, DKIM).
    pub from: Email,
    /// The name in front of it, where a message brings none along.
    pub from_name: Option<String>,
    /// Where answers go, if not to `from`.
    pub reply_to: Option<Email>,
    /// What we call ourselves to the server (EHLO); the domain of `from` if unset.
    pub hello: Option<String>,
    /// Certificates (PEM) of authorities that are trusted besides the public ones: a company's own.
    pub root_certificates: Option<String>,
    /// Whether an invitation is attached as `invite.ics` as well. It always goes along as a part of its own, which some
    /// programs do not show.
    pub attach_invitation: bool,
    /// How many lines to the server are open at once; 1 at the least.
    pub connections: usize,
    /// How long opening a line may take, with TLS and login.
    pub connect_within: Duration,
    /// How long sending may take altogether, with waiting for a line and opening it. Servers look through a mail before
    /// they take it, and what is not waited for is left in doubt. Whoever runs it must not give up earlier.
    pub send_within: Duration,
}

/// How the line is kept secret. What is wanted is required: a server without it gets nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// It begins in the open, and goes on in TLS before anything of ours is said (port 587, RFC 3207).
    StartTls,
    /// In TLS from the first byte (port 465, RFC 8314).
    Implicit,
    /// In the open: for a relay on this machine or in this network, and for trials. No password goes over it to another
    /// machine.
    Off,
}

impl Tls {
    /// What is usual at a port: TLS from the first byte at 465, STARTTLS everywhere else.
    #[must_use]
    pub fn at(port: u16) -> Self {
        if port == 465 { Self::Implicit } else { Self::StartTls }
    }

    /// Reads `starttls`, `implicit` or `none`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "starttls" => Some(Self::StartTls),
            "implicit" => Some(Self::Implicit),
            "none" => Some(Self::Off),
            _ => None,
        }
    }
}

/// How we prove who we are.
#[derive(Debug, Clone)]
pub struct Login {
    /// The account, often an address.
    pub username: String,
    /// Its password. Gmail and others want one that is made for a program ("app password").
    /// <https://support.google.com/accounts/answer/185833>
    pub password: SecretString,
}

impl Config {
    /// Sends from this address through this server, without a login.
    #[must_use]
    pub fn new(host: impl Into<String>, port: u16, from: Email) -> Self {
        Self {
            host: host.into(),
            port,
            tls: Tls::at(port),
            login: None,
            from,
            from_name: None,
            reply_to: None,
            hello: None,
            root_certificates: None,
            attach_invitation: true,
            connections: 4,
            connect_within: Duration::from_secs(15),
            send_within: Duration::from_secs(45),
        }
    }

    /// The host without the brackets around an IPv6 address.
    pub(crate) fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Whether the server is this machine.
    pub(crate) fn is_here(&self) -> bool {
        let host = self.bare_host();
        host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    }
}

/// A configuration that cannot work. Tells no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadConfig {
    /// No server could be called that.
    #[error("the mail server's host is no name or address; write it like smtp.example.com, without a port")]
    Host,
    /// Mail cannot come from there.
    #[error("mail cannot come from this address; write it like desk@example.com, in ASCII before the @")]
    From,
    /// Answers cannot go there.
    #[error("answers to mail cannot go to this address; write it like desk@example.com")]
    ReplyTo,
    /// Nobody is called that.
    #[error("the name for EHLO is no host name; write it like desk.example.com, or leave it out")]
    Hello,
    /// No certificates.
    #[error("the root certificates cannot be read; give them in PEM, each between its BEGIN and END lines")]
    Roots,
    /// Anybody on the way could read it.
    #[error("without TLS the password would go over the network in the open; set tls to starttls or implicit")]
    PasswordInTheOpen,
}
