//! What a capture server before us kept is taken over, once.

#![expect(clippy::unwrap_used, reason = "what helpers of tests cannot do fails the test")]

#[path = "common/binary.rs"]
mod binary;
#[path = "common/served.rs"]
mod served;

use binary::{gateway, run, text};
use serde_json::Value;
use served::Served;
use std::path::Path;

/// The file of the capture's first program, as it made it.
async fn capture_file(path: &Path) {
    use sqlx::{ConnectOptions, Connection};
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut conn = options.connect().await.unwrap();
    for text in [
        "create table ivr_inputs (id integer primary key, call_sid text not null, from_number text, to_number text,
             step_name text not null, digit_input text, timestamp datetime, exophone text, caller_circle text)",
        "create table ivr_paths (id integer primary key, call_sid text unique not null, from_number text, to_number text,
             language_choice text, state_choice text, service_choice text, model_choice text, hp_choice text,
             complete_path text, timestamp datetime)",
        "insert into ivr_inputs (call_sid, from_number, to_number, step_name, digit_input, timestamp) values
             ('a1', '09876543210', '08047491899', 'language', '1', '2026-01-23 05:00:14'),
             ('a1', '09876543210', '08047491899', 'language', '1', '2026-01-23 05:00:14'),
             ('a1', '09876543210', '08047491899', 'state', '2', '2026-01-23 05:00:20'),
             ('a1', '09876543210', '08047491899', 'colour', '2', '2026-01-23 05:00:22')",
        "insert into ivr_paths (call_sid, language_choice, state_choice, complete_path, timestamp) values
             ('a1', '1', '2', '1-2---', '2026-01-23 05:00:20'), ('b2', '2', '4', '2-4---', '2026-01-24 05:00:00')",
    ] {
        sqlx::query(text).execute(&mut conn).await.unwrap();
    }
    conn.close().await.unwrap();
}

#[tokio::test]
async fn what_a_capture_server_kept_is_imported_once() {
    let folder = tempfile::tempdir().unwrap();
    capture_file(&folder.path().join("ivr_data.db")).await;
    let import = || {
        // A gateway that a neighbour runs at the usual address is none of ours.
        let mut command = gateway(folder.path());
        let output = command.args(["import", "ivr_data.db"]).env("FRONTDESK_LISTEN", "127.0.0.1:1").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let said = import();
    assert_eq!(said, "4 key presses taken, 1 were there already\n1 not taken: the IVR has no such step\n");
    let again = import();
    assert!(again.starts_with("0 key presses taken, 5 were there already"), "{again}");
    let (_, paths, _) = run(folder.path(), &["export", "ivr-paths", "--from", "2026-01-24", "--to", "2026-01-24"]);
    let lines: Vec<_> = paths.lines().collect();
    assert_eq!(lines.len(), 2, "{paths}");
    assert!(lines[1].contains(",b2,") && lines[1].contains(",2-4---,"), "{paths}");
    let (_, inputs, _) = run(folder.path(), &["export", "ivr-inputs", "--format", "ndjson"]);
    assert_eq!(inputs.lines().count(), 4);
}

#[tokio::test]
async fn a_captured_call_is_explained_by_where_its_presses_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    capture_file(&folder.path().join("ivr_data.db")).await;
    // A gateway that a neighbour runs at the usual address is none of ours.
    let ours = |arguments: &[&str]| {
        let output = gateway(folder.path()).args(arguments).env("FRONTDESK_LISTEN", "127.0.0.1:1").output().unwrap();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    assert_eq!(ours(&["import", "ivr_data.db"]).0, Some(0));
    let explained = |id: &str| ours(&["explain", id]);
    let (code, said, _) = explained("1");
    assert_eq!(code, Some(0), "{said}");
    let shown = "They are shown at http://127.0.0.1:1/ivr/calls/1;";
    assert!(said.starts_with("Call 1 went through the IVR ivr of exotel, which told 2 key presses. "), "{said}");
    assert!(said.contains(shown) && !said.contains("9876543210"), "{said}");
    let (_, json, _) = ours(&["explain", "1", "--json"]);
    assert!(json.contains("\"page\":\"http://127.0.0.1:1/ivr/calls/1\""), "{json}");
    let (code, _, complained) = explained("99");
    assert_eq!(code, Some(1));
    assert!(complained.contains("no call 99 was captured in a carrier's IVR"), "{complained}");
    assert!(explained("ninety").2.contains("ids look like"), "what is no id is told so");
}

#[tokio::test]
async fn a_capture_servers_file_can_be_looked_at_before_it_is_imported() {
    let folder = tempfile::tempdir().unwrap();
    capture_file(&folder.path().join("ivr_data.db")).await;
    let (code, said, _) = run(folder.path(), &["import", "ivr_data.db", "--dry-run"]);
    assert_eq!(code, Some(0));
    assert_eq!(said, "6 key presses of 2 calls would be taken; those that are there already change nothing\n");
    assert!(!folder.path().join("data").exists(), "nothing was written");
}

#[tokio::test]
async fn a_capture_servers_own_file_becomes_the_database_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    capture_file(&folder.path().join("ivr_data.db")).await;
    // At the second start nothing waits any more, and nothing is counted again.
    for _ in 0..2 {
        let mut served = Served::start(folder.path(), &[("IVR_DB_PATH", "ivr_data.db")]);
        let http = frontdesk_gateway::wire::http_client().unwrap();
        let stats = async || -> Value {
            let request = http.get(format!("{}/api/ivr/stats", served.url)).bearer_auth(&served.token);
            request.send().await.unwrap().json().await.unwrap()
        };
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while stats().await["total_calls"] != 2 {
            assert!(std::time::Instant::now() < deadline, "the old rows were not taken over");
            tokio::task::yield_now().await;
        }
        assert_eq!(served.terminate().0, Some(0));
    }
    let inputs = gateway(folder.path())
        .args(["export", "ivr-inputs"])
        .env("IVR_DB_PATH", "ivr_data.db")
        .env("FRONTDESK_LISTEN", "127.0.0.1:1")
        .output()
        .unwrap();
    assert_eq!(text(&inputs.stdout).lines().count(), 5, "{}", text(&inputs.stderr));
}
