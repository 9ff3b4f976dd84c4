//! Key presses in a flow of the customer's own.

use crate::common::{Desk, SECRET, STEPS, alone, config, http, nobody, now, request};
use frontdesk_core::{
    ivr::Capture,
    ports::{CallProvider, Network, ReceivedAbout, Rejected, WebhookRequest, WebhookResponse},
};
use frontdesk_exotel::{CaptureAnswer, Exotel};
use frontdesk_testkit::{
    carriers::{
        Script,
        exotel::{Flow, Sent},
    },
    fixtures, phone,
};
use rstest::rstest;
use serde_json::{Value, json};

const QUERY: &str = "CallSid=c-1&digits=%222%22&From=09876543210&To=08047491899&CurrentTime=2026-01-23%2010%3A30%3A14";

fn captured(adapter: &Exotel, request: &WebhookRequest) -> (Capture, WebhookResponse) {
    match adapter.receive(request, now()).unwrap().about {
        ReceivedAbout::Capture { capture, answer } => (*capture, answer),
        other => panic!("{other:?}"),
    }
}

fn posted(kind: &str, body: &str) -> WebhookRequest {
    let mut request = request("ivr/language", "");
    "POST".clone_into(&mut request.method);
    request.headers.push(("content-type".to_owned(), kind.to_owned()));
    request.body = body.as_bytes().to_vec();
    request
}

#[test]
fn a_press_means_the_same_whichever_way_it_is_sent() {
    let adapter = alone();
    let plain = request("ivr/language", QUERY);
    let want = captured(&adapter, &plain);
    let json = json!({
        "CallSid": "c-1", "digits": "\"2\"", "From": "09876543210", "To": "08047491899",
        "CurrentTime": "2026-01-23 10:30:14", "Stream": {"Status": "completed"},
    });
    let part =
        |name: &str, value: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    let multipart = part("CallSid", "c-1")
        + &part("digits", "\"2\"")
        + &part("From", "09876543210")
        + &part("To", "08047491899")
        + &part("CurrentTime", "2026-01-23 10:30:14")
        + "--b--\r\n";
    for request in [
        WebhookRequest { method: "HEAD".to_owned(), ..plain },
        posted("application/x-www-form-urlencoded", QUERY),
        posted("application/json; charset=utf-8", &json.to_string()),
        posted("", &json.to_string()),
        posted("", QUERY),
        posted("multipart/form-data; boundary=b", &multipart),
    ] {
        assert_eq!(captured(&adapter, &request), want, "{request:?}");
    }
}

#[test]
fn the_body_counts_where_the_query_says_nothing() {
    let mut request = posted("application/x-www-form-urlencoded", "CallSid=c-2&digits=%229%22&From=08039513882");
    request.url.push_str("CallSid=c-1&digits=%221%22");
    let (capture, _) = captured(&alone(), &request);
    assert_eq!((capture.sid.as_str(), capture.digits.as_deref()), ("c-1", Some("1")));
    assert_eq!(capture.phone, Some(phone("+918039513882")));
}

#[rstest]
#[case("07799828555", "07799828555", Some("+917799828555"))]
#[case("8039513882", "8039513882", Some("+918039513882"))]
#[case("08039513882", "08039513882", Some("+918039513882"))]
#[case("919876543210", "919876543210", Some("+919876543210"))]
#[case("%2B919876543210", "+919876543210", Some("+919876543210"))]
#[case("+919876543210", "+919876543210", Some("+919876543210"))]
#[case("+65+9123+4567", "+65 9123 4567", Some("+6591234567"))]
#[case("anonymous", "anonymous", None)]
fn a_number_is_kept_as_written_and_as_dialled(
    #[case] sent: &str,
    #[case] written: &str,
    #[case] dialled: Option<&str>,
) {
    let (capture, _) = captured(&alone(), &request("ivr/state", &format!("CallSid=c-1&From={sent}&To={sent}")));
    for (raw, number) in [(capture.from, capture.phone), (capture.to, capture.called)] {
        assert_eq!(raw.unwrap().reveal(), written);
        assert_eq!(number, dialled.map(phone));
    }
}

#[test]
fn times_are_the_accounts_and_the_end_is_never_one() {
    let times = "StartTime=2026-01-23%2010%3A30%3A00&EndTime=1970-01-01%2005%3A30%3A00\
                 &Created=Fri%2C%2023%20Jan%202026%2010%3A29%3A59";
    let (capture, _) = captured(&alone(), &request("ivr/language", &format!("{QUERY}&{times}")));
    assert_eq!(capture.told_at.unwrap().to_rfc3339(), "2026-01-23T05:00:14+00:00");
    assert_eq!(capture.started_at.unwrap().to_rfc3339(), "2026-01-23T05:00:00+00:00");
    let mut other = config(&nobody(), &nobody());
    other.time_zone = chrono_tz::Tz::Asia__Singapore;
    let (capture, _) = captured(&Exotel::new(other, http()), &request("ivr/language", QUERY));
    assert_eq!(capture.told_at.unwrap().to_rfc3339(), "2026-01-23T02:30:14+00:00");
    let created = "CallSid=c-1&Created=Fri%2C%2023%20Jan%202026%2010%3A29%3A59";
    let (capture, _) = captured(&alone(), &request("ivr/language", created));
    assert_eq!(capture.started_at.unwrap().to_rfc3339(), "2026-01-23T04:59:59+00:00");
}

#[rstest]
#[case("", 200, "application/json", Some("2"))]
#[case("&answer=json", 200, "application/json", Some("2"))]
#[case("&answer=select", 200, "text/plain", None)]
#[case("&answer=branch", 200, "application/json", Some("2"))]
fn a_press_is_answered_as_its_applet_reads_it(
    #[case] way: &str,
    #[case] status: u16,
    #[case] kind: &str,
    #[case] digit: Option<&str>,
) {
    let (_, answer) = captured(&alone(), &request("ivr/language", &format!("{QUERY}{way}")));
    assert_eq!((answer.status, answer.content_type), (status, kind));
    match digit {
        Some(digit) => assert_eq!(
            answer.body,
            format!(
                "{{\"success\":true,\"status\":\"success\",\"message\":\"IVR input recorded for language\",\
                 \"call_sid\":\"c-1\",\"digit\":\"{digit}\"}}"
            )
        ),
        None => assert_eq!(answer.body, "{\"select\":\"2\"}"),
    }
}

#[test]
fn no_key_is_an_empty_digit_the_case_none_and_the_other_branch() {
    let mut branching = config(&nobody(), &nobody());
    branching.answer = CaptureAnswer::Branch;
    for keys in ["", "&digits=", "&digits=%22%22", "&digits=A"] {
        let of = |adapter: &Exotel, way: &str| {
            captured(adapter, &request("ivr/language", &format!("CallSid=c-1{keys}{way}"))).1
        };
        let body: Value = serde_json::from_str(&of(&alone(), "").body).unwrap();
        assert_eq!(body["digit"], "", "{keys}");
        assert_eq!(of(&alone(), "&answer=select").body, "{\"select\":\"none\"}");
        assert_eq!(of(&Exotel::new(branching.clone(), http()), "").status, 302);
    }
}

#[test]
fn a_step_has_a_tree_and_none_is_known_by_another_ones() {
    let (capture, _) = captured(&alone(), &request("ivr/survey/stars", "CallSid=c-1&digits=%225%22"));
    assert_eq!((capture.flow.as_deref(), capture.step.as_str()), (Some("survey"), "stars"));
    for hook in ["ivr/stars", "ivr/survey/language", "ivr/colour", "ivr"] {
        let answer = alone().receive(&request(hook, QUERY), now());
        assert_eq!(answer, Err(Rejected::UnknownHook(hook.to_owned())));
    }
}

#[test]
fn a_press_of_no_call_or_by_an_odd_method_is_a_bad_request() {
    for query in ["digits=%221%22", "CallSid=", "CallSid=%00", &format!("CallSid={}", "9".repeat(129))] {
        let answer = alone().receive(&request("ivr/language", query), now());
        assert!(matches!(answer, Err(Rejected::Malformed(_))), "{query}: {answer:?}");
    }
    let put = WebhookRequest { method: "PUT".to_owned(), ..request("ivr/language", QUERY) };
    assert!(matches!(alone().receive(&put, now()), Err(Rejected::Malformed(_))));
}

#[test]
fn a_stranger_learns_nothing_not_even_which_steps_there_are() {
    for hook in ["ivr/language", "ivr/colour", "gather", "nothing"] {
        let mut forged = request(hook, QUERY);
        forged.url = forged.url.replace(SECRET, "guess");
        assert_eq!(alone().receive(&forged, now()), Err(Rejected::Unauthentic(401)), "{hook}");
    }
}

#[test]
fn a_list_of_addresses_is_asked_besides_the_secret() {
    let mut listed = config(&nobody(), &nobody());
    listed.allowed_networks = vec!["122.166.196.128/29".parse::<Network>().unwrap()];
    let adapter = Exotel::new(listed, http());
    let from = |peer: &str| {
        let request = WebhookRequest { peer: peer.parse().ok(), ..request("ivr/language", QUERY) };
        adapter.receive(&request, now()).map(drop)
    };
    assert_eq!(from("122.166.196.130"), Ok(()));
    assert_eq!(from("122.166.196.136"), Err(Rejected::Unauthentic(403)));
    assert_eq!(from("unknown"), Err(Rejected::Unauthentic(403)));
}

#[test]
fn without_a_secret_nobody_is_let_in_unless_on_purpose() {
    let mut bare = config(&nobody(), &nobody());
    bare.webhook_secrets = Vec::new();
    let request = request("ivr/language", QUERY);
    assert_eq!(Exotel::new(bare.clone(), http()).receive(&request, now()), Err(Rejected::Unauthentic(401)));
    bare.insecure_webhooks = true;
    assert!(Exotel::new(bare, http()).receive(&request, now()).is_ok());
}

#[rstest]
#[case(Sent::Query, false)]
#[case(Sent::Query, true)]
#[case(Sent::Form, false)]
#[case(Sent::Multipart, false)]
#[case(Sent::Json, true)]
#[tokio::test]
async fn a_whole_call_through_a_customers_own_flow_is_kept(#[case] sent: Sent, #[case] detached: bool) {
    let desk = Desk::open().await;
    let flow = Flow::questions(&format!("{}/ivr", desk.hooks), SECRET, &STEPS, sent, detached);
    desk.vendor.draw("own", flow);
    for script in
        [Script::presses(["1", "2", "2", "1", "2"]), Script { disorderly: true, ..Script::presses(["2", "1"]) }]
    {
        let view = desk.vendor.ring(&phone("+919876543210"), &phone("+918047491899"), "own", script).await;
        assert_eq!(view.heard.len(), STEPS.len());
    }
    let mut calls = desk.captured().await;
    calls.sort_by(|one, other| one.sid.cmp(&other.sid));
    let tree = &desk.engine.rules().trees[0];
    let paths: Vec<_> = calls.iter().map(|call| call.path(tree).to_string()).collect();
    assert_eq!(paths, ["1-2-2-1-2", "2-1---"]);
    assert!(calls.iter().all(|call| call.phone == Some(phone("+919876543210"))));
    // Twice told, and once kept each.
    assert_eq!(calls[1].inputs.len(), STEPS.len());
    assert_eq!(desk.vendor.complaints(), Vec::<String>::new());
}

/// Every member of every recorded webhook missing, or something else than it should be.
#[test]
fn no_request_is_more_than_a_bad_request() {
    for fixture in fixtures("exotel") {
        let mut config = config(&nobody(), &nobody());
        config.webhook_secrets = vec![fixture.secret.clone().into()];
        let adapter = Exotel::new(config, http());
        let whole = fixture.request();
        let (path, query) = whole.url.split_once('?').unwrap();
        let pieces: Vec<&str> = query.split('&').collect();
        for left_out in 0..pieces.len() {
            for odd in [None, Some(""), Some("%00"), Some("%FF%FE"), Some("%22"), Some("[]"), Some("{")] {
                let mut changed = pieces.clone();
                let name = changed[left_out].split('=').next().unwrap().to_owned();
                let piece = odd.map(|odd| format!("{name}={odd}"));
                match &piece {
                    Some(piece) => changed[left_out] = piece,
                    None => drop(changed.remove(left_out)),
                }
                let request = WebhookRequest { url: format!("{path}?{}", changed.join("&")), ..whole.clone() };
                match adapter.receive(&request, fixture.now) {
                    Ok(_) | Err(Rejected::Malformed(_) | Rejected::Unauthentic(401)) => {}
                    Err(other) => panic!("{} with {changed:?}: {other}", fixture.name),
                }
            }
        }
        for (kind, body) in [("application/json", "{"), ("application/json", "[]"), ("multipart/form-data", "x")] {
            let mut request = whole.clone();
            request.headers = vec![("content-type".to_owned(), kind.to_owned())];
            request.body = body.as_bytes().to_vec();
            assert!(matches!(adapter.receive(&request, fixture.now), Err(Rejected::Malformed(_))), "{kind} {body}");
        }
    }
}
