//! `gateway import`: appointments from CSV.

pub(crate) mod captured;
mod rows;
mod target;

pub use rows::{BadFile, BadRow, COLUMNS, Row, read};
pub use target::{Api, Outcome, Target};

use crate::{
    clock,
    config::{Config, Inputs},
    failure::Failure,
    logging,
    term::{self, Ink, Table, Tone},
};
use futures_util::StreamExt;
use std::{collections::BTreeSet, io::Read, path::Path};

/// Rows under way at once.
const AT_ONCE: usize = 32;

/// Takes every row that can be taken, and says which could not.
///
/// # Errors
/// Exit code 1 when a row was refused, 2 when nothing could be read or written.
pub async fn run(config: &Config, inputs: &Inputs, file: &Path, dry_run: bool) -> Result<(), Failure> {
    logging::start(inputs, "warn");
    let shown = file.display();
    let unreadable =
        |error: std::io::Error| Failure::broken(format!("{shown} cannot be read ({error}); check the path"));
    // A database may be far larger than memory: its first bytes say what it is.
    let mut head = Vec::new();
    std::fs::File::open(file)
        .and_then(|opened| opened.take(captured::HEAD).read_to_end(&mut head))
        .map_err(unreadable)?;
    if captured::is_database(&head) {
        return database(config, file, dry_run).await;
    }
    let source = std::fs::read(file).map_err(unreadable)?;
    let rows =
        read(&source, &config.rules, clock::now()).map_err(|error| Failure::broken(format!("{shown}: {error}")))?;
    let target = if dry_run { None } else { Some(Target::find(config).await?) };

    let (mut taken, mut unchanged, mut refused) = (0_u64, 0_u64, Vec::new());
    let mut seen = BTreeSet::new();
    let mut good = Vec::new();
    for row in rows {
        match row {
            Ok(row) => good.push(row),
            Err(bad) => refused.push(bad),
        }
    }
    // Several at once: each commit takes all that wait.
    let mut outcomes = futures_util::stream::iter(good)
        .map(|Row { line, appointment }| {
            let first = seen.insert((appointment.business.clone(), appointment.external_id.clone()));
            let target = target.as_ref();
            async move {
                match target {
                    Some(target) => (line, target.take(appointment).await),
                    None => (line, Ok(if first { Outcome::Taken } else { Outcome::Unchanged })),
                }
            }
        })
        .buffered(AT_ONCE);
    while let Some((line, outcome)) = outcomes.next().await {
        match outcome? {
            Outcome::Taken => taken += 1,
            Outcome::Unchanged => unchanged += 1,
            Outcome::Refused(what) => refused.push(BadRow { line, column: None, what }),
        }
    }
    drop(outcomes);
    refused.sort_by_key(|bad| bad.line);
    let place = target.as_ref().map_or("nowhere (dry run)".to_owned(), Target::describe);
    if let Some(target) = target {
        target.close().await;
    }
    for bad in &refused {
        eprintln!("{shown}, {bad}");
    }
    let mut table = Table::new(&["taken", "unchanged", "refused", "into"]);
    let tone = if refused.is_empty() { Tone::Plain } else { Tone::Bad };
    table.row(vec![
        (Tone::Good, taken.to_string()),
        (Tone::Plain, unchanged.to_string()),
        (tone, refused.len().to_string()),
        (Tone::Plain, place),
    ]);
    term::say(&table.text(Ink(term::colour(&std::io::stdout(), inputs))))?;
    if refused.is_empty() { Ok(()) } else { Err(Failure { code: 1, message: String::new() }) }
}

/// A file of the capture's first program.
async fn database(config: &Config, file: &Path, dry_run: bool) -> Result<(), Failure> {
    let nothing = || Failure::wrong(format!("{} has no table ivr_inputs; nothing was imported", file.display()));
    if dry_run {
        let found = captured::look(file).await?.ok_or_else(nothing)?;
        return term::say(&format!(
            "{} key presses of {} calls would be taken; those that are there already change nothing\n",
            found.presses, found.calls
        ));
    }
    let Target::Database(engine, store) = Target::find(config).await? else {
        return Err(Failure::broken(
            "a gateway is running, and its API takes no key presses; stop it, import, and start it again",
        ));
    };
    let taken = captured::take_over(&engine, file).await;
    store.close().await;
    match taken? {
        Some(taken) => taken.say(),
        None => Err(nothing()),
    }
}
