//! Clock, randomness and environment: the only place in the whole gateway that reads them.

use crate::config::Inputs;
use chrono::{DateTime, Utc};
use frontdesk_core::engine::World;
use std::{collections::BTreeMap, path::PathBuf};
use uuid::Uuid;

/// The time.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
#[must_use]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A time-ordered id nobody else has.
#[must_use]
pub fn fresh() -> Uuid {
    Uuid::now_v7()
}

/// Clock and ids for the engine.
#[must_use]
pub fn world() -> World {
    World::new(now, fresh)
}

/// 32 unguessable bytes in hexadecimal.
#[must_use]
pub fn secret() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

/// What the configuration is read from: the environment and the working directory.
#[must_use]
pub fn inputs(file: Option<PathBuf>) -> Inputs {
    // A variable that is not Unicode cannot be one of ours.
    let variables: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    Inputs { file, folder: std::env::current_dir().unwrap_or_default(), variables }
}
