//! What the capture's first program kept (`ivr_data.db`), taken over. Rows that are there already change nothing.

use super::AT_ONCE;
use crate::{failure::Failure, term};
use chrono::NaiveDateTime;
use frontdesk_core::{
    engine::Engine,
    ivr::{self, Capture},
    personal::{Phone, RawNumber},
    ports::Trouble,
};
use frontdesk_store::{SeedFile, SeedPress};
use futures_util::StreamExt;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// Whose key presses these are: the program captured no other carrier's.
pub(crate) const PROVIDER: &str = "exotel";
/// Rows read at once.
const PAGE: i64 = 1_000;

/// What became of the rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TakenOver {
    /// Kept now.
    pub(crate) taken: u64,
    /// Kept before.
    pub(crate) unchanged: u64,
    /// Not taken, by the reason.
    pub(crate) refused: BTreeMap<String, u64>,
}

/// How many bytes of a file say whether it is a SQLite database.
pub(crate) const HEAD: u64 = 16;

/// Whether a file that begins so is a SQLite database.
#[must_use]
pub(crate) fn is_database(head: &[u8]) -> bool {
    head.starts_with(b"SQLite format 3\0")
}

/// Takes over every key press in a file; `None` when there is none to take.
///
/// # Errors
/// When the file cannot be read or the store is away.
pub(crate) async fn take_over(engine: &Engine, file: &Path) -> Result<Option<TakenOver>, Failure> {
    let Some(mut seed) = SeedFile::open(file).await? else { return Ok(None) };
    let mut all = TakenOver::default();
    for presses in [true, false] {
        let mut after = 0;
        loop {
            let rows = if presses { seed.presses(after, PAGE).await? } else { seed.choices(after, PAGE).await? };
            let Some(last) = rows.last() else { break };
            after = last.place;
            keep(engine, rows, &mut all).await?;
        }
    }
    seed.close().await?;
    Ok(Some(all))
}

/// What a file holds.
pub(crate) struct Found {
    /// Rows, readable or not.
    pub(crate) presses: u64,
    /// Whose they are.
    pub(crate) calls: usize,
}

/// Looks at what a file holds, and takes nothing; `None` when there is nothing to take.
///
/// # Errors
/// When the file cannot be read.
pub(crate) async fn look(file: &Path) -> Result<Option<Found>, Failure> {
    let Some(mut seed) = SeedFile::open(file).await? else { return Ok(None) };
    let (mut presses, mut calls) = (0, BTreeSet::new());
    for of_inputs in [true, false] {
        let mut after = 0;
        loop {
            let rows = if of_inputs { seed.presses(after, PAGE).await? } else { seed.choices(after, PAGE).await? };
            let Some(last) = rows.last() else { break };
            after = last.place;
            presses += u64::try_from(rows.len()).unwrap_or(u64::MAX);
            calls.extend(rows.into_iter().map(|row| row.call_sid));
        }
    }
    seed.close().await?;
    Ok(Some(Found { presses, calls: calls.len() }))
}

async fn keep(engine: &Engine, rows: Vec<SeedPress>, all: &mut TakenOver) -> Result<(), Failure> {
    let region = engine.rules().businesses.values().find_map(|business| business.region.clone());
    let kept = rows.into_iter().map(|row| {
        let capture = capture(row, region.as_deref().unwrap_or("IN"));
        async move { engine.capture(PROVIDER, capture).await }
    });
    let mut kept = futures_util::stream::iter(kept).buffered(AT_ONCE);
    while let Some(kept) = kept.next().await {
        match kept {
            Ok(kept) if kept.repeated => all.unchanged += 1,
            Ok(_) => all.taken += 1,
            Err(error) if error.trouble == Trouble::Refused => *all.refused.entry(error.message).or_default() += 1,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn capture(row: SeedPress, region: &str) -> Capture {
    let raw = row.digit_input.unwrap_or_default();
    let raw = raw.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '“' | '”'));
    let told = row.timestamp.and_then(|text| NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%d %H:%M:%S%.f").ok());
    let number = |text: &Option<String>| text.as_deref().and_then(RawNumber::new);
    let phone = |text: &Option<String>| Phone::parse(text.as_deref()?, Some(region)).ok();
    Capture {
        sid: row.call_sid,
        flow: None,
        step: row.step_name,
        digits: ivr::keys(raw),
        raw: raw.to_owned(),
        told_at: told.map(|at| at.and_utc()),
        started_at: None,
        from: number(&row.from_number),
        phone: phone(&row.from_number),
        to: number(&row.to_number),
        called: phone(&row.to_number),
        circle: row.caller_circle.filter(|circle| !circle.is_empty()),
    }
}

impl TakenOver {
    /// In words, with what was refused and why.
    ///
    /// # Errors
    /// When nobody takes what is written.
    pub(crate) fn say(&self) -> Result<(), Failure> {
        let Self { taken, unchanged, refused } = self;
        let lines: String = refused.iter().map(|(why, n)| format!("{n} not taken: {why}\n")).collect();
        term::say(&format!("{taken} key presses taken, {unchanged} were there already\n{lines}"))
    }
}
