//! From merged values to sections: every section is read by itself, so that one flaw does not hide the others.

use super::{
    layers::Layers,
    problem::{Problem, nearest},
    sections::{self, Sections},
};
use figment::{Figment, Provider, error::Kind};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

pub(super) struct Extraction<'a> {
    layers: &'a mut Layers,
}

impl<'a> Extraction<'a> {
    pub(super) fn new(layers: &'a mut Layers) -> Self {
        Self { layers }
    }

    pub(super) fn sections(&mut self) -> Sections {
        self.unknown_sections();
        Sections {
            ivr: self.named("ivr"),
            alerts: self.named("alerts"),
            webhooks: self.named("webhooks"),
            voice: self.section("voice"),
            inbound: self.section("inbound"),
            sms: self.section("sms"),
            insecure_webhooks: self.section("insecure_webhooks"),
            test_number: self.section("test_number"),
            server: self.section("server"),
            database: self.section("database"),
            businesses: self.named("businesses"),
            flows: self.section("flows"),
            texts: self.section("texts"),
            links: self.section("links"),
            jobs: self.section("jobs"),
            breaker: self.section("breaker"),
            limits: self.section("limits"),
            eightxeight: self.section("eightxeight"),
            twilio: self.section("twilio"),
            exotel: self.section("exotel"),
            email: self.section("email"),
            google_calendar: self.section("google_calendar"),
            caldav: self.section("caldav"),
            elevenlabs: self.section("elevenlabs"),
            threecx: self.section("threecx"),
            voices: self.section("voices"),
            sandbox: self.section("sandbox"),
        }
    }

    fn unknown_sections(&mut self) {
        let figment = self.layers.merged();
        let unknown: Vec<String> =
            dict(&figment, "").into_iter().filter(|name| !sections::NAMES.contains(&name.as_str())).collect();
        for name in unknown {
            let origin = self.layers.origin(&name);
            let what = unknown_key(&sections::NAMES, &name);
            self.layers.problems.push(Problem { origin, key: name, what });
        }
    }

    fn keys(&mut self, path: &str) -> Vec<String> {
        dict(&self.layers.merged(), path)
    }

    /// The tables of a section, each by itself.
    fn named<T: DeserializeOwned + Default>(&mut self, path: &str) -> BTreeMap<String, T> {
        let names = self.keys(path).into_iter();
        names.map(|name| (name.clone(), self.section(&format!("{path}.{name}")))).collect()
    }

    fn section<T: DeserializeOwned + Default>(&mut self, path: &str) -> T {
        // Each round either ends or reads one variable another way, of which there are few.
        loop {
            let figment = self.layers.merged();
            if !figment.contains(path) {
                return T::default();
            }
            let error = match figment.extract_inner::<T>(path) {
                Ok(section) => return section,
                Err(error) => error,
            };
            let key = full_key(path, &error);
            if self.layers.read_otherwise(&key) {
                continue;
            }
            let (key, what) = describe(key, &error.kind);
            let origin = self.layers.origin(&key);
            self.layers.problems.push(Problem { origin, key, what });
            return T::default();
        }
    }
}

fn dict(figment: &Figment, path: &str) -> Vec<String> {
    let value = if path.is_empty() {
        figment.data().ok().and_then(|mut data| data.remove(&figment::Profile::Global)).unwrap_or_default()
    } else {
        let value = figment.find_value(path).ok();
        value.and_then(figment::value::Value::into_dict).unwrap_or_default()
    };
    value.into_keys().collect()
}

/// The path of the value that did not fit. Figment puts the section's own path behind the rest of it.
fn full_key(section: &str, error: &figment::Error) -> String {
    let inner = error.path.join(".");
    let inner = inner.strip_suffix(section).unwrap_or(&inner).trim_end_matches('.');
    if inner.is_empty() { section.to_owned() } else { format!("{section}.{inner}") }
}

/// What is wrong, without the value: it may be a secret or a number.
fn describe(key: String, kind: &Kind) -> (String, String) {
    match kind {
        Kind::UnknownField(name, known) => {
            let key = if key.ends_with(&format!(".{name}")) || key == *name { key } else { format!("{key}.{name}") };
            (key, unknown_key(known, name))
        }
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
            let expected = match expected.as_str() {
                "a string" => "a text in quotes",
                "i64" | "i32" | "u16" | "u32" | "u64" | "usize" => "a whole number of zero or more",
                "a nonzero u32" => "a whole number of one or more",
                "f64" => "a number",
                "a boolean" => "true or false",
                "a sequence" => "a list like [\"one\", \"two\"]",
                other => return (key, format!("does not fit; write {other}")),
            };
            (key, format!("does not fit; write {expected}"))
        }
        Kind::Message(message) => (key, message.clone()),
        other => (key, format!("does not fit ({other}); see `gateway config schema`")),
    }
}

fn unknown_key(known: &[&str], name: &str) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("is no known key; did you mean `{near}`?"),
        None => format!("is no known key; use one of {}", known.join(", ")),
    }
}
