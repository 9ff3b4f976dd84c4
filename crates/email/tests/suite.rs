//! The port's own laws, as every adapter keeps them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "email/server.rs"]
#[expect(dead_code, reason = "shared with the adapter's own laws")]
mod server;

use frontdesk_core::personal::Email;
use frontdesk_email::{Config, Login, Smtp, Tls};
use frontdesk_testkit::{
    servers::free_port,
    suite::{call_provider::keeps_secrets, notifier},
};
use server::{FROM, PASSWORD, Server, USERNAME};

#[tokio::test]
async fn messages() {
    let Some(server) = Server::start(Tls::StartTls) else { return };
    let smtp = server.smtp();
    notifier::a_channel_it_does_not_serve_is_unsupported(&smtp).await;
    notifier::a_channel_it_serves_takes_a_message_and_finds_it_again(&smtp).await;
    notifier::a_message_never_sent_is_not_found(&smtp).await;
}

fn dead() -> Config {
    // An address of this machine where nobody listens.
    let mut config = Config::new("127.0.0.1", free_port(), Email::parse(FROM).unwrap());
    config.login = Some(Login { username: USERNAME.to_owned(), password: PASSWORD.into() });
    config
}

#[tokio::test]
async fn nobody_listening_means_surely_nothing_was_sent() {
    notifier::nobody_listening_means_surely_nothing_was_sent(&Smtp::new(&dead()).unwrap(), &[PASSWORD, USERNAME]).await;
}

#[test]
fn its_configuration_keeps_its_secrets() {
    keeps_secrets(&format!("{:?}", dead()), &[PASSWORD]);
}
