//! What is run once at the commit, however many batches wanted it: rows whose last state is all that matters, sums, and
//! what nobody else sees before the commit in any case.
//!
//! Each batch notes them in the redo log as it would have run them; that comes to the same.

use crate::db::Arg;
use std::collections::HashMap;

type Statement = &'static str;

/// What is to be run before the commit.
#[derive(Default)]
pub(crate) struct Later {
    /// By the first value of the row.
    last: HashMap<(Statement, Arg), Vec<Arg>>,
    /// By all values but the last, which is the sum.
    sums: HashMap<(Statement, Vec<Arg>), i64>,
    /// Statements that take all their rows at once, as a JSON array, or that take none.
    sets: HashMap<Statement, Vec<Arg>>,
}

impl Later {
    /// Of rows that begin with the same value the last one counts.
    pub(crate) fn last(&mut self, text: Statement, width: usize, args: &[Arg]) {
        for row in args.chunks_exact(width) {
            if let [key, ..] = row {
                self.last.insert((text, key.clone()), row.to_vec());
            }
        }
    }

    /// Rows that end with different values and are the same otherwise are one row with the sum of them.
    pub(crate) fn sum(&mut self, text: Statement, width: usize, args: &[Arg]) {
        for row in args.chunks_exact(width) {
            if let [key @ .., Arg::Int(Some(n))] = row {
                *self.sums.entry((text, key.to_vec())).or_default() += n;
            }
        }
    }

    /// All rows go to the statement at once: a JSON array. No value for one that takes none.
    pub(crate) fn set(&mut self, text: Statement, args: Vec<Arg>) {
        let held = self.sets.entry(text).or_default();
        match (held.as_mut_slice(), args.as_slice()) {
            ([Arg::Text(Some(held))], [Arg::Text(Some(more))]) => {
                held.truncate(held.len() - 1);
                held.push(',');
                held.push_str(&more[1..]);
            }
            _ => *held = args,
        }
    }

    /// Each row with its statement; nothing is left.
    pub(crate) fn take(&mut self) -> Vec<(Statement, Vec<Arg>)> {
        let sums = self.sums.drain().map(|((text, mut row), n)| {
            row.push(n.into());
            (text, row)
        });
        let mut rows: Vec<_> = self.last.drain().map(|((text, _), row)| (text, row)).chain(sums).collect();
        // Neighbours share a page.
        rows.sort_unstable();
        rows.extend(self.sets.drain());
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_same_row_the_last_counts_and_of_the_same_count_the_sum() {
        let mut later = Later::default();
        later.last("move", 2, &[1.into(), "a".into(), 2.into(), "b".into()]);
        later.sum("count", 3, &["day".into(), "x".into(), 2.into(), "day".into(), "y".into(), 1.into()]);
        later.last("move", 2, &[1.into(), "c".into()]);
        later.sum("count", 3, &["day".into(), "x".into(), (-1).into()]);
        let rows = [
            ("count", vec!["day".into(), "x".into(), 1.into()]),
            ("count", vec!["day".into(), "y".into(), 1.into()]),
            ("move", vec![1.into(), "c".into()]),
            ("move", vec![2.into(), "b".into()]),
        ];
        assert_eq!(later.take(), rows);
        assert!(later.take().is_empty());
    }

    #[test]
    fn what_takes_all_rows_at_once_is_run_once_with_those_of_every_batch() {
        let mut later = Later::default();
        later.set("jobs", vec![r#"[["a"],["b"]]"#.into()]);
        later.set("wake", Vec::new());
        later.set("jobs", vec![r#"[["c"]]"#.into()]);
        later.set("wake", Vec::new());
        let mut taken = later.take();
        taken.sort_unstable();
        assert_eq!(taken, [("jobs", vec![r#"[["a"],["b"],["c"]]"#.into()]), ("wake", Vec::new())]);
        assert!(later.take().is_empty());
    }
}
