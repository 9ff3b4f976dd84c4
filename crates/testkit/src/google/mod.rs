//! Google, as far as it is asked: the token endpoint and the Calendar API, on a port of this machine. It keeps Google's
//! rules: names that stay taken, versions, cursors, refusals of either shape.
//! <https://developers.google.com/workspace/calendar/api/v3/reference>

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod calendar;

pub use calendar::{Calendar, refusal};

use crate::Clock;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};
use url::{Url, form_urlencoded};

/// A service account's key, as Google hands it out; it opens nothing of Google's own.
pub const KEY: &str = include_str!("../../../../fixtures/google-calendar/service-account.json");
const PUBLIC: &str = include_str!("../../../../fixtures/google-calendar/public-key.b64");
/// The address of that account.
pub const EMAIL: &str = "desk@frontdesk-test.iam.gserviceaccount.com";
/// A calendar which that account may write.
pub const CALENDAR: &str = "desk@group.calendar.google.com";

/// What goes wrong with the next request to the API.
#[derive(Debug)]
pub enum Fault {
    /// It is answered like this, and not looked at.
    Answer(u16, Value, Option<&'static str>),
    /// It is done, and the answer never comes.
    Lost,
    /// Somebody changes the event like this before it is done.
    Overtaken(Value),
}

/// What it keeps.
#[derive(Default, Debug)]
pub struct Google {
    /// The calendars, by id.
    pub calendars: BTreeMap<String, Calendar>,
    /// What goes wrong with the next requests to the API, one each.
    pub faults: VecDeque<Fault>,
    /// Method and path, with the query, of every request to the API.
    pub asked: Vec<String>,
    /// How often a token was asked for.
    pub tokens: u32,
    /// The tokens that open the API.
    pub valid: Vec<String>,
    /// What a question for a token is answered, instead of one.
    pub token_fault: Option<(u16, Value)>,
    /// Whom the account may stand for.
    pub delegated: Option<String>,
    /// When the request under way came, in seconds since 1970.
    now: i64,
    standing_for: BTreeMap<String, String>,
    /// The channels that are open, by name.
    pub channels: BTreeMap<String, Value>,
    /// Every name of a channel that ever was.
    names: Vec<String>,
    /// Writes being done right now, and the most that ever were.
    pub writing: (u32, u32),
}

/// The pretended Google. Clones are the same one.
#[derive(Clone)]
pub struct Fake {
    /// The time, by which its tokens are judged.
    pub clock: Clock,
    /// Where it is.
    pub url: Url,
    state: Arc<Mutex<Google>>,
}

impl Fake {
    /// Begins to listen, with [`CALENDAR`].
    ///
    /// # Panics
    /// When no port can be had.
    pub async fn start(clock: Clock) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let fake = Self { clock, url, state: Arc::default() };
        fake.google().calendars.insert(CALENDAR.to_owned(), Calendar::new("writer"));
        let router = Router::new().fallback(serve).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        fake
    }

    /// What it keeps, to look at and to change.
    ///
    /// # Panics
    /// When a request failed halfway.
    pub fn google(&self) -> MutexGuard<'_, Google> {
        self.state.lock().unwrap()
    }

    /// [`KEY`], whose account gets its tokens here.
    ///
    /// # Panics
    /// Never: it is JSON.
    #[must_use]
    pub fn key(&self) -> String {
        let mut key: Value = serde_json::from_str(KEY).unwrap();
        key["token_uri"] = format!("{}token", self.url).into();
        key.to_string()
    }

    /// Lets the next request to the API go wrong.
    pub fn fault(&self, fault: Fault) {
        self.google().faults.push_back(fault);
    }

    /// An event as it is now.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn event(&self, id: &str) -> Value {
        self.google().calendars[CALENDAR].events[id].clone()
    }

    /// Somebody at the desk changes an event.
    ///
    /// # Panics
    /// When the change is none that can be made.
    pub fn desk(&self, id: &str, change: &Value) {
        let mut google = self.google();
        let calendar = google.calendars.get_mut(CALENDAR).unwrap();
        calendar.change(id, change);
    }

    /// Method and path, with the query, of every request to the API.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.google().asked.clone()
    }
}

fn answer(status: u16, body: &Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), [("content-type", "application/json")], body.to_string()).into_response()
}

async fn serve(State(fake): State<Fake>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    if uri.path() == "/token" {
        let (status, body) = fake.token(&body);
        return answer(status, &body);
    }
    let query: Vec<(String, String)> =
        form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let writes = method != Method::GET;
    fake.begin(writes);
    // Whoever else wants to write has the time to come.
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    let done = {
        let mut google = fake.google();
        google.writing.0 -= u32::from(writes);
        google.asked.push(format!("{method} {uri}"));
        let bearer = header("authorization").trim_start_matches("Bearer ").to_owned();
        if !google.valid.contains(&bearer) {
            let (status, body) = refusal(401, "authError");
            return answer(status, &body);
        }
        let fault = google.faults.pop_front();
        if let Some(Fault::Answer(status, body, retry_after)) = &fault {
            let mut answer = answer(*status, body);
            if let Some(seconds) = retry_after {
                answer.headers_mut().insert("retry-after", seconds.parse().unwrap());
            }
            return answer;
        }
        let path = uri.path().strip_prefix("/calendar/v3/").unwrap_or_default();
        let path: Vec<String> = path
            .split('/')
            .map(|part| percent_encoding::percent_decode_str(part).decode_utf8().unwrap().into_owned())
            .collect();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        if let (Some(Fault::Overtaken(change)), ["calendars", calendar, "events", id]) = (&fault, path.as_slice()) {
            google.calendars.get_mut(*calendar).unwrap().change(id, change);
        }
        let invites = google.standing_for.contains_key(&bearer);
        google.now = fake.clock.now().timestamp();
        let done = google.api(&method, &path, &query, &header("if-match"), &body, invites);
        if matches!(fault, Some(Fault::Lost)) { None } else { Some(done) }
    };
    match done {
        Some((204, _)) => StatusCode::NO_CONTENT.into_response(),
        Some((status, body)) => answer(status, &body),
        None => std::future::pending().await,
    }
}

impl Fake {
    fn begin(&self, writes: bool) {
        let (now, most) = &mut self.google().writing;
        *now += u32::from(writes);
        *most = (*most).max(*now);
    }

    /// Trades an assertion for a token, when its signature and its claims are right.
    fn token(&self, form: &[u8]) -> (u16, Value) {
        let mut google = self.google();
        google.tokens += 1;
        if let Some(fault) = google.token_fault.clone() {
            return fault;
        }
        let form: BTreeMap<String, String> = form_urlencoded::parse(form).into_owned().collect();
        let denied = |error: &str, why: &str| (400, json!({ "error": error, "error_description": why }));
        if form["grant_type"] != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
            return denied("unsupported_grant_type", "");
        }
        let (signed, signature) = form["assertion"].rsplit_once('.').unwrap();
        let public: String = PUBLIC.split_whitespace().collect();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, STANDARD.decode(public).unwrap());
        if public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).is_err() {
            return denied("invalid_grant", "Invalid JWT Signature.");
        }
        let part = |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
        let (header, claims) = signed.split_once('.').unwrap();
        let (header, claims) = (part(header), part(claims));
        let key: Value = serde_json::from_str(KEY).unwrap();
        assert_eq!(header, json!({ "alg": "RS256", "typ": "JWT", "kid": key["private_key_id"] }));
        let (now, issued) = (self.clock.now().timestamp(), claims["iat"].as_i64().unwrap());
        let life = claims["exp"].as_i64().unwrap() - issued;
        if claims["iss"] != EMAIL
            || claims["aud"] != format!("{}token", self.url)
            || (now - issued).abs() > 60
            || life > 3_600
        {
            return denied(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token and in a reasonable timeframe.",
            );
        }
        let scopes = ["calendar.events", "calendar.freebusy"].map(|it| format!("https://www.googleapis.com/auth/{it}"));
        assert_eq!(claims["scope"], scopes.join(" "));
        let token = format!("ya29.token-{}", google.tokens);
        if let Some(subject) = claims["sub"].as_str() {
            if google.delegated.as_deref() != Some(subject) {
                let why = "Client is unauthorized to retrieve access tokens using this method.";
                return (401, json!({ "error": "unauthorized_client", "error_description": why }));
            }
            google.standing_for.insert(token.clone(), subject.to_owned());
        }
        google.valid.push(token.clone());
        (200, json!({ "access_token": token, "expires_in": 3_599, "token_type": "Bearer" }))
    }
}

impl Google {
    fn api(
        &mut self,
        method: &Method,
        path: &[&str],
        query: &[(String, String)],
        if_match: &str,
        body: &Value,
        invites: bool,
    ) -> (u16, Value) {
        match (method.as_str(), path) {
            ("POST", ["freeBusy"]) => {
                let asked = body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap());
                let taken = asked.map(|id| {
                    let missing = json!({ "errors": [{ "domain": "global", "reason": "notFound" }], "busy": [] });
                    (id.to_owned(), self.calendars.get(id).map_or(missing, |calendar| calendar.busy(body)))
                });
                (200, json!({ "kind": "calendar#freeBusy", "calendars": taken.collect::<serde_json::Map<_, _>>() }))
            }
            ("POST", ["channels", "stop"]) => match self.channels.remove(body["id"].as_str().unwrap()) {
                Some(open) if open["resourceId"] == body["resourceId"] => (204, Value::Null),
                _ => refusal(404, "channelUnknown"),
            },
            ("POST", ["calendars", calendar, "events", "watch"]) if self.calendars.contains_key(*calendar) => {
                let id = body["id"].as_str().unwrap().to_owned();
                if self.names.contains(&id) {
                    return refusal(400, "channelIdNotUnique");
                }
                assert_eq!(body["type"], "web_hook");
                let ttl: i64 = body["params"]["ttl"].as_str().unwrap().parse().unwrap();
                let expiration = (self.now + ttl) * 1_000;
                let open = json!({ "kind": "api#channel", "id": id, "resourceId": format!("of {calendar}"),
                    "token": body["token"], "expiration": expiration.to_string() });
                self.names.push(id.clone());
                self.channels.insert(id, open.clone());
                (200, open)
            }
            (method, ["calendars", calendar, "events", rest @ ..]) => match self.calendars.get_mut(*calendar) {
                Some(calendar) => calendar.ask(method, rest, query, if_match, body, invites),
                None => refusal(404, "notFound"),
            },
            _ => refusal(404, "notFound"),
        }
    }
}
