//! Prints what happens, as it happens: one aligned line an event.

use crate::term::{self, Ink, Tone};
use frontdesk_core::{id::AppointmentId, ports::StoredEvent};
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

/// Writes event lines, and under them, on a terminal, how far it has come.
pub(super) struct Watch {
    names: BTreeMap<AppointmentId, String>,
    ink: Ink,
    terminal: bool,
    width: usize,
    /// Whether the last line is a progress line to be written over.
    progress: bool,
}

impl Watch {
    pub(super) fn new(ink: Ink, terminal: bool) -> Self {
        Self { names: BTreeMap::new(), ink, terminal, width: 0, progress: false }
    }

    pub(super) fn know(&mut self, id: AppointmentId, name: &str) {
        self.width = self.width.max(name.chars().count());
        self.names.insert(id, name.to_owned());
    }

    /// The line of an event, where it is worth one.
    pub(super) fn event(&mut self, event: &StoredEvent) -> io::Result<()> {
        let Some(name) = event.appointment_id.and_then(|id| self.names.get(&id)) else { return Ok(()) };
        let Some((tone, words)) = words(event) else { return Ok(()) };
        let time = self.ink.paint(Tone::Quiet, &event.at.format("%H:%M:%S%.3f").to_string());
        let line = format!("{time}  {}  {}", term::pad(name, self.width), self.ink.paint(tone, &words));
        let mut out = io::stdout().lock();
        if std::mem::take(&mut self.progress) {
            write!(out, "\r\x1b[K")?;
        }
        writeln!(out, "{line}")
    }

    /// How many are settled, on a terminal.
    pub(super) fn progress(&mut self, settled: usize, of: usize, seconds: u64) -> io::Result<()> {
        if !self.terminal {
            return Ok(());
        }
        let bar = term::bar(settled, of);
        let mut out = io::stdout().lock();
        write!(out, "\r\x1b[K{} {settled} of {of} settled, {seconds} s", self.ink.paint(Tone::Quiet, &bar))?;
        self.progress = true;
        out.flush()
    }

    /// Leaves a clean line behind.
    pub(super) fn end(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.progress) {
            let mut out = io::stdout().lock();
            write!(out, "\r\x1b[K")?;
            out.flush()?;
        }
        Ok(())
    }
}

/// The event in the front desk's words; nothing for what only a machine cares about.
fn words(event: &StoredEvent) -> Option<(Tone, String)> {
    let note = event.recorded.note.as_str();
    let tone = match event.recorded.kind.as_str() {
        "answered_us" => match note {
            note if note.starts_with("confirmed") => Tone::Good,
            _ => Tone::Warn,
        },
        "failed" => Tone::Bad,
        "uncertain" | "reconciled" | "silence" => Tone::Warn,
        "calling" | "ringing" | "ended" => Tone::Quiet,
        "digits" | "answered" | "asked" | "woke" => Tone::Plain,
        // What the end of a call means for the appointment; that it ended was said before.
        "call_over" if note.starts_with("final") => Tone::Bad,
        _ => return None,
    };
    // Some events are recorded for completeness and change nothing.
    let idle = ["ignored", "said so before", "nothing more to ask", "told late", "told again"];
    if idle.iter().any(|words| note.contains(words)) {
        return None;
    }
    Some((tone, note.to_owned()))
}
