//! The pages as they are read without a script, and their forms.

use crate::common::{House, Seen, plain, webhook};
use axum::{body::Body, http::StatusCode};
use frontdesk_core::effect::{Effect, EffectState};

struct Desk {
    house: House,
    cookie: String,
}

impl Desk {
    async fn open() -> Self {
        let house = House::default();
        let cookie = house.cookie().await;
        Self { house, cookie }
    }

    async fn get(&self, path: &str) -> Seen {
        self.house.ask(plain("GET", path).header("cookie", &self.cookie).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, form: &str) -> Seen {
        let request = plain("POST", path).header("cookie", &self.cookie).body(Body::from(form.to_owned()));
        self.house.ask(request.unwrap()).await
    }

    /// The proof that every form of this session carries.
    async fn proof(&self) -> String {
        let page = self.get("/").await.body;
        let (_, rest) = page.split_once("name=\"form_token\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    fn uncertain_call(&self) -> String {
        let doubt = |effect: &mut Effect| {
            effect.state = EffectState::Uncertain;
            effect.lookups = Effect::MAX_LOOKUPS;
            effect.reason = Some("the answer was lost".to_owned());
        };
        self.house.store.change_effect("call", doubt).unwrap().to_string()
    }
}

#[tokio::test]
async fn every_page_reads_without_script_and_brings_nothing_inline() {
    let desk = Desk::open().await;
    let id = desk.house.booked().await;
    let effect = desk.uncertain_call();
    let paths = ["/", "/appointments", "/calls", "/effects", "/ivr", "/ivr?flow=inbound", "/texts"].map(str::to_owned);
    for path in paths.into_iter().chain([format!("/appointments/{id}"), format!("/effects/{effect}/call")]) {
        let seen = desk.get(&path).await;
        assert_eq!(seen.status, StatusCode::OK, "{path}: {}", seen.body);
        for inline in ["style=", "<style", "<script>", " onclick", "javascript:"] {
            assert!(!seen.body.contains(inline), "{path} has {inline}");
        }
        assert_eq!(seen.body.matches("<h1").count(), 1, "{path}");
        assert_eq!(seen.body.matches("aria-current=\"page\"").count(), 1, "{path}");
        assert!(seen.body.contains("class=\"skip\" href=\"#main\""), "{path}");
    }
}

#[tokio::test]
async fn an_empty_desk_says_on_every_page_what_would_appear() {
    let desk = Desk::open().await;
    for path in ["/", "/appointments", "/calls", "/effects", "/ivr"] {
        let seen = desk.get(path).await;
        assert!(seen.body.contains("class=\"empty\"") && seen.body.contains("appear"), "{path}: {}", seen.body);
    }
}

#[tokio::test]
async fn a_list_shows_what_its_address_asks_for_and_the_form_says_it() {
    let desk = Desk::open().await;
    desk.house.booked().await;
    let seen = desk.get("/appointments?q=lim&status=confirming").await;
    assert!(seen.body.contains("Ana Lim"), "{}", seen.body);
    assert!(seen.body.contains("value=\"lim\"") && seen.body.contains("<option value=\"confirming\" selected>"));
    let seen = desk.get("/appointments?q=nobody").await;
    assert!(!seen.body.contains("Ana Lim") && seen.body.contains("No appointment is like that"));
}

#[tokio::test]
async fn what_is_not_right_in_a_form_is_said_beside_its_field() {
    let desk = Desk::open().await;
    for (path, field) in [
        ("/calls?q=abc", "q"),
        ("/calls?outcome=nothing", "outcome"),
        ("/appointments?from=yesterday", "from"),
        ("/appointments?status=lost", "status"),
        ("/effects?state=lost", "state"),
        ("/ivr?flow=unknown", "flow"),
        ("/ivr?from=2030-03-02&to=2030-03-01", "to"),
        ("/ivr?from=2000-01-01", "from"),
        ("/texts?language=fr", "language"),
        ("/texts?business=nobody", "business"),
    ] {
        let seen = desk.get(path).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(seen.body.contains(&format!("aria-describedby=\"w-{field}\"")), "{path}: {}", seen.body);
    }
    assert_eq!(desk.get("/calls?cursor=nonsense").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_list_leads_on_and_back_and_keeps_what_was_asked_for() {
    let desk = Desk::open().await;
    desk.house.booked().await;
    desk.house.booked().await;
    let first = desk.get("/appointments?q=ana&limit=1").await;
    let (_, rest) = first.body.split_once("rel=\"next\" href=\"").expect("there is a next page");
    let next = rest.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    assert!(next.contains("q=ana") && next.contains("limit=1"), "{next}");
    let second = desk.get(&next).await;
    assert!(second.body.contains("Ana Lim") && second.body.contains("First page"), "{}", second.body);
    assert!(!second.body.contains("rel=\"next\""));
}

#[tokio::test]
async fn a_problem_can_be_looked_after_only_from_our_own_page() {
    let desk = Desk::open().await;
    desk.house.booked().await;
    let effect = desk.uncertain_call();
    for act in ["retry", "call"] {
        for form in ["", "form_token=guessed", "sure=yes"] {
            let seen = desk.post(&format!("/effects/{effect}/{act}"), form).await;
            assert_eq!(seen.status, StatusCode::FORBIDDEN, "{act} with {form}");
        }
    }
}

#[tokio::test]
async fn an_uncertain_call_is_made_again_only_by_whoever_says_to_be_sure() {
    let desk = Desk::open().await;
    desk.house.booked().await;
    let effect = desk.uncertain_call();
    let calls = async || {
        let all = desk.house.get("/api/v1/effects").await.json();
        all["items"].as_array().unwrap().iter().filter(|effect| effect["kind"] == "call").count()
    };
    let (proof, path) = (desk.proof().await, format!("/effects/{effect}/call"));
    let seen = desk.post(&path, &format!("form_token={proof}")).await;
    assert!(seen.body.contains("Call Ana Lim again?"), "{}", seen.body);
    assert_eq!(calls().await, 1);
    let seen = desk.post(&path, &format!("form_token={proof}&sure=yes&back=%2Feffects%3Fstate%3Duncertain")).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{}", seen.body);
    assert_eq!(seen.header("location"), "/effects?state=uncertain");
    assert_eq!(calls().await, 2);
}

#[tokio::test]
async fn what_cannot_be_done_is_said_on_the_list_which_knows_its_own_address() {
    let desk = Desk::open().await;
    desk.house.booked().await;
    let done = |effect: &mut Effect| effect.state = EffectState::Done;
    let effect = desk.house.store.change_effect("call", done).unwrap();
    let proof = desk.proof().await;
    let seen = desk.post(&format!("/effects/{effect}/retry"), &format!("form_token={proof}&back=%2Feffects")).await;
    assert_eq!(seen.status, StatusCode::CONFLICT);
    assert!(seen.body.contains("role=\"alert\"") && seen.body.contains("data-own=\"/effects\""), "{}", seen.body);
}

#[tokio::test]
async fn the_page_of_an_appointment_tells_every_line_that_explain_tells() {
    let desk = Desk::open().await;
    let id = desk.house.booked().await;
    desk.uncertain_call();
    desk.house.store.line("passer_by");
    let shown = desk.house.get(&format!("/api/v1/appointments/{id}")).await.json();
    let page = desk.get(&format!("/appointments/{id}")).await.body;
    let lines = shown["timeline"].as_array().unwrap();
    assert!(!lines.is_empty());
    assert_eq!(page.matches("<time datetime").count(), lines.len() + page.matches("<td class=\"when\">").count());
    for line in lines {
        let (kind, note) = (line["kind"].as_str().unwrap().replace('_', " "), line["note"].as_str().unwrap());
        assert!(page.contains(&format!(">{kind}</span>")) && page.contains(&note[1..]), "{kind}: {note}");
    }
    for effect in
        desk.house.get(&format!("/api/v1/effects?appointment_id={id}")).await.json()["items"].as_array().unwrap()
    {
        let reason = effect["reason"].as_str().unwrap_or_default();
        assert!(page.contains(reason.get(1..).unwrap_or_default()), "{reason}");
    }
    assert!(!page.contains("passer_by happened"));
}

#[tokio::test]
async fn the_day_begins_with_who_is_expected_confirmed_and_at_risk() {
    let desk = Desk::open().await;
    let figures = async || {
        let page = desk.get("/").await.body;
        let (_, rest) = page.split_once("<dl class=\"figures\">").unwrap();
        let texts: Vec<String> =
            rest.split("<dd>").skip(1).map(|dd| dd.split("</dd>").next().unwrap().to_owned()).collect();
        let plain = |text: &String| text.trim_end_matches("</a>").rsplit('>').next().unwrap().to_owned();
        texts.iter().take(5).map(plain).collect::<Vec<_>>()
    };
    assert_eq!(figures().await, ["0", "0", "0", "0", "0"]);
    let id = desk.house.booked().await;
    desk.house.booked().await;
    assert_eq!(figures().await, ["2", "0", "2", "0", "0"]);
    desk.house.post(&format!("/api/v1/appointments/{id}/confirm"), "").await;
    assert_eq!(figures().await, ["2", "1", "1", "0", "0"]);
    desk.uncertain_call();
    let seen = desk.get("/").await;
    assert!(seen.body.contains("Nobody could tell whether the call went out"), "{}", seen.body);
}

#[tokio::test]
async fn who_would_be_called_is_asked_about_only_where_calling_again_makes_sense() {
    let desk = Desk::open().await;
    let id = desk.house.booked().await;
    let effect = desk.uncertain_call();
    assert_eq!(desk.get(&format!("/effects/{effect}/call")).await.status, StatusCode::OK);
    desk.house.post(&format!("/api/v1/appointments/{id}/cancel"), "").await;
    let seen = desk.get(&format!("/effects/{effect}/call")).await;
    assert_eq!(seen.status, StatusCode::CONFLICT, "{}", seen.body);
    assert!(!desk.get("/effects").await.body.contains("Call again"));
}

#[tokio::test]
async fn a_call_that_was_walked_is_seen_at_its_step_its_choice_and_its_day() {
    let desk = Desk::open().await;
    let order = r#"{"orderId": "A1", "customerPhone": "+6591234567", "businessName": "Ana's Dental Clinic", "appointmentTime": "2030-03-01T14:00"}"#;
    let seen = desk.house.post("/api/make-call", order).await;
    let call = seen.json()["data"]["callId"].as_str().unwrap().to_owned();
    for name in ["answered", "digits", "ended"] {
        let body = serde_json::json!({ "call": call, "event": name, "digits": "1", "turn": 1, "hold": 0 });
        assert_eq!(desk.house.ask(webhook("voice", &body.to_string())).await.status, StatusCode::OK, "{name}");
    }
    let page = desk.get("/ivr?from=2030-03-01&to=2030-03-01").await.body;
    assert!(page.contains("<dt>calls picked up</dt><dd>1</dd>"), "{page}");
    assert!(page.contains("100 % of calls"), "it came to an answer: {page}");
    assert!(page.contains("<kbd>1</kbd> Confirm"), "{page}");
    assert!(page.contains("1 call; the most, 1, on Fri 1 Mar."), "{page}");
    let before = desk.get("/ivr?from=2030-02-01&to=2030-02-28").await.body;
    assert!(before.contains("<dt>calls picked up</dt><dd>0</dd>"), "{before}");
}
