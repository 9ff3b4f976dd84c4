//! The transaction of a writer, and what is left of it after a death.

use super::*;
use std::path::PathBuf;

const PUT: &str = "insert into t (n) values (?1)";

struct Desk {
    _folder: tempfile::TempDir,
    file: PathBuf,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("desk.db");
        let conn = Native::open(&file, &[("journal_mode", "wal")]).unwrap();
        conn.plain(include_str!("../../../../migrations/sqlite/0010_redo.sql")).unwrap();
        conn.plain("create table t (n integer primary key)").unwrap();
        Self { _folder: folder, file }
    }

    /// A writer's connection, as it is after a start.
    fn writer(&self) -> Native {
        let mut conn = Native::open(&self.file, &[("synchronous", "full")]).unwrap();
        conn.claim().unwrap();
        conn
    }

    /// What others find.
    fn read(&self) -> Vec<i64> {
        let rows: Vec<(i64,)> = Native::open(&self.file, &[]).unwrap().all("select n from t order by n", &[]).unwrap();
        rows.into_iter().map(|(n,)| n).collect()
    }
}

fn batch(conn: &mut Native, n: i64, more: bool) -> sqlx::Result<()> {
    conn.join()?;
    conn.put(PUT, 1, &[n.into()])?;
    conn.keep(if more { Next::Others } else { Next::Nobody })
}

#[test]
fn where_nobody_waits_a_batch_is_a_commit() {
    let desk = Desk::new();
    let mut conn = desk.writer();
    batch(&mut conn, 1, false).unwrap();
    assert!(!conn.holds());
    assert_eq!(desk.read(), [1]);
}

#[test]
fn what_was_kept_is_there_after_its_writer_died_and_only_once() {
    let desk = Desk::new();
    let mut conn = desk.writer();
    batch(&mut conn, 1, true).unwrap();
    batch(&mut conn, 2, false).unwrap();
    assert!(conn.holds() && conn.ahead.load(Ordering::Acquire));
    assert!(desk.read().is_empty());
    drop(conn);
    for _ in 0..2 {
        let conn = desk.writer();
        assert!(!conn.holds() && !conn.ahead.load(Ordering::Acquire));
        assert_eq!(desk.read(), [1, 2]);
    }
}

#[test]
fn what_was_folded_is_not_run_again() {
    let desk = Desk::new();
    let mut conn = desk.writer();
    for (n, more) in [(1, true), (2, true), (3, false)] {
        batch(&mut conn, n, more).unwrap();
        conn.fold().unwrap();
    }
    batch(&mut conn, 4, true).unwrap();
    drop(conn);
    drop(desk.writer());
    assert_eq!(desk.read(), [1, 2, 3, 4]);
}

#[test]
fn a_batch_that_fails_takes_nothing_of_the_others_along() {
    let desk = Desk::new();
    let mut conn = desk.writer();
    batch(&mut conn, 1, true).unwrap();
    conn.join().unwrap();
    conn.put(PUT, 1, &[2.into()]).unwrap();
    conn.put(PUT, 1, &[1.into()]).unwrap_err();
    drop(conn);
    batch(&mut desk.writer(), 3, false).unwrap();
    assert_eq!(desk.read(), [1, 3]);
}

#[test]
fn what_the_log_does_not_take_is_committed_and_not_run_again() {
    let desk = Desk::new();
    let mut conn = desk.writer();
    batch(&mut conn, 1, true).unwrap();
    conn.redo.as_mut().unwrap().on_a_full_disk(&desk.file);
    batch(&mut conn, 2, true).unwrap();
    assert!(!conn.holds());
    assert_eq!(desk.read(), [1, 2]);
    drop(conn);
    drop(desk.writer());
    assert_eq!(desk.read(), [1, 2]);
}

#[test]
fn whoever_writes_after_a_dead_writer_runs_its_log_first() {
    let desk = Desk::new();
    let mut first = desk.writer();
    let mut second = desk.writer();
    assert!(second.redo.is_none());
    batch(&mut first, 1, true).unwrap();
    drop(first);
    batch(&mut second, 2, true).unwrap();
    assert!(second.holds());
    second.fold().unwrap();
    assert_eq!(desk.read(), [1, 2]);
}

#[test]
fn nobody_writes_ahead_of_what_was_answered_and_is_about_to_be_run_by_another() {
    let desk = Desk::new();
    let ahead = Arc::new(AtomicBool::new(false));
    let mut first = desk.writer().telling(&ahead);
    batch(&mut first, 1, true).unwrap();
    drop(first);
    let another = Redo::claim(&desk.file).unwrap().unwrap();
    let again = || batch(&mut Native::open(&desk.file, &[]).unwrap().telling(&ahead), 2, false);
    again().unwrap_err();
    drop(another);
    again().unwrap();
    assert_eq!(desk.read(), [1, 2]);
}

#[test]
fn whoever_wants_to_read_is_not_kept_waiting_by_two_disks_for_one() {
    let desk = Desk::new();
    let mut conn = desk.writer();
    batch(&mut conn, 1, true).unwrap();
    conn.join().unwrap();
    conn.put(PUT, 1, &[2.into()]).unwrap();
    conn.keep(Next::Reader).unwrap();
    assert!(!conn.holds());
    assert_eq!(desk.read(), [1, 2]);
}

#[cfg(unix)]
#[test]
fn the_log_lies_beside_the_file_itself_whatever_leads_to_it() {
    let desk = Desk::new();
    batch(&mut desk.writer(), 1, true).unwrap();
    let link = desk.file.with_file_name("link.db");
    std::os::unix::fs::symlink(&desk.file, &link).unwrap();
    recover(&link, &[]).unwrap();
    assert_eq!(desk.read(), [1]);
}

#[test]
fn a_log_of_another_database_of_the_same_name_is_left_alone() {
    let desk = Desk::new();
    batch(&mut desk.writer(), 1, true).unwrap();
    let log = std::fs::read(crate::redo::beside(&desk.file)).unwrap();
    let other = Desk::new();
    std::fs::write(crate::redo::beside(&other.file), log).unwrap();
    drop(other.writer());
    assert!(other.read().is_empty());
}

#[test]
fn a_database_that_does_not_say_what_it_holds_is_not_written_and_says_how_to_mend_it() {
    let desk = Desk::new();
    let conn = Native::open(&desk.file, &[]).unwrap();
    conn.plain("delete from redo").unwrap();
    let mut writer = Native::open(&desk.file, &[]).unwrap();
    let error = batch(&mut writer, 1, false).unwrap_err().to_string();
    let (_, mending) = error.split_once(" and run: ").unwrap();
    drop(writer);
    assert!(desk.read().is_empty());
    conn.plain(mending).unwrap();
    batch(&mut desk.writer(), 1, false).unwrap();
    assert_eq!(desk.read(), [1]);
}

#[test]
fn whoever_ends_leaves_the_log_of_another_alone() {
    let desk = Desk::new();
    let mut conn = desk.writer();
    batch(&mut conn, 1, true).unwrap();
    conn.fold().unwrap();
    let mut other = desk.writer();
    batch(&mut other, 2, true).unwrap();
    other.end().unwrap();
    assert!(std::fs::metadata(crate::redo::beside(&desk.file)).unwrap().len() > 0);
    assert_eq!(desk.read(), [1, 2]);
}

#[test]
fn nothing_of_what_was_kept_stays_in_the_log_once_it_is_scrubbed() {
    let desk = Desk::new();
    let mut conn = desk.writer();
    batch(&mut conn, 1, true).unwrap();
    conn.scrub().unwrap();
    assert_eq!(desk.read(), [1]);
    assert_eq!(std::fs::metadata(crate::redo::beside(&desk.file)).unwrap().len(), 0);
}

#[test]
fn what_goes_with_the_commit_is_run_with_it_and_after_a_crash_as_well() {
    const ALL: &str = "insert into t (n) select value from json_each(?1)";
    let desk = Desk::new();
    let mut conn = desk.writer();
    let batch = |conn: &mut Native, numbers: &str| {
        conn.join().unwrap();
        conn.with_commit(ALL, vec![numbers.into()]).unwrap();
        conn.keep(Next::Others).unwrap();
    };
    batch(&mut conn, "[1,2]");
    batch(&mut conn, "[3]");
    conn.fold().unwrap();
    assert_eq!(desk.read(), [1, 2, 3]);
    batch(&mut conn, "[4]");
    batch(&mut conn, "[5]");
    drop(conn);
    let mut conn = desk.writer();
    assert_eq!(desk.read(), [1, 2, 3, 4, 5]);
    conn.with_commit(ALL, vec!["[6]".into()]).unwrap();
    assert_eq!(desk.read(), [1, 2, 3, 4, 5, 6], "what is no part of a batch is run at once");
}
