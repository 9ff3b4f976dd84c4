//! Reads the query of a list, and names every parameter that is not right at once.

use crate::{
    fields,
    problem::{Answer, FieldError, Problem},
};
use axum::http::Uri;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use std::str::FromStr;

const MOST: u32 = 500;
const USUAL: u32 = 50;

/// The query of a request; empty values count as absent.
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    /// Every name once, values or not.
    given: Vec<String>,
    errors: Vec<FieldError>,
}

impl Query {
    pub(crate) fn of(uri: &Uri) -> Self {
        let all = url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned();
        let (mut pairs, mut given) = (Vec::new(), Vec::new());
        for (name, value) in all {
            if !given.contains(&name) {
                given.push(name.clone());
            }
            if !value.trim().is_empty() {
                pairs.push((name, value));
            }
        }
        Self { pairs, given, errors: Vec::new() }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim())
    }

    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    pub(crate) fn wrong(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(FieldError { field: name.to_owned(), message: message.into() });
    }

    /// A value read by `read`.
    pub(crate) fn read<T>(&mut self, name: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        match read(self.get(name)?) {
            Ok(value) => Some(value),
            Err(message) => {
                self.wrong(name, message);
                None
            }
        }
    }

    /// An identifier.
    pub(crate) fn id<T: FromStr>(&mut self, name: &str) -> Option<T> {
        self.read(name, |text| {
            text.parse().map_err(|_| "is not an id; ids look like 0190f5fe-7c00-8a00-8000-000000000000".to_owned())
        })
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        self.read(name, |text| match text {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err("must be true or false".to_owned()),
        })
        .unwrap_or(false)
    }

    /// A moment, or the beginning of a day in `zone`.
    pub(crate) fn from(&mut self, name: &str, zone: Tz) -> Option<DateTime<Utc>> {
        self.read(name, |text| match NaiveDate::from_str(text) {
            Ok(day) => start(day, zone),
            Err(_) => fields::moment(text, zone),
        })
    }

    /// A moment, or the end of a day in `zone`: days are meant inclusively.
    pub(crate) fn to(&mut self, name: &str, zone: Tz) -> Option<DateTime<Utc>> {
        self.read(name, |text| match NaiveDate::from_str(text) {
            Ok(day) => start(day.succ_opt().unwrap_or(day), zone),
            Err(_) => fields::moment(text, zone),
        })
    }

    /// A day.
    pub(crate) fn day(&mut self, name: &str) -> Option<NaiveDate> {
        self.read(name, |text| {
            NaiveDate::from_str(text).map_err(|_| "is not a day; write it like 2030-03-01".to_owned())
        })
    }

    /// How many a page holds.
    pub(crate) fn limit(&mut self) -> u32 {
        self.read("limit", |text| {
            text.parse()
                .ok()
                .filter(|limit| (1..=MOST).contains(limit))
                .ok_or_else(|| format!("must be a whole number from 1 to {MOST}"))
        })
        .unwrap_or(USUAL)
    }

    /// One of the values of an enumeration, by its name in the API.
    pub(crate) fn one_of<T: Copy>(&mut self, name: &str, all: &[T], word: fn(T) -> &'static str) -> Option<T> {
        self.read(name, |text| {
            all.iter().copied().find(|value| word(*value) == text).ok_or_else(|| {
                let known: Vec<&str> = all.iter().map(|value| word(*value)).collect();
                format!("must be one of {}", known.join(", "))
            })
        })
    }

    /// Whether the parameter was given at all, were it without a value.
    pub(crate) fn given(&self, name: &str) -> bool {
        self.given.iter().any(|given| given == name)
    }

    /// The same query with another value for one parameter, or without it, as it stands in an address after the `?`.
    pub(crate) fn with(&self, name: &str, value: Option<&str>) -> String {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        for key in self.given.iter().filter(|key| *key != name) {
            text.append_pair(key, self.get(key).unwrap_or_default());
        }
        if let Some(value) = value {
            text.append_pair(name, value);
        }
        text.finish()
    }

    /// What is wrong so far; for pages, which say it beside their form.
    pub(crate) fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    pub(crate) fn finish(&self) -> Answer<()> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::fields(self.errors.clone())) }
    }
}

fn start(day: NaiveDate, zone: Tz) -> Result<DateTime<Utc>, String> {
    fields::day_start(day, zone).ok_or_else(|| "is not a day in this zone".to_owned())
}
