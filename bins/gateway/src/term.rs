//! What the terminal shows: colour where it is wanted, tables whose columns line up.

use crate::{config::Inputs, failure::Failure};
use std::io::{self, IsTerminal, Write};

/// Writes to standard output. Whoever reads it may go away early (`| head`): they have seen enough.
///
/// # Errors
/// When the output cannot be written for another reason, such as a full disk.
pub fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::broken(format!("the output cannot be written: {error}; check the disk")))
        }
        _ => Ok(()),
    }
}

/// Whether somebody reads this on a terminal.
pub fn is_terminal(stream: &impl IsTerminal) -> bool {
    stream.is_terminal()
}

/// Whether colour is welcome there: on a terminal, unless `NO_COLOR` is set or it is a dumb one.
pub fn colour(stream: &impl IsTerminal, inputs: &Inputs) -> bool {
    let set = |name: &str| inputs.variables.get(name).is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !set("NO_COLOR") && inputs.variables.get("TERM").map(String::as_str) != Some("dumb")
}

/// How a piece of text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// Of less weight.
    Quiet,
    /// Fine.
    Good,
    /// To be looked at.
    Warn,
    /// Wrong.
    Bad,
    /// The head of something.
    Bold,
}

/// Paints, or leaves it.
#[derive(Debug, Clone, Copy)]
pub struct Ink(pub bool);

impl Ink {
    /// The text in its tone; the words alone carry the meaning.
    #[must_use]
    pub fn paint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Quiet => "2",
            Tone::Good => "32",
            Tone::Warn => "33",
            Tone::Bad => "31",
            Tone::Bold => "1",
        };
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// Rows under a head, columns two spaces apart, as wide as their widest cell.
#[derive(Debug, Clone)]
pub struct Table {
    head: Vec<String>,
    rows: Vec<Vec<(Tone, String)>>,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new(head: &[&str]) -> Self {
        Self { head: head.iter().map(|cell| (*cell).to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: Vec<(Tone, String)>) {
        self.rows.push(cells);
    }

    /// Whether it has no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// As text, each line ended.
    #[must_use]
    pub fn text(&self, ink: Ink) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|(_, cell)| columns(cell));
            cells.chain(self.head.get(column).map(|cell| columns(cell))).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let head: Vec<(Tone, String)> = self.head.iter().map(|cell| (Tone::Quiet, cell.clone())).collect();
        let mut out = String::new();
        for row in std::iter::once(&head).chain(&self.rows) {
            let mut line = String::new();
            for (index, (tone, cell)) in row.iter().enumerate() {
                line.push_str(&ink.paint(*tone, cell));
                if index + 1 < row.len() {
                    let gap = widths.get(index).map_or(0, |width| width.saturating_sub(columns(cell))) + 2;
                    line.push_str(&" ".repeat(gap));
                }
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }
}

/// How many columns a text takes, near enough for names: marks that stand on another letter take none.
fn columns(text: &str) -> usize {
    text.chars().filter(|c| !matches!(*c as u32, 0x0300..=0x036F | 0x093A..=0x093C | 0x0941..=0x0948 | 0x094D)).count()
}

/// How much of something is done, as a bar of 26 columns.
#[must_use]
pub fn bar(done: usize, of: usize) -> String {
    const WIDTH: usize = 26;
    let full = (WIDTH * done.min(of)).checked_div(of).unwrap_or(0);
    format!("{}{}", "━".repeat(full), "┄".repeat(WIDTH - full))
}

/// Pads a text to so many columns.
#[must_use]
pub fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_colour() {
        let mut table = Table::new(&["name", "state"]);
        table.row(vec![(Tone::Plain, "Ana".to_owned()), (Tone::Good, "confirmed".to_owned())]);
        table.row(vec![(Tone::Plain, "Bartholomew".to_owned()), (Tone::Bad, "unreached".to_owned())]);
        assert_eq!(table.text(Ink(false)), "name         state\nAna          confirmed\nBartholomew  unreached\n");
        assert!(table.text(Ink(true)).contains("Ana          \x1b[32mconfirmed"));
    }
}
