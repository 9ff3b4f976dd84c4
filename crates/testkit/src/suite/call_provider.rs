//! The laws of [`CallProvider`].

mod abilities;

pub use abilities::abilities_are_honest;

use crate::{BUSINESS, BUSINESS_PHONE, CUSTOMER_PHONE, Fixture, moment, phone};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    call::{Call, CallRef, CallState, Direction, Walk},
    event::Event,
    id::{CallId, EffectId},
    ports::{
        CallCommand, CallProvider, Happened, PlaceCall, PortError, Rejected, Trouble, WebhookRequest, WebhookResponse,
    },
    reply::{Reply, Verb},
    speech::Language,
};
use std::{collections::HashMap, error::Error};

/// How a provider proves that a webhook is its own, as far as a forger has to know.
#[derive(Debug, Clone, Copy)]
pub enum Proof {
    /// A signature over the body, in this header.
    Signature {
        /// The header, in lower case.
        header: &'static str,
        /// How far the clocks may be apart, where the signature carries a time.
        window: Option<Duration>,
    },
    /// A shared secret, in this header or, if it is none of the headers, in this member of the query.
    Secret {
        /// The header in lower case, or the query's member.
        name: &'static str,
    },
}

/// What is held to the laws: an adapter made for each fixture, with that fixture's secret.
pub struct Subject<'a> {
    /// The fixtures.
    pub fixtures: Vec<Fixture>,
    /// Makes the adapter as it was configured when the fixture was recorded.
    pub make: &'a dyn Fn(&Fixture) -> Box<dyn CallProvider>,
    /// How its webhooks are proved.
    pub proof: Proof,
}

impl Subject<'_> {
    fn each(&self, law: impl Fn(&Fixture, &dyn CallProvider, WebhookRequest)) {
        for fixture in &self.fixtures {
            law(fixture, (self.make)(fixture).as_ref(), fixture.request());
        }
    }

    fn refused(fixture: &Fixture, provider: &dyn CallProvider, request: &WebhookRequest, how: &str) {
        match provider.receive(request, fixture.now) {
            Err(Rejected::Unauthentic(401 | 403)) => {}
            other => panic!("{}, {how}: not refused as forged but {other:?}", fixture.name),
        }
    }
}

/// Every fixture is understood as its expectation says.
///
/// # Panics
/// When the law does not hold; so for every law here.
pub fn every_fixture_is_understood(subject: &Subject<'_>) {
    subject.each(|fixture, provider, request| match provider.receive(&request, fixture.now) {
        Ok(received) => fixture.expect(&received),
        Err(rejected) => panic!("{}: {rejected}", fixture.name),
    });
}

/// A body that was changed on the way is refused, where the proof covers the body.
///
/// # Panics
/// See [`every_fixture_is_understood`].
pub fn a_changed_body_is_refused(subject: &Subject<'_>) {
    if matches!(subject.proof, Proof::Secret { .. }) {
        return;
    }
    subject.each(|fixture, provider, request| {
        let mut longer = request.clone();
        longer.body.push(b' ');
        Subject::refused(fixture, provider, &longer, "one byte more");
        if let Some(last) = request.body.len().checked_sub(1) {
            let mut shorter = request.clone();
            shorter.body.truncate(last);
            Subject::refused(fixture, provider, &shorter, "one byte less");
            let mut flipped = request;
            flipped.body[last / 2] ^= 1;
            Subject::refused(fixture, provider, &flipped, "one bit flipped");
        }
    });
}

/// A request without its proof is refused.
///
/// # Panics
/// See [`every_fixture_is_understood`].
pub fn a_missing_proof_is_refused(subject: &Subject<'_>) {
    subject.each(|fixture, provider, request| {
        Subject::refused(fixture, provider, &proved_by(subject.proof, request, None), "no proof");
    });
}

/// A proof that is wrong, however little, is refused.
///
/// # Panics
/// See [`every_fixture_is_understood`].
pub fn a_wrong_proof_is_refused(subject: &Subject<'_>) {
    subject.each(|fixture, provider, request| {
        let right = proof_of(subject.proof, &request)
            .unwrap_or_else(|| panic!("{}: the recorded request carries no proof", fixture.name));
        let last = right.chars().next_back().unwrap_or('0');
        let other = if last == '0' { '1' } else { '0' };
        let stem = &right[..right.len() - last.len_utf8()];
        for wrong in
            [format!("{stem}{other}"), stem.to_owned(), format!("{right}0"), right.to_uppercase(), String::new()]
        {
            if wrong != right {
                let forged = proved_by(subject.proof, request.clone(), Some(&wrong));
                Subject::refused(fixture, provider, &forged, "a wrong proof");
            }
        }
    });
}

/// What is too old, or from the future, is refused, where the proof carries a time; a small difference is not.
///
/// # Panics
/// See [`every_fixture_is_understood`].
pub fn a_stale_delivery_is_refused(subject: &Subject<'_>) {
    let Proof::Signature { window: Some(window), .. } = subject.proof else {
        return;
    };
    subject.each(|fixture, provider, request| {
        for off in [window + Duration::minutes(1), -(window + Duration::minutes(1))] {
            let answer = provider.receive(&request, fixture.now + off);
            assert_eq!(answer, Err(Rejected::Stale), "{}, {off} off", fixture.name);
        }
        assert!(provider.receive(&request, fixture.now + window / 2).is_ok(), "{}: half the window off", fixture.name);
    });
}

/// The same delivery has the same key whenever it comes, and no two different happenings share one.
///
/// # Panics
/// See [`every_fixture_is_understood`].
pub fn a_key_names_one_happening(subject: &Subject<'_>) {
    let mut keys: HashMap<String, (String, &'static str)> = HashMap::new();
    for fixture in &subject.fixtures {
        let provider = (subject.make)(fixture);
        let receive = |now| provider.receive(&fixture.request(), now).expect("the fixture is authentic");
        let (first, second) = (receive(fixture.now), receive(fixture.now + Duration::seconds(20)));
        assert!(!first.once.is_empty(), "{}: the key is empty", fixture.name);
        assert_eq!(first.once, second.once, "{}: the key changes with the time of arrival", fixture.name);
        assert_eq!(first, second, "{}: the meaning changes with the time of arrival", fixture.name);
        let (name, event) =
            keys.entry(first.once.clone()).or_insert_with(|| (fixture.name.clone(), first.event.name()));
        // Recordings may tell the same call in two ways; what they tell of it is still the same kind of happening.
        assert_eq!(*event, first.event.name(), "{name} and {} share a key but not a meaning", fixture.name);
    }
}

/// A hook nobody has is refused as unknown, whatever it brings.
///
/// # Panics
/// See [`every_fixture_is_understood`].
pub fn an_unknown_hook_is_refused(subject: &Subject<'_>) {
    subject.each(|fixture, provider, mut request| {
        request.hook = "no-such-hook".to_owned();
        let answer = provider.receive(&request, fixture.now);
        assert_eq!(answer, Err(Rejected::UnknownHook("no-such-hook".to_owned())), "{}", fixture.name);
    });
}

fn proof_of(proof: Proof, request: &WebhookRequest) -> Option<String> {
    let (Proof::Signature { header: name, .. } | Proof::Secret { name }) = proof;
    let of_query = || {
        let member = format!("{name}=");
        request.query().split('&').find_map(|pair| pair.strip_prefix(member.as_str())).map(str::to_owned)
    };
    request.header(name).map(str::to_owned).or_else(of_query)
}

fn proved_by(proof: Proof, mut request: WebhookRequest, with: Option<&str>) -> WebhookRequest {
    let (Proof::Signature { header: name, .. } | Proof::Secret { name }) = proof;
    if request.header(name).is_some() {
        request.headers.retain(|(header, _)| header != name);
        request.headers.extend(with.map(|with| (name.to_owned(), with.to_owned())));
    } else if let Some((path, query)) = request.url.clone().split_once('?') {
        let member = format!("{name}=");
        let mut pairs: Vec<_> = query.split('&').filter(|pair| !pair.starts_with(&member)).map(str::to_owned).collect();
        pairs.extend(with.map(|with| format!("{member}{with}")));
        request.url = if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) };
    }
    request
}

/// A live call, for rendering.
#[must_use]
pub fn live_call(provider: &str) -> Call {
    let now = moment("2026-11-20T09:00:00Z");
    let id = CallId::derive(now, &["call suite"]);
    Call {
        id,
        appointment_id: None,
        effect_id: Some(EffectId(id.0)),
        round: 1,
        business: BUSINESS.to_owned(),
        provider: provider.to_owned(),
        provider_call_id: Some("their-id/with?odd&signs".to_owned()),
        direction: Direction::Outbound,
        from: phone(BUSINESS_PHONE),
        to: phone(CUSTOMER_PHONE),
        flow: "confirm".to_owned(),
        language: Language::En,
        state: CallState::InProgress,
        outcome: None,
        answered_by: None,
        walk: Walk::default(),
        recording: None,
        transcript: None,
        collected: None,
        talk: None,
        created_at: now,
        started_at: Some(now),
        ended_at: None,
        seconds: None,
        updated_at: now,
    }
}

/// Any reply is rendered, whatever stands in its texts: markup stays text, and the answer is well formed.
///
/// # Panics
/// See [`every_fixture_is_understood`].
pub fn any_reply_is_rendered(provider: &dyn CallProvider) {
    let odd = [
        "See you <tomorrow> & \"after\", O'Brien",
        "</Say></Response><Dial>+15005550199</Dial>",
        "]]><!-- &amp; <?xml version=\"1.0\"?>",
        "{\"verb\":\"hangup\"} \\ \u{0} \u{7} \u{fffe} \u{202e} 🦷 आप ¿",
        "",
    ];
    let call = live_call(provider.name());
    for text in odd {
        for reply in replies(text) {
            for call in [None, Some(&call)] {
                let response = provider.render(&reply, call);
                assert!((200..300).contains(&response.status), "{reply:?} answers {}", response.status);
                well_formed(&response, text);
            }
        }
    }
}

fn replies(text: &str) -> Vec<Reply> {
    let language = Language::Es;
    let say = Verb::Say { text: text.to_owned(), language };
    let ask = |digits, speech| Verb::Ask {
        step: text.to_owned(),
        turn: u32::MAX,
        prompt: text.to_owned(),
        language,
        digits,
        timeout_seconds: 6,
        speech,
    };
    let record = Verb::Record {
        step: text.to_owned(),
        turn: u32::MAX,
        prompt: text.to_owned(),
        language,
        beep: true,
        max_seconds: 120,
        silence_seconds: 5,
    };
    let stream = Verb::Stream {
        url: "wss://desk.example/media".to_owned(),
        parameters: vec![("token".to_owned(), text.to_owned()), (text.to_owned(), "odd".to_owned())],
    };
    let event = Event::Digits { step: text.to_owned(), turn: 1, digits: "1".to_owned() };
    let verbs = vec![
        say.clone(),
        Verb::Play { url: format!("https://desk.example/sound?a=1&b={text}") },
        ask(1, false),
        ask(20, true),
        record,
        stream,
        Verb::Transfer { to: phone(CUSTOMER_PHONE), from: phone(BUSINESS_PHONE) },
        Verb::Pause { seconds: 1 },
        Verb::Resume { event: Box::new(event), hold: 1, call: Some(CallRef::Ours(live_call("any").id)) },
        Verb::Hangup,
    ];
    let mut replies: Vec<_> = verbs.iter().cloned().map(|verb| Reply(vec![verb])).collect();
    replies.push(Reply(Vec::new()));
    replies.push(Reply(vec![say, Verb::Hangup]));
    replies.push(Reply(verbs));
    replies
}

fn well_formed(response: &WebhookResponse, text: &str) {
    let body = &response.body;
    assert!(!response.content_type.is_empty());
    if response.content_type.contains("json") {
        let parsed: Result<serde_json::Value, _> = serde_json::from_str(body);
        assert!(parsed.is_ok(), "not JSON: {body}");
    }
    if response.content_type.contains("xml") {
        assert!(
            !text.contains("<Dial>") || !body.contains("<Dial>+15005550199"),
            "markup of a text became markup: {body}"
        );
        let forbidden = |c: char| c < ' ' && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{fffe}' | '\u{ffff}');
        assert!(!body.contains(forbidden), "a character that XML does not allow: {body:?}");
    }
}

fn command(name: &str) -> CallCommand {
    let call_id = CallId::derive(moment("2026-11-20T09:00:00Z"), &["command suite", name]);
    match name {
        "place" => CallCommand::Place(PlaceCall {
            call_id,
            to: phone(CUSTOMER_PHONE),
            from: phone(BUSINESS_PHONE),
            ring_seconds: 30,
            detect_machine: true,
            agent: None,
        }),
        "find" => CallCommand::Find {
            call_id,
            provider_call_id: Some("their-id".to_owned()),
            from: phone(BUSINESS_PHONE),
            to: phone(CUSTOMER_PHONE),
            since: now(),
            asked: now(),
        },
        "steer" => CallCommand::Steer {
            call_id,
            provider_call_id: "their-id".to_owned(),
            reply: Reply(vec![Verb::Say { text: "Goodbye.".to_owned(), language: Language::En }, Verb::Hangup]),
        },
        _ => CallCommand::Hangup { call_id, provider_call_id: "their-id".to_owned() },
    }
}

/// `dead` speaks to an address where nobody listens: surely nothing was placed, later may be better, and the error
/// tells neither whom it was for nor any of these secrets.
///
/// # Panics
/// See [`every_fixture_is_understood`].
pub async fn nobody_listening_means_surely_nothing_was_placed(dead: &dyn CallProvider, secrets: &[&str]) {
    if !dead.abilities().dials {
        return;
    }
    let effect = EffectId::derive(moment("2026-11-20T09:00:00Z"), &["dead"]);
    let error = dead.perform(&command("place"), &effect).await.expect_err("nobody listens there");
    assert_eq!((error.happened, error.trouble), (Happened::No, Trouble::Unavailable), "{error}");
    tells_nothing(&error, secrets);
}

/// An error, its causes included, holds no personal datum of the suites and none of these secrets.
///
/// # Panics
/// See [`every_fixture_is_understood`].
pub fn tells_nothing(error: &PortError, secrets: &[&str]) {
    let mut told = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(inner) = cause {
        told.push_str(&format!(" {inner} {inner:?}"));
        cause = inner.source();
    }
    keeps_secrets(&told, secrets);
}

/// A text that may be logged (a `Debug`, an error) holds no personal datum of the suites and none of these secrets.
///
/// # Panics
/// See [`every_fixture_is_understood`].
pub fn keeps_secrets(text: &str, secrets: &[&str]) {
    let personal = [CUSTOMER_PHONE.trim_start_matches('+'), "ana@example.com", "Ana Lim"];
    for secret in personal.iter().chain(secrets).filter(|secret| !secret.is_empty()) {
        assert!(!text.contains(secret), "it tells {secret:?}: {text}");
    }
}

/// The time at which suites happen.
#[must_use]
pub fn now() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}
