//! Seed 001's own request with real services behind it: a CalDAV server, a mail server with TLS and a login, and Twilio
//! pretended. What they hold afterwards is read back from them, by other people's parsers.

mod away;
mod google;
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
use read::parts;
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

/// The request of the seed's README, with a number that there is in the place of its own, to which nothing can be sent.
fn asked() -> String {
    readme(&written(tomorrow())).replace(README_NUMBER, CUSTOMER)
}

/// Who sends mail and texts.
pub(super) struct Senders {
    pub(super) post: smtp::Server,
    pub(super) gate: Gate,
    pub(super) twilio: twilio::Twilio,
    roots: tempfile::NamedTempFile,
}

impl Senders {
    /// `None` where the mail server is neither installed nor required.
    pub(super) async fn start() -> Option<Self> {
        let post = smtp::Server::start(smtp::Line::StartTls)?;
        let gate = Gate::before(post.port()).await.unwrap();
        let (account, token) = (ACCOUNT.to_owned(), TOKEN.to_owned());
        let settings = twilio::Settings { account, token, clock: Clock::at(clock::now()), pace: Pace::FAST };
        let twilio = twilio::Twilio::start(settings, wire::http_client().unwrap()).await.unwrap();
        let roots = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(roots.path(), post.root()).unwrap();
        Some(Self { post, gate, twilio, roots })
    }

    /// A gateway that works with them, and with the calendar that these variables name.
    pub(super) async fn house(&self, calendar: &[(&str, &str)]) -> House {
        self.house_with("", calendar).await
    }

    /// The same with more of a configuration.
    pub(super) async fn house_with(&self, more: &str, calendar: &[(&str, &str)]) -> House {
        let toml = format!("{CLINIC}{more}\n[email]\nroot_certificates = {:?}\n", self.roots.path());
        let (url, port) = (self.twilio.url(), self.gate.port().to_string());
        let mut variables = vec![
            ("WEBHOOK_SECRET", SECRET),
            ("EMAIL_FROM", smtp::FROM),
            ("EMAIL_PASSWORD", smtp::PASSWORD),
            ("SMTP_SERVER", "127.0.0.1"),
            ("SMTP_PORT", port.as_str()),
            ("TWILIO_SID", ACCOUNT),
            ("TWILIO_AUTH", TOKEN),
            ("TWILIO_NUMBER", NUMBER),
            ("TWILIO_BASE_URL", url.as_str()),
        ];
        variables.extend(calendar);
        House::with_env(&toml, &variables, |url| format!("BASE_URL={url}\n")).await
    }
}

/// The services, and a gateway that works with them.
pub(super) struct Street {
    pub(super) calendar: radicale::Radicale,
    pub(super) calendar_gate: Gate,
    pub(super) senders: Senders,
    pub(super) house: House,
}

impl Street {
    /// `None` where one of the servers is neither installed nor required.
    pub(super) async fn open() -> Option<Self> {
        Self::with("").await
    }

    /// The same with more of a configuration.
    pub(super) async fn with(more: &str) -> Option<Self> {
        let calendar = radicale::Radicale::start(wire::http_client().unwrap()).await?;
        let senders = Senders::start().await?;
        let calendar_gate = Gate::before(calendar.root().port().unwrap()).await.unwrap();
        let mut url = calendar.calendar(radicale::CALENDAR);
        url.set_port(Some(calendar_gate.port())).unwrap();
        let variables = [
            ("CALDAV_URL", url.as_str()),
            ("CALDAV_USERNAME", radicale::USER),
            ("CALDAV_PASSWORD", radicale::PASSWORD),
        ];
        let house = senders.house_with(more, &variables).await;
        Some(Self { calendar, calendar_gate, senders, house })
    }

    /// Delivers what is [`asked`].
    pub(super) async fn deliver(&self) -> (u16, Value) {
        self.say(asked()).await
    }

    pub(super) async fn say(&self, body: String) -> (u16, Value) {
        post(&self.house, "/webhook", Some(SECRET), body).await
    }

    /// The objects in the calendar.
    pub(super) fn objects(&self) -> Vec<String> {
        self.calendar.objects(radicale::CALENDAR)
    }

    pub(super) fn mails(&self) -> Vec<smtp::Taken> {
        self.senders.post.all()
    }

    pub(super) fn texts(&self) -> Vec<Sent> {
        self.senders.twilio.ledger().sent()
    }

    pub(super) async fn until(&self, what: &str, so: impl Fn() -> bool) {
        until(&self.house, what, so).await;
    }

    /// Where the link in the first mail leads.
    pub(super) fn answer_link(&self) -> String {
        answer_link(&self.mails()[0])
    }

    pub(super) async fn press(&self, link: &str, button: &str) {
        press(&self.house, link, button).await;
    }

    pub(super) async fn page(&self, link: &str) -> String {
        page(&self.house, link).await
    }

    pub(super) async fn close(self) {
        self.house.running.stop().await.unwrap();
    }
}

/// Waits until it is so; looked at again after every line of the timeline.
async fn until(house: &House, what: &str, so: impl Fn() -> bool) {
    let mut lines = house.running.gateway.store.subscribe();
    let waiting = async {
        while !so() {
            // One that was missed is as good as one that was heard.
            drop(lines.recv().await);
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "never came: {what}");
}

fn answer_link(taken: &smtp::Taken) -> String {
    let text = parts(&taken.message(), "text/plain").remove(0);
    let link = text.split_whitespace().find(|word| word.contains("/a/"));
    link.unwrap_or_else(|| panic!("no link: {text}")).to_owned()
}

/// What somebody with the link sees.
async fn page(house: &House, link: &str) -> String {
    let answer = house.http.get(link).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

/// Presses a button on the page behind a link.
async fn press(house: &House, link: &str, button: &str) {
    let page = page(house, link).await;
    let saw = page.split("name=\"saw\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let answer = house.http.post(link).form(&[("do", button), ("saw", saw)]).send().await.unwrap();
    // What is done sends on to the page that shows it; what is not is a conflict.
    assert_eq!((answer.status().as_u16(), answer.url().as_str()), (200, link));
}
