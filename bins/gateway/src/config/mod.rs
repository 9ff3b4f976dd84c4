//! The configuration: `frontdesk.toml`, then the environment, then checked as a whole before anything starts.
//!
//! Of two sources that give one key, the environment wins over the file, a variable of the process over `.env`, and
//! Frontdesk's own name (`FRONTDESK_…`) over a seed's. `FRONTDESK_JOBS__WORKERS` is the key `jobs.workers`, and so on.

mod alerts;
mod businesses;
mod carriers;
mod desk;
mod dotenv;
mod elevenlabs;
mod exotel;
mod extract;
mod ivr;
mod layers;
mod left_out;
mod lines;
mod links;
mod names;
mod opening;
mod own_texts;
mod problem;
mod public_url;
mod rules;
pub mod sections;
mod settings;
mod show;
mod span;
mod threecx;
mod twilio;
mod voices;

pub use alerts::Webhook;
#[cfg(test)]
pub(crate) use alerts::signing_key;
pub(crate) use businesses::SANDBOX_NUMBER;
pub use carriers::Carriers;
pub(crate) use carriers::Proof;
pub use desk::Desk;
pub use links::Links;
pub use problem::{Origin, Problem, Problems, nearest};
pub use public_url::PublicUrl;
pub(crate) use rules::SANDBOX_MEDIA_PATH;
pub use settings::{Config, Jobs, Notice, SandboxSettings};
pub use show::{masked_url, schema, show};
pub use span::Span;
pub use threecx::ThreeCx;
pub use voices::Samples;

use extract::Extraction;
use layers::Layers;
use sections::Sections;
use std::{collections::BTreeMap, path::PathBuf};

/// What the configuration is made from. Plain data, so that tests need no process of their own.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// The file given by `--config`; `frontdesk.toml` in the folder when unset.
    pub file: Option<PathBuf>,
    /// The working directory: `.env` and relative paths are looked for here.
    pub folder: PathBuf,
    /// The environment.
    pub variables: BTreeMap<String, String>,
}

/// Reads, merges and checks.
///
/// # Errors
/// Every [`Problem`] found, one sentence each.
pub fn load(inputs: &Inputs) -> Result<Config, Problems> {
    let mut layers = Layers::read(inputs)?;
    let mut extraction = Extraction::new(&mut layers);
    let sections: Sections = extraction.sections();
    let mut problems = std::mem::take(&mut layers.problems);
    problems.extend(left_out::problems(&layers));
    // Values are only checked once every shape is right: a second error about the same line helps nobody.
    if problems.is_empty() {
        match settings::build(inputs, &layers, sections) {
            Ok(config) => return Ok(config),
            Err(found) => problems = found,
        }
    }
    problems.dedup();
    Err(Problems(problems))
}

#[cfg(test)]
mod tests;
