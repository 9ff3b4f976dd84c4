//! The form above a list: its fields stand in the address, so that a page can be kept, sent and gone back to.

use crate::{app::App, query::Query};

/// The form.
pub(crate) struct Filters {
    /// The page itself.
    pub(crate) action: &'static str,
    /// What the form finds, for whoever hears it: `Find calls`.
    pub(crate) label: &'static str,
    pub(crate) fields: Vec<Field>,
    /// Whether anything is asked for.
    pub(crate) asked: bool,
}

/// The way from page to page of a list.
pub(crate) struct Pager {
    /// The first page; only on later ones.
    pub(crate) first: Option<String>,
    pub(crate) next: Option<String>,
}

impl Pager {
    /// Where `next` is what the list gave for its next page.
    pub(crate) fn of(path: &str, query: &Query, next: Option<String>) -> Self {
        let later = query.get("cursor").is_some();
        Self {
            first: later.then(|| format!("{path}?{}", query.with("cursor", None))),
            next: next.map(|cursor| format!("{path}?{}", query.with("cursor", Some(&cursor)))),
        }
    }
}

/// One field of the form.
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) value: String,
    /// What is wrong with what was given.
    pub(crate) wrong: Option<String>,
    pub(crate) kind: Kind,
}

/// How a field is filled in.
pub(crate) enum Kind {
    /// Typed, by this kind of keyboard.
    Typed { input: &'static str, hint: &'static str },
    /// Chosen: value and words, the first one for "any".
    Chosen(Vec<(String, String)>),
}

impl Filters {
    /// The form with what was asked for in it.
    pub(crate) fn new(action: &'static str, label: &'static str, query: &Query, mut fields: Vec<Field>) -> Self {
        for field in &mut fields {
            if let Some(given) = query.get(field.name) {
                given.clone_into(&mut field.value);
            } else if query.given(field.name) {
                field.value.clear();
            }
            let wrong = query.errors().iter().find(|error| error.field == field.name);
            field.wrong = wrong.map(|error| error.message.clone());
        }
        let asked = fields.iter().any(|field| query.given(field.name));
        Self { action, label, fields, asked }
    }

    /// Whether everything that was asked for can be.
    pub(crate) fn right(&self) -> bool {
        self.fields.iter().all(|field| field.wrong.is_none())
    }
}

impl Field {
    fn new(name: &'static str, label: &'static str, kind: Kind) -> Self {
        Self { name, label, value: String::new(), wrong: None, kind }
    }

    /// Words to look for.
    pub(crate) fn words(name: &'static str, label: &'static str, input: &'static str, hint: &'static str) -> Self {
        Self::new(name, label, Kind::Typed { input, hint })
    }

    /// A day; `value` where none is given.
    pub(crate) fn day(name: &'static str, label: &'static str, value: String) -> Self {
        Self { value, ..Self::new(name, label, Kind::Typed { input: "date", hint: "" }) }
    }

    /// One of a few; `any` where it does not matter.
    pub(crate) fn choice<T: Copy>(
        name: &'static str,
        label: &'static str,
        any: &str,
        all: &[T],
        value: fn(T) -> &'static str,
        words: fn(T) -> &'static str,
    ) -> Self {
        let named = all.iter().map(|it| (value(*it).to_owned(), words(*it).to_owned()));
        Self::chosen(name, label, any, named.collect())
    }

    /// One of those given.
    pub(crate) fn chosen(
        name: &'static str,
        label: &'static str,
        any: &str,
        mut choices: Vec<(String, String)>,
    ) -> Self {
        choices.insert(0, (String::new(), any.to_owned()));
        Self::new(name, label, Kind::Chosen(choices))
    }

    /// The businesses; nothing where there is only one.
    pub(crate) fn business(app: &App) -> Option<Self> {
        let businesses = &app.rules().businesses;
        let named = businesses.values().map(|business| (business.id.clone(), business.name.clone()));
        (businesses.len() > 1).then(|| Self::chosen("business", "Business", "Any", named.collect()))
    }

    /// The carriers; nothing where there is only one.
    pub(crate) fn carrier(app: &App) -> Option<Self> {
        let carriers = &app.engine.ports().carriers;
        let named = carriers.keys().map(|name| (name.clone(), name.clone()));
        (carriers.len() > 1).then(|| Self::chosen("provider", "Carrier", "Any", named.collect()))
    }
}
