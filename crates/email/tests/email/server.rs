//! The mail server of the tests, as this adapter is configured for it.

use frontdesk_core::{id::EffectId, personal::Email};
use frontdesk_email::{Config, Login, Smtp, Tls};
use frontdesk_testkit::servers::smtp::{self, Line};
use std::sync::OnceLock;

pub(crate) use frontdesk_testkit::servers::smtp::{FROM, PASSWORD, Taken, USERNAME};

pub(crate) struct Server(smtp::Server);

fn line(tls: Tls) -> Line {
    match tls {
        Tls::StartTls => Line::StartTls,
        Tls::Implicit => Line::Implicit,
        Tls::Off => Line::Plain,
    }
}

impl Server {
    pub(crate) fn start(tls: Tls) -> Option<Self> {
        smtp::Server::start(line(tls)).map(Self)
    }

    /// Starts one whose certificate holds these names.
    pub(crate) fn start_as(tls: Tls, names: &str) -> Option<Self> {
        smtp::Server::start_as(line(tls), names).map(Self)
    }

    /// The one with STARTTLS that tests share.
    pub(crate) fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Server>> = OnceLock::new();
        SHARED.get_or_init(|| Self::start(Tls::StartTls)).as_ref()
    }

    /// How it is reached.
    pub(crate) fn config(&self) -> Config {
        let mut config = Config::new("127.0.0.1", self.0.port(), Email::parse(FROM).unwrap());
        config.tls = match self.0.line() {
            Line::StartTls => Tls::StartTls,
            Line::Implicit => Tls::Implicit,
            Line::Plain => Tls::Off,
        };
        config.root_certificates = Some(self.0.root().to_owned());
        if config.tls != Tls::Off {
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
        self.0.taken(effect)
    }
}
