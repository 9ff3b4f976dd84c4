//! How a command ends when it does not end well: one sentence and an exit code.

use crate::config::Problems;
use frontdesk_core::ports::PortError;
use std::process::ExitCode;

/// A command came to nothing, or found something wrong.
#[derive(Debug)]
pub struct Failure {
    /// 1: something is wrong; 2: could not run; 64: bad configuration.
    pub code: u8,
    /// What and what to do; empty when everything was printed already.
    pub message: String,
}

impl Failure {
    /// The command ran, and what it looked at is wrong.
    #[must_use]
    pub fn wrong(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }

    /// The command could not run.
    #[must_use]
    pub fn broken(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }

    /// Prints the sentence, and gives the exit code.
    #[must_use]
    pub fn report(&self) -> ExitCode {
        if !self.message.is_empty() {
            eprintln!("{}", self.message);
        }
        ExitCode::from(self.code)
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self { code: 64, message: problems.to_string() }
    }
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        Self::broken(format!("{error}{}", causes(&error)))
    }
}

/// The deeper causes of an error, each after a colon.
#[must_use]
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = inner.source();
    }
    text
}
