//! What was chosen at each step, in the order of the steps.

use std::fmt;

/// The choices of a call, one segment a step; `None` where nothing was chosen (yet).
///
/// Written as seed users know it: segments joined by hyphens, empty where nothing was chosen: `1-2--`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(Vec<Option<String>>);

impl Path {
    /// The choices in the order of the steps.
    #[must_use]
    pub fn new(choices: Vec<Option<String>>) -> Self {
        Self(choices)
    }

    /// Reads what [`fmt::Display`] wrote.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(text.split('-').map(|choice| (!choice.is_empty()).then(|| choice.to_owned())).collect())
    }

    /// What was chosen at the step at this position.
    #[must_use]
    pub fn at(&self, position: usize) -> Option<&str> {
        self.0.get(position)?.as_deref()
    }

    /// How many choices were made.
    #[must_use]
    pub fn chosen(&self) -> usize {
        self.0.iter().flatten().count()
    }

    /// The position of the last step at which something was chosen.
    #[must_use]
    pub fn last(&self) -> Option<usize> {
        self.0.iter().rposition(Option::is_some)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, choice) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("-")?;
            }
            f.write_str(choice.as_deref().unwrap_or_default())?;
        }
        Ok(())
    }
}

/// The beginning of a path: keys joined by hyphens, `_` for any key: `_-_-2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Option<String>>);

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, for whoever wrote it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let segment = |segment: &str| match segment {
            "_" => Ok(None),
            keys if !keys.is_empty() && keys.bytes().all(|b| b.is_ascii_digit() || b == b'*' || b == b'#') => {
                Ok(Some(keys.to_owned()))
            }
            _ => Err(format!("{text:?} is no path: write keys joined by hyphens, with _ for any key, such as \"_-2\"")),
        };
        text.split('-').map(segment).collect::<Result<_, _>>().map(Self)
    }

    /// How many steps it speaks of.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.0.len()
    }

    /// How many of its keys are named: of two that match, the one that names more is meant.
    #[must_use]
    pub fn named(&self) -> usize {
        self.0.iter().flatten().count()
    }

    /// Whether its last key is this one.
    #[must_use]
    pub fn ends_with(&self, key: &str) -> bool {
        self.0.last().is_some_and(|last| last.as_deref() == Some(key))
    }

    /// Whether a path begins so. A step at which nothing was chosen matches nothing.
    #[must_use]
    pub fn begins(&self, path: &Path) -> bool {
        self.0.iter().enumerate().all(|(at, key)| match (key, path.at(at)) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(key), Some(chosen)) => key == chosen,
        })
    }
}
