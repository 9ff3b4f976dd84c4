//! Every text as somebody will hear or read it, in the words of a business and in a language, and what it costs.

use super::{
    Section, Shell, failed,
    filter::{Field, Filters, Kind},
    html,
};
use crate::{app::App, appointments::business_of, problem::Answer, query::Query};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use chrono::{DateTime, Duration, TimeZone, Utc};
use chrono_tz::Tz;
use frontdesk_core::{
    rules::Business,
    speech::{
        Example, Language, TextKind, TextSource, Texts, sms_segments, spoken_seconds, spoken_when, written_clock,
        written_time,
    },
};

#[derive(Template)]
#[template(path = "texts.html")]
struct Preview {
    shell: Shell,
    filters: Filters,
    /// Whose words, in which language, to whom.
    intro: String,
    /// The language, as pages name it.
    code: &'static str,
    groups: Vec<Group>,
}

/// The texts of one place.
struct Group {
    place: Place,
    title: &'static str,
    rows: Vec<Row>,
}

/// A text, or subject and body of a mail.
struct Row {
    name: String,
    parts: Vec<Part>,
}

struct Part {
    /// What part of it this is and what that is called, where there are several.
    label: String,
    text: String,
    /// How long it takes, or what it costs.
    measure: String,
    from: &'static str,
    /// Whether the business words it itself.
    own: bool,
}

/// Where texts are met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Calls,
    Messages,
    Mail,
    Calendar,
    Pages,
}

impl Place {
    const ALL: [Self; 5] = [Self::Calls, Self::Messages, Self::Mail, Self::Calendar, Self::Pages];

    fn of(id: &str) -> Self {
        match TextKind::of(id) {
            TextKind::Speech => Self::Calls,
            TextKind::Sms => Self::Messages,
            TextKind::Subject | TextKind::Mail => Self::Mail,
            TextKind::Calendar => Self::Calendar,
            TextKind::Page => Self::Pages,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Messages => "messages",
            Self::Mail => "mail",
            Self::Calendar => "calendar",
            Self::Pages => "pages",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Calls => "On the telephone",
            Self::Messages => "Text messages and WhatsApp",
            Self::Mail => "Mail",
            Self::Calendar => "Calendar",
            Self::Pages => "Pages behind links",
        }
    }
}

pub(super) async fn page(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    match gather(&app, &headers, &uri) {
        Ok(page) => {
            let status = if page.filters.right() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            html(status, &page)
        }
        Err(problem) => failed(&problem),
    }
}

fn gather(app: &App, headers: &HeaderMap, uri: &Uri) -> Answer<Preview> {
    let mut query = Query::of(uri);
    let chosen = business_of(app, &mut query);
    let business = chosen.as_deref().and_then(|id| app.rules().business(id)).or_else(|| app.default_business());
    let usual = business.map(|business| business.language).unwrap_or_default();
    let language = query.one_of("language", &Language::ALL, Language::code).unwrap_or(usual);
    let place = query.one_of("place", &Place::ALL, Place::name);
    let filters = form(app, &query, usual);
    let (mut groups, mut intro) = (Vec::new(), String::new());
    if let Some(business) = business.filter(|_| filters.right()) {
        query.finish()?;
        let person = Person::of(app, business, language);
        let texts = app.rules().texts.for_business(&business.id);
        let shown = Place::ALL.into_iter().filter(|each| place.is_none_or(|place| place == *each));
        groups.extend(shown.map(|place| Group { place, title: place.title(), rows: rows(texts, place, &person) }));
        let own =
            groups.iter().flat_map(|group| &group.rows).flat_map(|row| &row.parts).filter(|part| part.own).count();
        let own = match own {
            0 => "Nothing of it is in its own words yet.".to_owned(),
            1 => "One text is in its own words.".to_owned(),
            own => format!("{own} texts are in its own words."),
        };
        let (whose, how, whom) = (&business.name, name(language), person.example.name);
        intro = format!("As {whose} says and writes it in {how}: to {whom}, who has an appointment tomorrow. {own}");
    }
    let shell = Shell::new(app, "Texts", Section::Texts, headers);
    Ok(Preview { shell, filters, intro, code: language.code(), groups })
}

/// The first choice of each stands for the usual.
fn form(app: &App, query: &Query, usual: Language) -> Filters {
    let others = Language::ALL.into_iter().filter(|language| *language != usual);
    let others = others.map(|language| (language.code().to_owned(), name(language).to_owned()));
    let language = Field::chosen("language", "Language", name(usual), others.collect());
    let place = Field::choice("place", "Where", "Everywhere", &Place::ALL, Place::name, Place::title);
    let usual = app.default_business();
    let rest = app.rules().businesses.values().filter(|it| usual.is_none_or(|usual| usual.id != it.id));
    let rest: Vec<_> = rest.map(|business| (business.id.clone(), business.name.clone())).collect();
    let any = usual.map_or("", |business| business.name.as_str());
    let business = (!rest.is_empty()).then(|| Field::chosen("business", "Business", any, rest));
    Filters::new(
        "/texts",
        "Choose business and language",
        query,
        business.into_iter().chain([language, place]).collect(),
    )
}

fn name(language: Language) -> &'static str {
    match language {
        Language::En => "English",
        Language::Es => "Spanish",
        Language::Hi => "Hindi",
        Language::Nl => "Dutch",
    }
}

/// Somebody who is called and written to, tomorrow at half past two.
struct Person {
    example: Example,
    language: Language,
    business: String,
    phone: String,
    link: String,
    /// As it is said, as it is written, and the time alone.
    spoken: String,
    written: String,
    clock: String,
}

impl Person {
    fn of(app: &App, business: &Business, language: Language) -> Self {
        let (now, zone) = (app.now(), business.time_zone);
        let (example, at) = (Example::of(language), tomorrow(now, zone));
        let token = example.link.rsplit('/').next().unwrap_or_default();
        Self {
            example,
            language,
            business: business.name.clone(),
            phone: business.phone.as_ref().map(|phone| phone.reveal().to_owned()).unwrap_or_default(),
            link: format!("{}/a/{token}", app.public_url.as_str().trim_end_matches('/')),
            spoken: spoken_when(at, now, zone, language),
            written: written_time(at, zone, language),
            clock: written_clock(at, zone, language),
        }
    }

    fn told(&self, texts: &Texts, id: &str) -> String {
        let when = match TextKind::of(id) {
            TextKind::Speech => &self.spoken,
            _ if id == "page-held" || id.starts_with("page-answered") => &self.clock,
            _ => &self.written,
        };
        let mut vars = self.example.variables(when);
        for (name, value) in &mut vars {
            match *name {
                "business" => *value = &self.business,
                "phone" => *value = &self.phone,
                "link" => *value = &self.link,
                _ => {}
            }
        }
        texts.say(self.language, id, &vars)
    }
}

fn tomorrow(now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    let day = now.with_timezone(&zone).date_naive().succ_opt().and_then(|day| day.and_hms_opt(14, 30, 0));
    let at = day.and_then(|day| zone.from_local_datetime(&day).earliest());
    at.map_or(now + Duration::days(1), |at| at.to_utc())
}

fn rows(texts: &Texts, place: Place, person: &Person) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for id in texts.ids().into_iter().filter(|id| Place::of(id) == place) {
        // A mail is read as a whole, its subject first.
        let stem = id.strip_suffix("-subject").or_else(|| id.strip_suffix("-body")).filter(|_| place == Place::Mail);
        let name = stem.unwrap_or(id);
        let part = part(texts, id, person);
        match rows.last_mut().filter(|row| row.name == name) {
            Some(row) if id.ends_with("-subject") => row.parts.insert(0, part),
            Some(row) => row.parts.push(part),
            None => rows.push(Row { name: name.to_owned(), parts: vec![part] }),
        }
    }
    rows
}

fn part(texts: &Texts, id: &str, person: &Person) -> Part {
    let text = person.told(texts, id);
    let kind = TextKind::of(id);
    let measure = match kind {
        TextKind::Speech => match spoken_seconds(&text, person.language) {
            1 => "about a second".to_owned(),
            seconds => format!("about {seconds} seconds"),
        },
        TextKind::Sms => {
            let counted = sms_segments(&text);
            let plural = if counted.segments == 1 { "" } else { "s" };
            format!("{} message{plural} in {}, {} units", counted.segments, counted.encoding, counted.units)
        }
        _ => String::new(),
    };
    let source = texts.source(person.language, id);
    Part {
        label: match kind {
            TextKind::Subject => format!("subject ({id})"),
            TextKind::Mail => format!("body ({id})"),
            _ => String::new(),
        },
        text,
        measure,
        from: match source {
            Some(TextSource::Business) => "its own words",
            Some(TextSource::Configured) => "from the configuration",
            Some(TextSource::BuiltIn) => "built in",
            None => "missing in this language, said in English",
        },
        own: source == Some(TextSource::Business),
    }
}
