//! What the tests of either server share: the adapter, and events as an independent parser reads them.

use chrono::{DateTime, Utc};
use frontdesk_caldav::{CalDav, Config};
use frontdesk_core::{
    id::EffectId,
    ports::{Busy, CalendarEntry, CalendarSink, Entered, PortResult},
};
use frontdesk_testkit::{BUSINESS, moment, servers::radicale::Radicale};
use icalendar::{Calendar, CalendarComponent, Component, Event};
use std::net::TcpListener;
use url::Url;

pub(crate) use frontdesk_testkit::servers::radicale::{PASSWORD, USER};

pub(crate) async fn radicale() -> Option<Radicale> {
    Radicale::start(http()).await
}

pub(crate) fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// An address of this machine where nobody listens.
pub(crate) fn nobody() -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
}

/// The limit only keeps a broken test from hanging.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(std::time::Duration::from_secs(60), what).await.expect("it never came")
}

pub(crate) fn config(url: &Url) -> Config {
    Config { time_zone: chrono_tz::Europe::Madrid, ..Config::new(url.clone(), USER, PASSWORD.into()) }
}

pub(crate) fn adapter(url: &Url) -> CalDav {
    CalDav::new(config(url), http()).unwrap()
}

pub(crate) async fn put(sink: &CalDav, entry: &CalendarEntry) -> PortResult<Entered> {
    soon(sink.put(entry, &EffectId::derive(entry.updated_at, &["put"]))).await
}

/// What is taken, as `21.0900-21.0930`, in UTC.
pub(crate) async fn busy(sink: &CalDav, from: &str, to: &str) -> PortResult<Vec<String>> {
    let at = |at: DateTime<Utc>| at.format("%d.%H%M").to_string();
    let told = |busy: Vec<Busy>| busy.iter().map(|busy| format!("{}-{}", at(busy.from), at(busy.to))).collect();
    soon(sink.busy(BUSINESS, moment(from), moment(to))).await.map(told)
}

/// The only event in an object.
pub(crate) fn event(object: &str) -> Event {
    let calendar: Calendar = object.parse().unwrap();
    let mut events = calendar.components.into_iter().filter_map(|component| match component {
        CalendarComponent::Event(event) => Some(event),
        _ => None,
    });
    let event = events.next().expect("there is an event");
    assert!(events.next().is_none(), "{object}");
    event
}

/// A property of the only event in an object, as the independent parser reads it.
pub(crate) fn property(object: &str, name: &str) -> Option<String> {
    event(object).property_value(name).map(str::to_owned)
}

/// An object with these lines in its only event.
pub(crate) fn object(lines: &str) -> String {
    let head = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Desk//EN\nBEGIN:VEVENT\nDTSTAMP:20261101T000000Z";
    format!("{head}\n{}\nEND:VEVENT\nEND:VCALENDAR\n", lines.trim()).replace('\n', "\r\n")
}
