//! Puts file and environment on top of each other, and remembers where every value was written.

use super::{
    Inputs, dotenv,
    lines::{line_at, line_in_text, line_of},
    names::{self, Meaning},
    problem::{Origin, Problem, Problems, nearest},
};
use figment::{
    Figment,
    providers::Serialized,
    value::{Dict, Value},
};
use std::{collections::BTreeMap, path::Path};

/// A variable as found.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) origin: Origin,
}

/// A key given by a variable, and how its text is read.
#[derive(Debug, Clone)]
struct Setting {
    path: String,
    variable: usize,
    reading: Reading,
}

/// A variable is only text: what it means shows when it is asked for.
#[derive(Debug, Clone, Copy)]
enum Reading {
    Text,
    Literal,
    List,
}

/// All sources, the stronger ones on top.
pub(super) struct Layers {
    file: Option<(String, String)>,
    table: toml::Table,
    variables: Vec<Variable>,
    settings: Vec<Setting>,
    /// Variables whose value is still the example's.
    pub(super) placeholders: Vec<usize>,
    pub(super) problems: Vec<Problem>,
}

impl Layers {
    /// Reads `frontdesk.toml` (or the given file), `.env` and the environment.
    pub(super) fn read(inputs: &Inputs) -> Result<Self, Problems> {
        let mut layers = Self {
            file: None,
            table: toml::Table::new(),
            variables: Vec::new(),
            settings: Vec::new(),
            placeholders: Vec::new(),
            problems: Vec::new(),
        };
        layers.read_file(inputs)?;
        layers.read_variables(inputs);
        layers.settle();
        Ok(layers)
    }

    fn read_file(&mut self, inputs: &Inputs) -> Result<(), Problems> {
        let named = inputs.file.clone().or_else(|| {
            let path = inputs.variables.get("FRONTDESK_CONFIG")?;
            Some(path.into())
        });
        let wanted = named.is_some();
        let path = named.unwrap_or_else(|| "frontdesk.toml".into());
        let shown = path.display().to_string();
        let fault = |what: String, line: Option<usize>| Problem {
            origin: match line {
                Some(line) => Origin::File { path: shown.clone(), line },
                None => Origin::Absent,
            },
            key: String::new(),
            what,
        };
        let source = match std::fs::read_to_string(inputs.folder.join(&path)) {
            Ok(source) => source,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !wanted => return Ok(()),
            Err(error) => {
                let what =
                    format!("the configuration file {shown} cannot be read ({error}); check its path and rights");
                return Err(fault(what, None).into());
            }
        };
        self.table = source.parse::<toml::Table>().map_err(|error| {
            let line = error.span().map_or(1, |span| line_at(&source, span.start));
            let what = error.message().lines().next().unwrap_or("").to_owned();
            Problems::from(fault(format!("this is not TOML: {what}; see frontdesk.example.toml"), Some(line)))
        })?;
        self.file = Some((shown, source));
        Ok(())
    }

    fn read_variables(&mut self, inputs: &Inputs) {
        let mut found: BTreeMap<String, Variable> = BTreeMap::new();
        let path = inputs.folder.join(".env");
        match std::fs::read_to_string(&path) {
            Ok(source) => {
                let (entries, odd) = dotenv::parse(&source);
                for line in odd {
                    self.problems.push(Problem {
                        origin: Origin::File { path: ".env".to_owned(), line },
                        key: String::new(),
                        what: "this line is no assignment; write NAME=value, or begin it with #".to_owned(),
                    });
                }
                for entry in entries {
                    let origin =
                        Origin::Variable { name: entry.name.clone(), file: Some((".env".to_owned(), entry.line)) };
                    let variable = Variable { name: entry.name.clone(), value: entry.value, origin };
                    found.insert(entry.name, variable);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => self.problems.push(Problem {
                origin: Origin::File { path: ".env".to_owned(), line: 1 },
                key: String::new(),
                what: format!("the file cannot be read ({error}); check its rights"),
            }),
        }
        // What is set for this very process is stronger than a file that lies about.
        for (name, value) in &inputs.variables {
            let origin = Origin::Variable { name: name.clone(), file: None };
            let variable = Variable { name: name.clone(), value: value.clone(), origin };
            found.insert(name.clone(), variable);
        }
        self.resolve_files(&mut found, &inputs.folder);
        self.variables = found.into_values().collect();
    }

    /// `NAME_FILE` names a file that holds the value of `NAME`.
    fn resolve_files(&mut self, found: &mut BTreeMap<String, Variable>, folder: &Path) {
        let twins: Vec<(String, Variable)> = found
            .values()
            .filter_map(|twin| {
                let name = twin.name.strip_suffix("_FILE")?;
                (names::known(name).is_some_and(|known| known.secret) || name.starts_with("FRONTDESK_"))
                    .then(|| (name.to_owned(), twin.clone()))
            })
            .collect();
        for (name, twin) in twins {
            found.remove(&twin.name);
            let both = found.get(&name).is_some_and(|direct| !direct.value.is_empty());
            let mut problem = |what: String| {
                self.problems.push(Problem { origin: twin.origin.clone(), key: String::new(), what });
            };
            if both {
                problem(format!("{name} and {name}_FILE are both set; keep one of them"));
                continue;
            }
            match std::fs::read_to_string(folder.join(&twin.value)) {
                Ok(value) => {
                    let value = value.trim_end_matches(['\r', '\n']).to_owned();
                    found.insert(name.clone(), Variable { name, value, origin: twin.origin });
                }
                Err(error) => problem(format!("the file it names cannot be read ({error}); check its path and rights")),
            }
        }
    }

    /// Turns variables into keys, the weaker names first.
    fn settle(&mut self) {
        for known in names::KNOWN.iter().rev() {
            let Some(variable) = self.position(known.name) else { continue };
            if names::placeholder(&self.variables[variable].value) {
                // The fence must not open because its number is not filled in.
                if known.meaning == Meaning::Key("test_number") && !self.variables[variable].value.trim().is_empty() {
                    let origin = self.variables[variable].origin.clone();
                    let what =
                        "is still the example's; write a number like +14155550123, or take the line out".to_owned();
                    self.problems.push(Problem { origin, key: "test_number".to_owned(), what });
                }
                self.placeholders.push(variable);
                continue;
            }
            if let Meaning::Key(path) = known.meaning {
                self.set(path, variable);
            }
        }
        self.settle_long_names();
        self.settle_listen();
        if self.value("database.url").is_none()
            && let Some(variable) = self.meaning(Meaning::DatabaseFile)
        {
            let url = format!("sqlite://{}", self.variables[variable].value);
            self.variables[variable].value = url;
            self.set("database.url", variable);
        }
    }

    /// `FRONTDESK_JOBS__WORKERS` is `jobs.workers`.
    fn settle_long_names(&mut self) {
        for index in 0..self.variables.len() {
            let name = self.variables[index].name.clone();
            let Some(rest) = name.strip_prefix("FRONTDESK_") else { continue };
            // The tests' own switches share the prefix.
            let empty = self.variables[index].value.trim().is_empty();
            if names::known(&name).is_some() || rest.starts_with("TEST_") || empty {
                continue;
            }
            if rest.contains("__") {
                let path = rest.to_ascii_lowercase().replace("__", ".");
                self.set(&path, index);
            } else {
                let known = names::KNOWN.iter().map(|known| known.name);
                let hint = nearest(&name, known.filter(|known| known.starts_with("FRONTDESK_")))
                    .map_or("see `gateway config schema` for every key".to_owned(), |near| {
                        format!("did you mean {near}?")
                    });
                let origin = self.variables[index].origin.clone();
                let what = format!("nothing is configured by this name; {hint}");
                self.problems.push(Problem { origin, key: String::new(), what });
            }
        }
    }

    /// The seeds give host and port apart. Behind a platform's router (`ENVIRONMENT=production`) a bare port is meant
    /// for the whole machine, as the seed's own Procfile has it.
    fn settle_listen(&mut self) {
        let (host, port) = (self.meaning(Meaning::Host), self.meaning(Meaning::Port));
        if self.settings.iter().any(|setting| setting.path == "server.listen") || (host.is_none() && port.is_none()) {
            return;
        }
        let production = self
            .meaning(Meaning::Environment)
            .is_some_and(|index| self.variables[index].value.eq_ignore_ascii_case("production"));
        let host_text = match host {
            Some(index) => self.variables[index].value.clone(),
            None if production => "0.0.0.0".to_owned(),
            None => "127.0.0.1".to_owned(),
        };
        let port_text = port.map_or("8080".to_owned(), |index| self.variables[index].value.clone());
        let host_text = if host_text.contains(':') { format!("[{host_text}]") } else { host_text };
        if let Some(index) = port.or(host) {
            let mut variable = self.variables[index].clone();
            variable.value = format!("{host_text}:{port_text}");
            self.variables.push(variable);
            self.set("server.listen", self.variables.len() - 1);
        }
    }

    fn set(&mut self, path: &str, variable: usize) {
        self.settings.retain(|setting| setting.path != path);
        self.settings.push(Setting { path: path.to_owned(), variable, reading: Reading::Text });
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.variables.iter().position(|variable| variable.name == name)
    }

    /// The first variable with this meaning that is filled in.
    fn meaning(&self, meaning: Meaning) -> Option<usize> {
        names::KNOWN
            .iter()
            .filter(|known| known.meaning == meaning)
            .filter_map(|known| self.position(known.name))
            .find(|index| !names::placeholder(&self.variables[*index].value))
    }

    /// The seeds' value for a key that every business may set for itself.
    pub(super) fn default_for(&self, key: &'static str) -> Option<&Variable> {
        self.meaning(Meaning::Default(key)).map(|index| &self.variables[index])
    }

    /// The variable of this name, where it is filled in.
    pub(super) fn filled(&self, name: &str) -> Option<&Variable> {
        let variable = &self.variables[self.position(name)?];
        (!names::placeholder(&variable.value)).then_some(variable)
    }

    pub(super) fn variables(&self) -> &[Variable] {
        &self.variables
    }

    /// Everything merged.
    pub(super) fn merged(&self) -> Figment {
        let mut figment = Figment::new();
        let file: Dict = self.table.iter().map(|(key, value)| (key.clone(), plain(value))).collect();
        figment = figment.merge(Serialized::globals(file));
        for setting in &self.settings {
            let text = &self.variables[setting.variable].value;
            let value = match setting.reading {
                Reading::Text => Value::from(text.clone()),
                Reading::Literal => text.parse().unwrap_or_else(|never| match never {}),
                Reading::List => Value::from(
                    text.split(',')
                        .map(str::trim)
                        .filter(|part| !part.is_empty())
                        .map(str::to_owned)
                        .map(Value::from)
                        .collect::<Vec<_>>(),
                ),
            };
            figment = figment.merge((setting.path.as_str(), value));
        }
        figment
    }

    /// A variable's text did not fit this key: reads it another way. False when there is no other way.
    pub(super) fn read_otherwise(&mut self, path: &str) -> bool {
        let Some(setting) = self.settings.iter_mut().find(|setting| setting.path == path) else { return false };
        setting.reading = match setting.reading {
            Reading::Text => Reading::Literal,
            Reading::Literal => Reading::List,
            Reading::List => return false,
        };
        true
    }

    fn value(&self, path: &str) -> Option<Value> {
        self.merged().find_value(path).ok()
    }

    /// Where this key, or the nearest table around it, was written.
    pub(super) fn origin(&self, path: &str) -> Origin {
        let set = self.settings.iter().rev().find(|setting| setting.path == path);
        if let Some(setting) =
            set.or_else(|| self.settings.iter().find(|setting| setting.path.starts_with(&format!("{path}."))))
        {
            return self.variables[setting.variable].origin.clone();
        }
        let Some((file, source)) = &self.file else { return Origin::Absent };
        match line_of(source, path) {
            Some(line) => Origin::File { path: file.clone(), line },
            None => Origin::Absent,
        }
    }

    /// Where line `line` of a text of several lines was written, the first one being 1.
    pub(super) fn origin_within(&self, path: &str, line: usize) -> Origin {
        let origin = self.origin(path);
        match (origin, &self.file) {
            (Origin::File { path: file, line: key }, Some((own, source))) if file == *own => {
                Origin::File { path: file, line: line_in_text(source, path, line).unwrap_or(key) }
            }
            (origin, _) => origin,
        }
    }

    /// The folder paths in the file are relative to.
    pub(super) fn folder(&self, inputs: &Inputs) -> std::path::PathBuf {
        let file = self.file.as_ref().and_then(|(path, _)| Path::new(path).parent());
        file.map_or_else(|| inputs.folder.clone(), |folder| inputs.folder.join(folder))
    }
}

/// Dates become the text they were written as.
fn plain(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text.clone()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(flag) => Value::from(*flag),
        toml::Value::Datetime(at) => Value::from(at.to_string()),
        toml::Value::Array(items) => Value::from(items.iter().map(plain).collect::<Vec<_>>()),
        toml::Value::Table(table) => {
            Value::from(table.iter().map(|(key, value)| (key.clone(), plain(value))).collect::<Dict>())
        }
    }
}
