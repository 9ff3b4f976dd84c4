//! What is wrong with the configuration, where, and what to do about it.

use std::fmt;

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In a file, at a line counted from 1.
    File {
        /// The path as given.
        path: String,
        /// The line.
        line: usize,
    },
    /// In a variable of the environment.
    Variable {
        /// Its name.
        name: String,
        /// The `.env` file and line that set it, where one did.
        file: Option<(String, usize)>,
    },
    /// Nowhere: a built-in value, or something that is missing.
    Absent,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{path}, line {line}"),
            Self::Variable { name, file: None } => write!(f, "environment variable {name}"),
            Self::Variable { name, file: Some((path, line)) } => write!(f, "{path}, line {line} ({name})"),
            Self::Absent => f.write_str("configuration"),
        }
    }
}

/// One flaw, as one sentence: where, which key, what, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it was written.
    pub origin: Origin,
    /// The key, such as `businesses.clinic.time_zone`; empty where the whole file is meant.
    pub key: String,
    /// What is wrong and what to do. Never repeats a secret or a telephone number.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.origin != Origin::Absent || !self.key.is_empty() {
            write!(f, "{}: ", self.origin)?;
        }
        if !self.key.is_empty() {
            write!(f, "{} ", self.key)?;
        }
        f.write_str(&self.what)
    }
}

/// Every flaw found. Printed one sentence a line; the process ends with status 64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

/// The known word nearest to a misspelt one, if any is near.
#[must_use]
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|word| (strsim::normalized_damerau_levenshtein(given, word), word))
        .filter(|(likeness, _)| *likeness >= 0.5)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, word)| word)
}
