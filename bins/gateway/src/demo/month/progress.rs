//! How far the month has come: a bar that is drawn over on a terminal, a line a quarter elsewhere.

use crate::term::{self, Ink, Tone};
use std::time::Instant;

pub(super) struct Progress {
    /// The colours of a terminal; nothing where the output is none.
    terminal: Option<Ink>,
    begun: Instant,
    done: usize,
    of: usize,
}

impl Progress {
    pub(super) fn new(terminal: Option<Ink>, of: usize) -> Self {
        Self { terminal, begun: Instant::now(), done: 0, of }
    }

    /// One more is done: what is to be printed, if anything.
    pub(super) fn step(&mut self) -> Option<String> {
        let parts = if self.terminal.is_some() { 100 } else { 4 };
        let part = |done: usize| (done * parts).checked_div(self.of).unwrap_or(parts);
        let before = part(self.done);
        self.done += 1;
        let (done, of, seconds) = (self.done, self.of, self.begun.elapsed().as_secs());
        if part(done) == before {
            return None;
        }
        match self.terminal {
            Some(ink) => {
                let bar = ink.paint(Tone::Quiet, &term::bar(done, of));
                Some(format!("\r\x1b[K{bar} {done} of {of} lived through, {seconds} s"))
            }
            None if done < of => Some(format!("{done} of {of} are lived through, after {seconds} s.\n")),
            // What comes of all of them is said next.
            None => None,
        }
    }

    /// Leaves a clean line behind.
    pub(super) fn end(&self) -> &'static str {
        if self.terminal.is_some() { "\r\x1b[K" } else { "" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(terminal: Option<Ink>, of: usize) -> Vec<String> {
        let mut progress = Progress::new(terminal, of);
        (0..of).filter_map(|_| progress.step()).collect()
    }

    #[test]
    fn a_month_on_a_terminal_draws_its_bar_a_hundred_times_and_elsewhere_tells_each_quarter() {
        assert_eq!(told(Some(Ink(false)), 1_000).len(), 100);
        assert!(told(Some(Ink(false)), 10)[4].contains("━┄") && told(Some(Ink(false)), 10).len() == 10);
        let lines = told(None, 1_000);
        let begins: Vec<_> = lines.iter().map(|line| line.split(" are").next().unwrap_or_default()).collect();
        assert_eq!(begins, ["250 of 1000", "500 of 1000", "750 of 1000"]);
    }
}
