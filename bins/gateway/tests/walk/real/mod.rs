//! Seed 001's own request with real services behind it: a CalDAV server, a mail server with TLS and a login, and Twilio
//! pretended. What they hold afterwards is read back from them, by other people's parsers.

mod away;
mod inert;
mod read;
mod whole;

use crate::{
    agents::{SECRET, post, readme, tomorrow, written},
    common::{House, PATIENCE},
};
use frontdesk_gateway::{clock, wire};
use frontdesk_testkit::{
    Clock,
    carriers::{Pace, Sent, twilio},
    servers::{Gate, radicale, smtp},
};
use read::{mail, parts};
use serde_json::Value;

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "auth-token-of-the-test";
/// The README's own placeholder is a digit short of a number.
const README_NUMBER: &str = "+1234567890";
const CUSTOMER: &str = "+12345678901";
const NUMBER: &str = "+15005550009";

/// A business that may be worked for at any hour, for the tests run at any hour; nobody is asked to confirm meanwhile.
const CLINIC: &str = r#"
[businesses.clinic]
name = "Lakeside Clinic"
phone = "+15005550000"
numbers = { twilio = "+15005550009" }
time_zone = "Asia/Singapore"
hours = "00:00-24:00"
[businesses.clinic.policy]
lead = "2h"
deadline = "1h"
"#;

/// The services, and a gateway that works with them.
pub(super) struct Street {
    pub(super) calendar: radicale::Radicale,
    pub(super) post: smtp::Server,
    pub(super) twilio: twilio::Twilio,
    pub(super) calendar_gate: Gate,
    pub(super) post_gate: Gate,
    pub(super) house: House,
    _folder: tempfile::TempDir,
}

impl Street {
    /// `None` where one of the servers is neither installed nor required.
    pub(super) async fn open() -> Option<Self> {
        let http = wire::http_client().unwrap();
        let calendar = radicale::Radicale::start(http.clone()).await?;
        let post = smtp::Server::start(smtp::Line::StartTls)?;
        let (account, token) = (ACCOUNT.to_owned(), TOKEN.to_owned());
        let settings = twilio::Settings { account, token, clock: Clock::at(clock::now()), pace: Pace::FAST };
        let twilio = twilio::Twilio::start(settings, http).await.unwrap();
        let calendar_gate = Gate::before(calendar.root().port().unwrap()).await.unwrap();
        let post_gate = Gate::before(post.port()).await.unwrap();

        let folder = tempfile::tempdir().unwrap();
        let roots = folder.path().join("roots.pem");
        std::fs::write(&roots, post.root()).unwrap();
        let toml = format!("{CLINIC}\n[email]\nroot_certificates = {roots:?}\n");
        let mut calendar_url = calendar.calendar(radicale::CALENDAR);
        calendar_url.set_port(Some(calendar_gate.port())).unwrap();
        let (twilio_url, port) = (twilio.url(), post_gate.port().to_string());
        let variables = [
            ("WEBHOOK_SECRET", SECRET),
            ("CALDAV_URL", calendar_url.as_str()),
            ("CALDAV_USERNAME", radicale::USER),
            ("CALDAV_PASSWORD", radicale::PASSWORD),
            ("EMAIL_FROM", smtp::FROM),
            ("EMAIL_PASSWORD", smtp::PASSWORD),
            ("SMTP_SERVER", "127.0.0.1"),
            ("SMTP_PORT", port.as_str()),
            ("TWILIO_SID", ACCOUNT),
            ("TWILIO_AUTH", TOKEN),
            ("TWILIO_NUMBER", NUMBER),
            ("TWILIO_BASE_URL", twilio_url.as_str()),
        ];
        let house = House::with_env(&toml, &variables, |url| format!("BASE_URL={url}\n")).await;
        Some(Self { calendar, post, twilio, calendar_gate, post_gate, house, _folder: folder })
    }

    /// Delivers the request of the seed's README, with a number that there is in the place of its own, to which nothing
    /// can be sent.
    pub(super) async fn deliver(&self) -> (u16, Value) {
        self.say(readme(&written(tomorrow())).replace(README_NUMBER, CUSTOMER)).await
    }

    pub(super) async fn say(&self, body: String) -> (u16, Value) {
        post(&self.house, "/webhook", Some(SECRET), body).await
    }

    /// The objects in the calendar.
    pub(super) fn objects(&self) -> Vec<String> {
        self.calendar.objects(radicale::CALENDAR)
    }

    pub(super) fn mails(&self) -> Vec<smtp::Taken> {
        self.post.all()
    }

    pub(super) fn texts(&self) -> Vec<Sent> {
        self.twilio.ledger().sent()
    }

    /// Waits until it is so; looked at again after every line of the timeline.
    pub(super) async fn until(&self, what: &str, so: impl Fn() -> bool) {
        let mut lines = self.house.running.gateway.store.subscribe();
        let waiting = async {
            while !so() {
                // One that was missed is as good as one that was heard.
                drop(lines.recv().await);
            }
        };
        assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "never came: {what}");
    }

    /// Where the link in the first mail leads.
    pub(super) fn answer_link(&self) -> String {
        let mails = self.mails();
        let text = parts(&mail(&mails[0]), "text/plain").remove(0);
        let link = text.split_whitespace().find(|word| word.contains("/a/"));
        link.unwrap_or_else(|| panic!("no link: {text}")).to_owned()
    }

    /// Presses a button on the page behind a link.
    pub(super) async fn press(&self, link: &str, button: &str) {
        let page = self.page(link).await;
        let saw = page.split("name=\"saw\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let form = [("do", button), ("saw", saw)];
        let answer = self.house.http.post(link).form(&form).send().await.unwrap();
        // What is done sends on to the page that shows it; what is not is a conflict.
        assert_eq!((answer.status().as_u16(), answer.url().as_str()), (200, link));
    }

    /// What somebody with the link sees.
    pub(super) async fn page(&self, link: &str) -> String {
        let answer = self.house.http.get(link).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    }

    pub(super) async fn close(self) {
        self.house.running.stop().await.unwrap();
    }
}
