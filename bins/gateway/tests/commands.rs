//! The binary itself: exit codes, what it prints, and what it never prints.

#![expect(clippy::unwrap_used, reason = "what helpers of tests cannot do fails the test")]

#[path = "common/binary.rs"]
mod binary;
#[path = "common/served.rs"]
mod served;

use binary::{gateway, run, text};
use serde_json::{Value, json};
use served::Served;
use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Output, Stdio},
};

#[test]
fn bad_configuration_ends_with_64_and_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("frontdesk.toml"), "[server]\nlissten = \"x\"\n").unwrap();
    for arguments in [&["serve"][..], &["check"], &["config", "show"], &["migrate"]] {
        let (code, _, said) = run(folder.path(), arguments);
        assert_eq!(code, Some(64), "{arguments:?}");
        assert_eq!(said, "frontdesk.toml, line 2: server.lissten is no known key; did you mean `listen`?\n");
    }
}

#[test]
fn a_taken_port_is_one_sentence_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    let Output { status, stderr, .. } = gateway(folder.path()).env("FRONTDESK_LISTEN", &address).output().unwrap();
    assert_eq!(status.code(), Some(2));
    let said = text(&stderr);
    assert!(said.starts_with(&format!("{address} is taken by another program; stop it")), "{said}");
    assert_eq!(said.lines().count(), 1);
}

#[test]
fn an_unreachable_database_is_one_sentence_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let free = socket.local_addr().unwrap();
    drop(socket);
    let url = format!("postgres://desk:hunter2@{free}/frontdesk");
    let mut command = gateway(folder.path());
    let Output { status, stderr, .. } =
        command.env("DATABASE_URL", url).env("FRONTDESK_LISTEN", "127.0.0.1:0").output().unwrap();
    assert_eq!(status.code(), Some(2));
    let said = text(&stderr);
    assert!(said.contains("check DATABASE_URL") && !said.contains("hunter2"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn a_database_that_says_nothing_is_not_waited_for_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    // The system takes the connection; nobody answers.
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://desk:hunter2@{}/frontdesk", socket.local_addr().unwrap());
    let Output { status, stderr, .. } =
        gateway(folder.path()).env("DATABASE_URL", url).env("FRONTDESK_LISTEN", "127.0.0.1:0").output().unwrap();
    let said = text(&stderr);
    assert_eq!(status.code(), Some(2), "{said}");
    assert!(said.contains("does not answer as a PostgreSQL does") && !said.contains("hunter2"), "{said}");
}

#[test]
fn check_says_what_to_do_and_is_fine_without_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said, _) = run(folder.path(), &["check"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("only the sandbox can be rung"), "{said}");
    let (_, json, _) = run(folder.path(), &["check", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["ok"], true);
    // Looking makes nothing.
    assert!(!folder.path().join("data").exists());
}

#[test]
fn check_finds_a_database_that_is_away() {
    let folder = tempfile::tempdir().unwrap();
    let output =
        gateway(folder.path()).arg("check").env("DATABASE_URL", "postgres://x@127.0.0.1:1/y").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("wrong  database"), "{}", text(&output.stdout));
}

/// A database with tables of something else, made by it.
async fn foreign(path: &Path) {
    use sqlx::{ConnectOptions, Connection};
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut conn = options.connect().await.unwrap();
    sqlx::query("create table calls (id integer primary key)").execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

#[tokio::test]
async fn a_database_of_something_else_is_left_alone_and_its_variable_is_named() {
    let folder = tempfile::tempdir().unwrap();
    foreign(&folder.path().join("ivr.db")).await;
    let before = std::fs::read(folder.path().join("ivr.db")).unwrap();
    for (command, code) in [("check", 1), ("serve", 2), ("migrate", 2)] {
        let mut run = gateway(folder.path());
        run.arg(command).env("IVR_DB_PATH", "ivr.db").env("FRONTDESK_LISTEN", "127.0.0.1:0");
        let Output { status, stdout, stderr } = run.output().unwrap();
        let said = text(&stdout) + &text(&stderr);
        assert_eq!(status.code(), Some(code), "{said}");
        assert!(
            said.contains("(IVR_DB_PATH) belongs to something else") && said.contains("use another file"),
            "{said}"
        );
    }
    assert_eq!(std::fs::read(folder.path().join("ivr.db")).unwrap(), before);
}

#[test]
fn check_finds_what_serve_would_refuse() {
    let folder = tempfile::tempdir().unwrap();
    // Where a file is, no folder can be made, whoever asks.
    std::fs::write(folder.path().join("taken"), "").unwrap();
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap().to_string();
    let mut command = gateway(folder.path());
    command.arg("check").env("FRONTDESK_DATA", "taken/data").env("FRONTDESK_LISTEN", &address);
    // Nobody answers there, so that asking whether it is a gateway must not take for ever.
    let Output { status, stdout, .. } = command.output().unwrap();
    let said = text(&stdout);
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("wrong  data folder") && said.contains("set FRONTDESK_DATA"), "{said}");
    assert!(said.contains("frontdesk.db cannot be made"), "{said}");
    assert!(said.contains(&format!("{address} is taken by another program")), "{said}");
}

#[test]
fn the_tools_of_an_agent_are_written_without_any_configuration() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("frontdesk.toml"), "not even TOML").unwrap();
    let (code, said, _) = run(folder.path(), &["agent", "tools"]);
    let all: Vec<Value> = serde_json::from_str(&said).unwrap();
    assert_eq!((code, all.len()), (Some(0), 9));
    let (_, one, _) = run(folder.path(), &["agent", "tools", "book"]);
    assert_eq!(Some(&serde_json::from_str::<Value>(&one).unwrap()), all.iter().find(|tool| tool["name"] == "book"));
    let (_, lines, _) = run(folder.path(), &["agent", "tools", "--api"]);
    let bodies: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names = |tools: &[Value], at: &str| tools.iter().map(|it| it.pointer(at).cloned()).collect::<Vec<_>>();
    assert_eq!(names(&bodies, "/tool_config/name"), names(&all, "/name"));
    let (code, _, wrong) = run(folder.path(), &["agent", "tools", "fly"]);
    assert!(code == Some(2) && wrong.contains("find_appointments"), "{wrong}");
}

#[test]
fn a_name_that_sends_no_webhooks_is_bad_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let Output { status, stderr, .. } =
        gateway(folder.path()).env("FRONTDESK_INSECURE_WEBHOOKS", "exotl").output().unwrap();
    assert_eq!(status.code(), Some(64));
    assert!(text(&stderr).contains("did you mean exotel?"), "{}", text(&stderr));
}

#[test]
fn a_dry_run_takes_nothing_and_a_bad_row_ends_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "name,phone,starts_at\nAna,+15005550101,2099-01-01 10:00\nBo,nonsense,2099-01-01 10:00\n";
    std::fs::write(folder.path().join("rows.csv"), rows).unwrap();
    let (code, said, wrong) = run(folder.path(), &["import", "rows.csv", "--dry-run"]);
    assert_eq!(code, Some(1));
    assert!(wrong.starts_with("rows.csv, line 3, column 2 (phone): is not a telephone number"), "{wrong}");
    assert!(said.contains("dry run"), "{said}");
    assert!(!folder.path().join("data").exists());
    assert_eq!(run(folder.path(), &["import", "nowhere.csv"]).0, Some(2));
}

#[test]
fn reading_commands_make_no_database() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["export", "calls"][..], &["explain", "01900000-0000-7000-8000-000000000000"], &["keys", "list"]]
    {
        let (code, _, said) = run(folder.path(), arguments);
        assert_eq!(code, Some(2), "{arguments:?} {said}");
        assert!(said.contains("there is no database"), "{said}");
    }
    assert!(!folder.path().join("data").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_log_line_holds_personal_data_and_a_signal_ends_it_with_0() {
    let folder = tempfile::tempdir().unwrap();
    let toml = "[businesses.clinic.policy]\ntries = 1\nmessage_gap = \"10ms\"\n[sandbox]\npace = 0.0\n";
    std::fs::write(folder.path().join("frontdesk.toml"), toml).unwrap();
    let log = "info,frontdesk_core=trace,frontdesk_store=trace,frontdesk_web=trace,frontdesk_sandbox=trace,frontdesk_gateway=trace";
    let mut served = Served::start(folder.path(), &[("FRONTDESK_LOG", log)]);
    let http = frontdesk_gateway::wire::http_client().unwrap();
    let api = |path: &str| format!("{}{path}", served.url);

    // One of each fate, and requests that are refused.
    let mut booked = Vec::new();
    for phone in ["+15005550101", "+15005550107", "+15005550111", "+15005550112"] {
        let body = json!({
            "customer": { "name": "Zebulon Quarkwhistle", "phone": phone, "email": "quarkwhistle@example.org" },
            "starts_at": "2099-01-01T10:00:00Z", "notes": "allergic to plovers", "confirm": "now",
        });
        let response =
            http.post(api("/api/v1/appointments")).bearer_auth(&served.token).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 201);
        booked.push(response.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned());
    }
    let wrong =
        json!({ "customer": { "name": "Zebulon Quarkwhistle", "phone": "0123-PLOVER", "email": "quark@@whistle" } });
    let refused = http.post(api("/api/v1/appointments")).bearer_auth(&served.token).json(&wrong).send().await.unwrap();
    assert_eq!(refused.status(), 422);
    let person = api("/api/v1/contacts/+15005550107?because=plover");
    http.get(&person).bearer_auth(&served.token).send().await.unwrap();
    assert_eq!(http.get(&person).send().await.unwrap().status(), 401);
    let forged = http.post(api("/webhooks/sandbox/voice?secret=plover-secret")).body("{\"from\":\"+15005550101\"}");
    assert!(forged.send().await.unwrap().status().is_client_error());
    let stop = json!({ "from": "+15005550107", "body": "plovers nest at dawn" });
    assert!(
        http.post(api("/sandbox/api/messages"))
            .bearer_auth(&served.token)
            .json(&stop)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );

    for id in &booked {
        let settled = async {
            loop {
                let shown =
                    http.get(api(&format!("/api/v1/appointments/{id}"))).bearer_auth(&served.token).send().await;
                let shown: Value = shown.unwrap().json().await.unwrap();
                if !matches!(shown["status"].as_str().unwrap(), "scheduled" | "confirming") {
                    break;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(60), settled).await.unwrap();
    }
    // Beside the running gateway.
    let (code, story, _) = run(folder.path(), &["explain", &booked[1]]);
    assert_eq!(code, Some(0));
    assert!(story.contains("calling, try 1 of 1") && story.contains("(UTC)"), "{story}");
    let (code, exported, _) = run(folder.path(), &["export", "appointments"]);
    assert_eq!((code, exported.lines().count()), (Some(0), 5));

    let (code, said) = served.terminate();
    assert_eq!(code, Some(0));
    for planted in ["Zebulon", "Quarkwhistle", "quarkwhistle", "5005550", "plover", "PLOVER", "0123-"] {
        let line = said.lines().find(|line| line.contains(planted));
        assert!(line.is_none(), "{planted} in {line:?}");
        assert!(!story.contains(planted) || planted == "5005550", "{planted} in {story}");
    }
    assert!(!story.contains("5005550107"), "{story}");
    for key in ["admin", "nobody"] {
        let asked = |line: &&str| line.contains("/api/v1/contacts/{phone}") && line.contains(key);
        let line = said.lines().find(asked).unwrap_or_else(|| panic!("no line for {key} in {said}"));
        assert!(["GET", "status", "milliseconds"].iter().all(|part| line.contains(part)), "{line}");
    }
    // The token stands in the greeting alone.
    assert_eq!(said.matches(&served.token).count(), 1, "{said}");
}

#[cfg(unix)]
#[test]
fn what_holds_secrets_or_people_is_for_its_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    // A folder that others may look into.
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::set_permissions(folder.path().join("data"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut served = Served::start(folder.path(), &[]);
    for name in ["admin.token", "site.key", "frontdesk.db", "frontdesk.db-wal", "sandbox.journal"] {
        let mode = std::fs::metadata(folder.path().join("data").join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name} {mode:o}");
    }
    assert_eq!(served.terminate().0, Some(0));
}

#[test]
fn a_configured_token_is_repeated_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let token = "a-token-of-somebody-0123456789";
    let mut command = gateway(folder.path());
    command.env("FRONTDESK_LISTEN", "127.0.0.1:0").env("WEBHOOK_AUTH_TOKEN", token);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut said).unwrap();
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    stdout.read_to_string(&mut said).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(said.contains("/sign-in with the configured admin token") && !said.contains(token), "{said}");
}

#[test]
fn serve_says_where_it_listens_and_which_pages_to_open() {
    let folder = tempfile::tempdir().unwrap();
    let mut served = Served::start(folder.path(), &[("FRONTDESK_PUBLIC_URL", "https://desk.example.com/front/")]);
    let (code, said) = served.terminate();
    assert_eq!(code, Some(0));
    assert!(
        said.starts_with("Frontdesk answers at https://desk.example.com/front and listens on 127.0.0.1:"),
        "{said}"
    );
    for page in ["/", "/appointments", "/calls", "/ivr", "/sandbox", "/docs"] {
        assert!(said.contains(&format!("https://desk.example.com/front{page} ")), "{said} lacks {page}");
    }
    assert_eq!(said.matches(&served.token).count(), 1, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_opens_the_api_until_it_is_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let mut served = Served::start(folder.path(), &[]);
    let (code, key, _) = run(folder.path(), &["keys", "create", "booking system"]);
    assert_eq!(code, Some(0));
    let http = frontdesk_gateway::wire::http_client().unwrap();
    let status = || async {
        let request = http.get(format!("{}/api/v1/appointments", served.url)).bearer_auth(key.trim());
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(status().await, 200);
    let (_, listed, _) = run(folder.path(), &["keys", "list"]);
    assert!(listed.contains("booking system") && !listed.contains(key.trim()), "{listed}");
    let id = listed.lines().nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    assert_eq!(run(folder.path(), &["keys", "revoke", &id]).0, Some(0));
    assert_eq!(status().await, 401);
    assert_eq!(run(folder.path(), &["keys", "revoke", &id]).0, Some(1));
    assert_eq!(served.terminate().0, Some(0));
}

#[test]
fn the_demo_comes_out_as_scripted() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said, wrong) = run(folder.path(), &["demo", "--exit"]);
    assert_eq!(code, Some(0), "{said}\n{wrong}");
    assert!(said.contains("All 13 appointments came out as scripted"), "{said}");
    assert!(wrong.is_empty(), "{wrong}");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "the demo leaves nothing behind");
}
