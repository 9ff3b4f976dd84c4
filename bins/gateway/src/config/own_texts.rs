//! Texts that a business words itself: read from the configuration or from files, compiled, and held to the rules.

use super::{
    Inputs,
    problem::{Origin, Problem, nearest},
    sections::{OwnTexts, Sections},
    settings::Checker,
};
use frontdesk_core::speech::{Language, Templates, Texts};
use std::{fs, path::Path};

/// No file of a text is nearly as long, in bytes.
const LONGEST_FILE: u64 = 64 * 1024;

/// A text as it was found.
struct Found {
    language: Language,
    id: String,
    source: String,
    place: Place,
}

enum Place {
    /// Under a key of the configuration.
    Key(String),
    /// In a file of its own, by its path as it would be written in the configuration.
    File(String),
}

impl Place {
    /// A mistake in line `line` of the text.
    fn problem(&self, checker: &mut Checker<'_>, line: usize, what: String) {
        let (origin, key) = match self {
            // What is wrong with a text is a sentence of its own, not one about the key.
            Self::Key(key) => (checker.layers.origin_within(key, line), format!("{key}:")),
            Self::File(path) => (Origin::File { path: path.clone(), line }, String::new()),
        };
        checker.problems.push(Problem { origin, key, what });
    }
}

/// The texts with those of every business that has some of its own.
pub(super) fn add(inputs: &Inputs, checker: &mut Checker<'_>, sections: &Sections, mut texts: Texts) -> Texts {
    for (business, section) in &sections.businesses {
        let key = format!("businesses.{business}.texts");
        let found = match &section.texts {
            OwnTexts::Folder(folder) => files(inputs, checker, &key, folder),
            OwnTexts::Inline(languages) => {
                let mut found = Vec::new();
                for (tag, own) in languages {
                    let key = format!("{key}.{tag}");
                    let Some(language) = checker.keep(&key, Language::parse(tag)) else { continue };
                    found.extend(own.iter().map(|(id, source)| Found {
                        language,
                        id: id.clone(),
                        source: source.clone(),
                        place: Place::Key(format!("{key}.{id}")),
                    }));
                }
                found
            }
        };
        let mut templates = Templates::default();
        let mut places = Vec::new();
        for Found { language, id, source, place } in found {
            if !texts.has(&id) {
                let near = nearest(&id, texts.ids()).map(|near| format!("; did you mean `{near}`?"));
                let what = format!("{id:?} is the name of no text{}", near.unwrap_or_default());
                place.problem(checker, 1, what);
            } else if let Err(error) = templates.add(language, &id, &source) {
                place.problem(checker, error.line, format!("{}; {}", error.message, error.remedy));
            } else {
                places.push((language, id, place));
            }
        }
        if templates.is_empty() {
            continue;
        }
        texts = texts.with_templates(business, templates);
        let name = section.name.as_deref().unwrap_or(business);
        for problem in texts.for_business(business).lint_own(name) {
            let own =
                |(language, id, _): &&(Language, String, Place)| *language == problem.language && *id == problem.id;
            if let Some((_, _, place)) = places.iter().find(own).filter(|_| !problem.kind.is_advice()) {
                place.problem(checker, 1, problem.message);
            }
        }
    }
    texts
}

/// The files of a folder: `en/sms-confirmed.txt` and so on. What begins with a dot is none of ours.
fn files(inputs: &Inputs, checker: &mut Checker<'_>, key: &str, folder: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let root = checker.layers.folder(inputs).join(folder);
    let Some(languages) = names(checker, key, folder, &root) else { return found };
    for tag in languages {
        let path = format!("{folder}/{tag}");
        let Ok(language) = Language::parse(&tag) else {
            let what = format!("names {folder}, in which {tag} is no language; use folders en, es, hi and nl");
            checker.problem(key, what);
            continue;
        };
        let Some(files) = names(checker, key, &path, &root.join(&tag)) else { continue };
        for name in files {
            let file = root.join(&tag).join(&name);
            let place = Place::File(format!("{path}/{name}"));
            let Some(id) = name.strip_suffix(".txt") else {
                place.problem(checker, 1, "the file is no text; call it after one, like sms-confirmed.txt".to_owned());
                continue;
            };
            match read(&file) {
                Ok(source) => found.push(Found { language, id: id.to_owned(), source, place }),
                Err(why) => place.problem(checker, 1, why),
            }
        }
    }
    found
}

/// What a folder holds, in alphabetical order.
fn names(checker: &mut Checker<'_>, key: &str, shown: &str, folder: &Path) -> Option<Vec<String>> {
    let listed = fs::read_dir(folder).and_then(|entries| {
        let names = entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
        names.collect::<Result<Vec<_>, _>>()
    });
    let remedy = |error| format!("names {shown}, which cannot be read as a folder ({error}); check the path");
    let mut names = checker.keep(key, listed.map_err(remedy))?;
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    Some(names)
}

fn read(file: &Path) -> Result<String, String> {
    let remedy =
        |error: std::io::Error| format!("the file cannot be read ({error}); check its rights, and write UTF-8");
    if fs::metadata(file).map_err(remedy)?.len() > LONGEST_FILE {
        return Err("the file is far too long for a text; shorten it".to_owned());
    }
    fs::read_to_string(file).map_err(remedy)
}
