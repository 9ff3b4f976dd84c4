//! The texts themselves: built in, replaceable, spoken with variables.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, LazyLock};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use super::{Language, Templates};

mod ftl;

static BUILTIN: LazyLock<Texts> = LazyLock::new(|| {
    Texts::of(Language::ALL.map(|language| {
        let (resource, errors) = ftl::parse(language, builtin_source(language));
        Table::new(language, vec![Arc::new(resource)], errors)
    }))
});

const fn builtin_source(language: Language) -> &'static str {
    match language {
        Language::En => include_str!("../../locales/en/main.ftl"),
        Language::Es => include_str!("../../locales/es/main.ftl"),
        Language::Hi => include_str!("../../locales/hi/main.ftl"),
        Language::Nl => include_str!("../../locales/nl/main.ftl"),
    }
}

/// Variables that are numbers, so that a text may choose its words by plural.
const NUMERIC_VARIABLES: [&str; 2] = ["minutes", "attempt"];

/// Every text in every language, each under an id such as `call-greeting`.
///
/// Written in [Fluent](https://projectfluent.org). A text is complete in itself: values are
/// inserted as they are, without the invisible isolation marks that a telephone voice or an SMS
/// could not do anything with.
#[derive(Clone)]
pub struct Texts {
    tables: Arc<[Table; 4]>,
    /// What this business words in its own way.
    own: Option<Arc<Templates>>,
    /// The texts of businesses that word some of them in their own way.
    businesses: BTreeMap<String, Texts>,
}

/// Where a text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextSource {
    /// From the business.
    Business,
    /// From the configuration, for every business.
    Configured,
    /// From the product.
    BuiltIn,
}

/// A text of a business that could not be said in its words, and was said in the usual ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// The business.
    pub business: String,
    /// The language.
    pub language: Language,
    /// The text.
    pub id: String,
    /// How often, since the texts were made.
    pub times: u64,
}

impl Texts {
    /// The texts that come with Frontdesk, parsed at the first use.
    #[must_use]
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// These texts with some replaced or added in one language.
    ///
    /// `source` is Fluent: `id = text`, one after the other, with `{ $name }` for a variable.
    /// The other texts stay as they are.
    ///
    /// # Errors
    /// The first mistake by line: syntax, an id twice, an unknown variable, a reference to a text
    /// that does not exist or to itself.
    pub fn with_overrides(&self, language: Language, source: &str) -> Result<Self, TextError> {
        let (resource, mut errors) = ftl::parse(language, source);
        let mut sources = self.table(language).sources.clone();
        let resource = Arc::new(resource);
        sources.push(Arc::clone(&resource));
        errors.extend(ftl::unresolved(language, &resource, &sources));
        if let Some(first) = errors.into_iter().min_by_key(|error| error.line) {
            return Err(first);
        }
        let changed = Self::of(Language::ALL.map(|each| {
            let sources = if each == language { sources.clone() } else { self.table(each).sources.clone() };
            Table::new(each, sources, self.table(each).errors.clone())
        }));
        let own = |(id, texts): (&String, &Self)| (id.clone(), Self { own: texts.own.clone(), ..changed.clone() });
        Ok(Self { businesses: self.businesses.iter().map(own).collect(), ..changed.clone() })
    }

    /// These texts with some that one business words in its own way, instead of those it had.
    #[must_use]
    pub fn with_templates(mut self, business: &str, templates: Templates) -> Self {
        let own =
            Self { tables: Arc::clone(&self.tables), own: Some(Arc::new(templates)), businesses: BTreeMap::new() };
        self.businesses.insert(business.to_owned(), own);
        self
    }

    /// The texts as a business words them.
    #[must_use]
    pub fn for_business(&self, business: &str) -> &Self {
        self.businesses.get(business).unwrap_or(self)
    }

    /// What a business words itself, where these are its texts.
    pub(super) fn own(&self) -> Option<&Templates> {
        self.own.as_deref()
    }

    /// The texts that a business words itself, by language, where these are its texts.
    pub fn own_texts(&self) -> impl Iterator<Item = (Language, &str)> {
        self.own().into_iter().flat_map(|own| own.words()).map(|(language, id, _)| (language, id))
    }

    /// Where the text `id` comes from in this language; nothing where it is missing there.
    #[must_use]
    pub fn source(&self, language: Language, id: &str) -> Option<TextSource> {
        if self.own.as_ref().is_some_and(|own| own.has(language, id)) {
            return Some(TextSource::Business);
        }
        let table = self.table(language);
        table.variables.get(id)?;
        let configured = table.sources.iter().skip(1).any(|source| ftl::defines(source, id));
        Some(if configured { TextSource::Configured } else { TextSource::BuiltIn })
    }

    /// The texts of businesses that could not be said in their words.
    #[must_use]
    pub fn fallbacks(&self) -> Vec<Fallback> {
        let of = |(business, texts): (&String, &Self)| -> Vec<Fallback> {
            let failed = texts.own.iter().flat_map(|own| own.failed());
            let told = failed.map(|(language, id, times)| Fallback {
                business: business.clone(),
                language,
                id: id.to_owned(),
                times,
            });
            told.collect()
        };
        self.businesses.iter().flat_map(of).collect()
    }

    /// The text `id` in `language`, with its variables filled in.
    ///
    /// What the business words itself comes first, then what the configuration has, then what is built in. A template that
    /// cannot be rendered is counted, and the next one is said: nobody is left without a message.
    /// A text that is missing in `language` is said in English; one that is missing there as well
    /// comes back as its id, which no lint lets pass. A variable that is not given is left empty;
    /// variables that the text does not use are ignored.
    #[must_use]
    pub fn say(&self, language: Language, id: &str, vars: &[(&str, &str)]) -> String {
        let own = self.own.as_ref().and_then(|own| own.say(language, id, vars));
        own.or_else(|| self.table(language).say(id, vars))
            .or_else(|| self.table(Language::En).say(id, vars))
            .unwrap_or_else(|| id.to_owned())
    }

    /// Whether there is a text `id` in any language.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.tables.iter().any(|table| table.variables.contains_key(id))
    }

    /// The variables that the text `id` uses, in whichever language; empty for an unknown id.
    #[must_use]
    pub fn variables(&self, id: &str) -> BTreeSet<String> {
        self.tables.iter().filter_map(|table| table.variables.get(id)).flatten().cloned().collect()
    }

    /// Whether the text that is said under this id fills in this variable.
    pub(crate) fn fills_in(&self, language: Language, id: &str, name: &str) -> bool {
        match &self.own {
            Some(own) if own.has(language, id) => own.has_variable(language, id, name),
            _ => self.variables_in(language, id).is_some_and(|variables| variables.contains(name)),
        }
    }

    /// Every id that has a text in at least one language, in alphabetical order.
    #[must_use]
    pub fn ids(&self) -> BTreeSet<&str> {
        self.tables.iter().flat_map(|table| table.variables.keys().map(String::as_str)).collect()
    }

    /// The variables of `id` in this language alone, or nothing where it is missing.
    pub(super) fn variables_in(&self, language: Language, id: &str) -> Option<&BTreeSet<String>> {
        self.table(language).variables.get(id)
    }

    /// What is wrong with the sources, as far as that can be said of a single language.
    pub(super) fn errors(&self) -> impl Iterator<Item = &TextError> {
        self.tables.iter().flat_map(|table| &table.errors)
    }

    fn of(mut tables: [Table; 4]) -> Self {
        tables.sort_by_key(|table| table.language);
        Self { tables: Arc::new(tables), own: None, businesses: BTreeMap::new() }
    }

    fn table(&self, language: Language) -> &Table {
        let [en, es, hi, nl] = &*self.tables;
        match language {
            Language::En => en,
            Language::Es => es,
            Language::Hi => hi,
            Language::Nl => nl,
        }
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.ids()).finish()
    }
}

/// The texts of one language.
struct Table {
    language: Language,
    /// Later sources replace texts of earlier ones.
    sources: Vec<Arc<FluentResource>>,
    bundle: FluentBundle<Arc<FluentResource>>,
    variables: BTreeMap<String, BTreeSet<String>>,
    errors: Vec<TextError>,
}

impl Table {
    fn new(language: Language, sources: Vec<Arc<FluentResource>>, errors: Vec<TextError>) -> Self {
        let locale = language.code().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        bundle.set_use_isolating(false);
        for source in &sources {
            bundle.add_resource_overriding(Arc::clone(source));
        }
        let variables = ftl::variables(&sources);
        Self { language, sources, bundle, variables, errors }
    }

    /// Nothing where the text is missing, or so broken that it cannot be put together.
    fn say(&self, id: &str, vars: &[(&str, &str)]) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut arguments = FluentArgs::new();
        for name in self.variables.get(id)? {
            let value = vars.iter().find(|(given, _)| given == name);
            let value = value.map_or("", |(_, value)| *value);
            let value = if NUMERIC_VARIABLES.contains(&name.as_str()) {
                FluentValue::try_number(value)
            } else {
                FluentValue::from(value)
            };
            arguments.set(name.as_str(), value);
        }
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, Some(&arguments), &mut errors);
        errors.is_empty().then(|| text.into_owned())
    }
}

/// A mistake in the texts that a business brings along.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{language} texts, line {line}: {message}: {remedy}")]
pub struct TextError {
    /// The language whose texts are wrong.
    pub language: Language,
    /// Line in the given source, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

#[cfg(test)]
mod tests;
