//! What can be proved of the texts of one business, before anybody hears or reads one.

use super::{MOST_SEGMENTS, Problem, ProblemKind, suggested_stop_word};
use crate::speech::{Example, KNOWN, Language, SmsEncoding, TextKind, Texts, sms_segments, variables_of};

/// A text that takes longer is not listened to: by its end people have forgotten how it began.
const MOST_SECONDS: u32 = 20;

/// How long a text takes to be said, in seconds, by a voice of usual pace.
#[must_use]
pub fn spoken_seconds(text: &str, language: Language) -> u32 {
    // Characters a second: some 150 words a minute. A letter of Devanagari holds a syllable more often than not.
    let pace = match language {
        Language::En | Language::Nl => 15,
        Language::Es => 16,
        Language::Hi => 13,
    };
    u32::try_from(text.chars().count().div_ceil(pace)).unwrap_or(u32::MAX)
}

impl Texts {
    /// Every broken rule, and every advice ([`ProblemKind::is_advice`]), about the texts that this business words itself:
    /// a text message of more than two parts or with a carrier's stop word as an answer, markup in what is spoken or sent
    /// as words, a text of which nothing is left for some people, one that takes long to say. Measured with the name of the business. Empty for the texts of everybody.
    #[must_use]
    pub fn lint_own(&self, business: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (language, id, words) in self.own().into_iter().flat_map(|own| own.words()) {
            let (kind, example) = (TextKind::of(id), Example::of(language));
            let found = Found { texts: self, business, language, id, kind, example };
            problems.extend(found.all(words).into_iter().map(|(kind, message)| Problem {
                language,
                id: id.to_owned(),
                kind,
                message,
            }));
        }
        problems
    }
}

struct Found<'t> {
    texts: &'t Texts,
    business: &'t str,
    language: Language,
    id: &'t str,
    kind: TextKind,
    example: Example,
}

impl Found<'_> {
    /// What is filled in for the example person.
    fn values<'v>(&'v self, when: &'v str) -> Vec<(&'static str, &'v str)> {
        let given = self.example.variables(when);
        given.map(|(name, value)| (name, if name == "business" { self.business } else { value })).into()
    }

    fn all(&self, words: &str) -> Vec<(ProblemKind, String)> {
        let times = self.example.times(self.language);
        let when = times.first().map_or("", String::as_str);
        let values = self.values(when);
        let text = self.said(&values);
        [
            self.empty(when),
            self.markup(words).or_else(|| self.markup(&text)),
            self.stop_word(words).or_else(|| self.stop_word(&text)),
            self.too_long(&times),
            self.costly(words, &text, &values),
            self.long_speech(&text),
            self.edition(),
        ]
        .into_iter()
        .flatten()
        .chain(self.unsaid(words))
        .collect()
    }

    /// In the words of the business; empty where nothing is left of them.
    fn said(&self, vars: &[(&str, &str)]) -> String {
        self.texts.own().and_then(|own| own.say_quietly(self.language, self.id, vars)).unwrap_or_default()
    }

    /// Not every appointment is for something, and not every business has a number.
    fn empty(&self, when: &str) -> Option<(ProblemKind, String)> {
        let vars = self.values(when);
        let cases: [(&[&str], &str); 4] = [
            (&[], ""),
            (&["service"], " where there is no service"),
            (&["phone"], " where there is no phone"),
            (&["service", "phone"], " where there is neither service nor phone"),
        ];
        cases.into_iter().find_map(|(missing, without)| {
            let some: Vec<_> = vars.iter().copied().filter(|(name, _)| !missing.contains(name)).collect();
            let message = || format!("nothing is left of it{without}: say something then as well");
            self.said(&some).is_empty().then(|| (ProblemKind::Empty, message()))
        })
    }

    fn markup(&self, text: &str) -> Option<(ProblemKind, String)> {
        let spoken = self.kind == TextKind::Speech;
        let found = markup(text).or_else(|| if spoken { address(text) } else { None })?;
        let as_is = if spoken { "would be read aloud" } else { "would be seen as it stands" };
        Some((ProblemKind::Markup, format!("{found:?} {as_is}: write plain words")))
    }

    fn stop_word(&self, text: &str) -> Option<(ProblemKind, String)> {
        let word = suggested_stop_word(text).filter(|_| self.kind == TextKind::Sms)?;
        let message =
            format!("asks for the answer {word}, by which carriers block every further message: ask for a digit");
        Some((ProblemKind::StopWord, message))
    }

    fn too_long(&self, times: &[String]) -> Option<(ProblemKind, String)> {
        let texts = times.iter().map(|when| self.said(&self.values(when)));
        let worst = texts.max_by_key(|text| sms_segments(text).segments).filter(|_| self.kind == TextKind::Sms)?;
        let counted = sms_segments(&worst);
        (counted.segments > MOST_SEGMENTS).then(|| {
            let (segments, units, encoding) = (counted.segments, counted.units, counted.encoding);
            let message = format!(
                "takes {segments} messages ({units} units of {encoding}) where {MOST_SEGMENTS} are allowed: shorten it; \
                 measured: {worst}"
            );
            (ProblemKind::TooLong, message)
        })
    }

    /// A sign of the template's own that the seven-bit alphabet does not have, where everything else is in it.
    fn costly(&self, words: &str, text: &str, values: &[(&str, &str)]) -> Option<(ProblemKind, String)> {
        let odd = |c: &char| sms_segments(c.encode_utf8(&mut [0; 4])).encoding == SmsEncoding::Ucs2;
        // Where names and times of this language need the alphabet anyway, the sign costs nothing.
        let anyway = values.iter().any(|(_, value)| text.contains(value) && value.chars().any(|c| odd(&c)));
        let sign = words.chars().find(odd).filter(|_| !anyway && self.kind == TextKind::Sms)?;
        let plain: String = text.chars().filter(|c| !odd(c)).collect();
        let (with, without) = (sms_segments(text), sms_segments(&plain));
        (with.segments > without.segments).then(|| {
            let message = format!(
                "is sent as {} because of {sign:?} and takes {} messages; without it {} in {}",
                with.encoding, with.segments, without.segments, without.encoding
            );
            (ProblemKind::Costly, message)
        })
    }

    fn long_speech(&self, text: &str) -> Option<(ProblemKind, String)> {
        let seconds = spoken_seconds(text, self.language);
        (self.kind == TextKind::Speech && seconds > MOST_SECONDS).then(|| {
            let message = format!("takes some {seconds} seconds to say, {MOST_SECONDS} are bearable: shorten it");
            (ProblemKind::LongSpeech, message)
        })
    }

    /// What the usual text fills in and this one does not. Who words a text knows its own name, and may write it out.
    fn unsaid(&self, words: &str) -> Option<(ProblemKind, String)> {
        let own = self.texts.own()?;
        let known = variables_of(self.id);
        let usual =
            self.texts.variables_in(self.language, self.id)?.iter().filter(|name| known.contains(&name.as_str()));
        let said = |name: &&String| {
            own.has_variable(self.language, self.id, name) || (*name == "business" && words.contains(self.business))
        };
        let unsaid: Vec<_> = usual.filter(|name| !said(name)).map(|name| format!("{{{{ {name} }}}}")).collect();
        let message = || format!("leaves out {}, which the usual text has: say it as well", unsaid.join(" and "));
        (!unsaid.is_empty()).then(|| (ProblemKind::Unsaid, message()))
    }

    /// A menu that is said in other words where there is a desk, or where no message can be taken; a greeting that is said
    /// in other words to whoever has told no name.
    fn edition(&self) -> Option<(ProblemKind, String)> {
        let own = |id: &str| self.texts.own().is_some_and(|own| own.has(self.language, id));
        let left = |id: &str| self.texts.has(id) && !own(id);
        let named = self.texts.fills_in(self.language, self.id, "name");
        if let Some(nameless) = self.id.strip_suffix(KNOWN).filter(|nameless| named && left(nameless)) {
            let message = format!("is not said to people who told no name; they hear {nameless}: word it as well");
            return Some((ProblemKind::Edition, message));
        }
        let editions = ["-transfer", "-no-message", "-no-message-transfer"];
        let mut others = editions.iter().map(|suffix| format!("{}{suffix}", self.id));
        let left = others.find(|other| left(other))?;
        Some((ProblemKind::Edition, format!("is said in some calls as {left}, which is not replaced: word it as well")))
    }
}

/// The beginning of a tag, an entity or a mark of emphasis.
fn markup(text: &str) -> Option<&str> {
    for (place, sign) in text.char_indices() {
        let rest = &text[place..];
        let mut next = rest.chars().skip(1);
        let begins = match sign {
            '<' => next.next().is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')),
            '&' => rest.split_once(';').is_some_and(|(name, _)| {
                (2..10).contains(&name.len()) && name[1..].chars().all(|c| c.is_ascii_alphanumeric() || c == '#')
            }),
            '*' => rest.starts_with("**"),
            ']' => rest.starts_with("]("),
            '`' => rest.starts_with("```"),
            _ => false,
        };
        if begins {
            return Some(word(rest));
        }
    }
    None
}

/// An address of the web: nobody can hear where it leads.
fn address(text: &str) -> Option<&str> {
    let place = ["http://", "https://", "www."].iter().filter_map(|begin| text.find(begin)).min()?;
    Some(word(&text[place..]))
}

fn word(text: &str) -> &str {
    let end = text.char_indices().take(24).find(|(place, c)| *place > 0 && (c.is_whitespace() || *c == '>'));
    let end = end.map_or_else(
        || text.char_indices().nth(24).map_or(text.len(), |(place, _)| place),
        |(place, c)| place + usize::from(c == '>'),
    );
    &text[..end]
}

#[cfg(test)]
mod tests;
