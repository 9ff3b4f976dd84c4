//! Who asks: the admin token, an API key, or a session made by signing in.

use crate::{
    app::App,
    limits,
    problem::{Answer, Problem, wants_html},
};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use subtle::ConstantTimeEq;

/// The name of the session cookie.
pub(crate) const COOKIE: &str = "frontdesk_session";
const SESSION: Duration = Duration::days(14);
const BEARER: &str = "Bearer realm=\"frontdesk\"";
const BASIC: &str = "Basic realm=\"frontdesk\", charset=\"UTF-8\"";

/// Compares secrets and signs sessions.
pub(crate) struct Gate {
    admin: [u8; 32],
    session: SecretString,
    secure: bool,
}

/// Who asks. Everybody who gets in may do everything; the name is for limits and idempotency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Principal {
    /// `admin` or `key:<id>`.
    pub(crate) name: String,
    /// The same for people who read the log: `admin`, or what the key is called.
    pub(crate) label: String,
    /// The browser sends this proof by itself, whoever made it ask.
    ambient: bool,
}

impl Gate {
    pub(crate) fn new(admin: &SecretString, session: &SecretString, secure: bool) -> Self {
        Self { admin: hash(admin.expose_secret()), session: session.clone(), secure }
    }

    /// Whether this is the admin token, in a time that does not depend on either. An empty token opens nothing.
    pub(crate) fn is_admin(&self, given: &str) -> bool {
        let same: bool = hash(given).ct_eq(&self.admin).into();
        same && !given.is_empty()
    }

    fn mac(&self, purpose: &str, text: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.session.expose_secret().as_bytes())
            .expect("HMAC takes a key of any length");
        mac.update(purpose.as_bytes());
        // Bound to the admin token: a new token ends the sessions of the old one.
        mac.update(&self.admin);
        mac.update(text.as_bytes());
        mac
    }

    /// The `Set-Cookie` value of a new session.
    pub(crate) fn open_session(&self, now: DateTime<Utc>) -> String {
        let expiry = (now + SESSION).timestamp().to_string();
        let proof = hex::encode(self.mac("session", &expiry).finalize().into_bytes());
        let seconds = SESSION.num_seconds();
        self.cookie(&format!("{expiry}.{proof}"), seconds)
    }

    /// The `Set-Cookie` value that ends a session in this browser.
    pub(crate) fn close_session(&self) -> String {
        self.cookie("", 0)
    }

    fn cookie(&self, value: &str, seconds: i64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
    }

    /// The value of a session cookie that still holds.
    pub(crate) fn session<'a>(&self, headers: &'a HeaderMap, now: DateTime<Utc>) -> Option<&'a str> {
        cookies(headers).find(|value| {
            value.split_once('.').is_some_and(|(expiry, proof)| {
                let known =
                    hex::decode(proof).is_ok_and(|proof| self.mac("session", expiry).verify_slice(&proof).is_ok());
                known && expiry.parse().is_ok_and(|expiry: i64| expiry > now.timestamp())
            })
        })
    }

    /// What a form of a page carries, so that no other site can send it.
    pub(crate) fn form_token(&self, session: &str) -> String {
        hex::encode(self.mac("form", session).finalize().into_bytes())
    }

    /// Whether a form was made by one of our pages for this session.
    pub(crate) fn owns_form(&self, session: &str, given: &str) -> bool {
        hex::decode(given).is_ok_and(|given| self.mac("form", session).verify_slice(&given).is_ok())
    }
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value)
}

/// The secret in `Authorization`, and whether a browser would have sent it by itself.
fn given(headers: &HeaderMap) -> Option<(String, bool)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some((rest.trim().to_owned(), false));
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let decoded = String::from_utf8(BASE64_STANDARD.decode(rest.trim()).ok()?).ok()?;
        let (user, password) = decoded.split_once(':')?;
        return (user == "admin").then(|| (password.to_owned(), true));
    }
    None
}

/// Finds out who asks, and counts the request under their name.
pub(crate) async fn identify(
    app: &App,
    headers: &HeaderMap,
    connection: Option<&ConnectInfo<SocketAddr>>,
) -> Answer<Option<Principal>> {
    let limited = |key: &str| app.requests.check(key).map_err(Problem::too_many);
    let address = limits::address_key(limits::peer(connection, headers, app.trusted_proxy));
    let admin = |ambient| Principal { name: "admin".to_owned(), label: "admin".to_owned(), ambient };
    let principal = match given(headers) {
        Some((secret, ambient)) if app.gate.is_admin(&secret) => Some(admin(ambient)),
        Some((secret, ambient)) => {
            // Only a key we know costs its own quota; guesses cost the address's, before the database is asked.
            limited(&address)?;
            let key = app.desk.key(hash(&secret)).await?;
            let Some(key) = key else { return Ok(None) };
            let name = format!("key:{}", key.id);
            Some(Principal { name, label: key.label, ambient })
        }
        None => app.gate.session(headers, app.now()).map(|_| admin(true)),
    };
    match &principal {
        Some(principal) if principal.name == "admin" => {
            // One desk signs in from many places; each of them has its own quota.
            limited(&format!("admin/{address}"))?;
        }
        Some(principal) => limited(&principal.name)?,
        None => limited(&address)?,
    }
    Ok(principal)
}

/// Whether another site may have made the browser send this.
fn foreign(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("x-requested-with") == Some("frontdesk") {
        // Another site cannot add a header of its own without being allowed to, and nobody is.
        return false;
    }
    match text("sec-fetch-site") {
        Some(site) => site != "same-origin",
        None => true,
    }
}

fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Lets nobody in who cannot show who they are; for programs.
pub(crate) async fn api(State(app): State<App>, request: Request, next: Next) -> Response {
    admit(&app, request, next, BEARER).await.unwrap_or_else(IntoResponse::into_response)
}

/// The same for `make-call`, which asks for Basic authentication as seed 000 does.
pub(crate) async fn basic(State(app): State<App>, request: Request, next: Next) -> Response {
    admit(&app, request, next, BASIC).await.unwrap_or_else(IntoResponse::into_response)
}

async fn admit(app: &App, mut request: Request, next: Next, challenge: &'static str) -> Answer<Response> {
    let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let Some(principal) = identify(app, request.headers(), connection).await? else {
        let detail = if request.headers().contains_key(header::AUTHORIZATION) {
            "this token or API key is not known here; list the keys with `gateway keys list`"
        } else {
            "sign in with Authorization: Bearer TOKEN (an API key or the admin token)"
        };
        return Err(Problem::new(StatusCode::UNAUTHORIZED, detail).challenge(challenge));
    };
    if principal.ambient && changes(request.method()) {
        // A program with Basic authentication sends none of a browser's headers, and is no browser to be misled.
        let browser = request.headers().contains_key("sec-fetch-site")
            || request.headers().contains_key(header::ORIGIN)
            || !request.headers().contains_key(header::AUTHORIZATION);
        if browser && foreign(request.headers()) {
            let detail = "this request may come from another site; send the header X-Requested-With: frontdesk";
            return Err(Problem::new(StatusCode::FORBIDDEN, detail));
        }
    }
    request.extensions_mut().insert(principal.clone());
    let mut response = next.run(request).await;
    response.extensions_mut().insert(principal);
    Ok(response)
}

/// Sends whoever has not signed in to the page where they can; for pages. Their forms carry their own proof.
pub(crate) async fn page(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<ConnectInfo<SocketAddr>>();
    match identify(&app, request.headers(), connection).await {
        Ok(Some(principal)) => {
            request.extensions_mut().insert(principal);
            next.run(request).await
        }
        Ok(None) => {
            // A button pressed after the session ended leads back to the start, not to an address that takes no GET.
            let own = request
                .uri()
                .path_and_query()
                .filter(|_| !changes(request.method()))
                .map_or("/", axum::http::uri::PathAndQuery::as_str);
            let next: String = url::form_urlencoded::byte_serialize(own.as_bytes()).collect();
            Redirect::to(&format!("/sign-in?next={next}")).into_response()
        }
        Err(problem) => crate::pages::failed(&problem),
    }
}

/// The browser phone: its page as a page, its requests as an API.
pub(crate) async fn phone(state: State<App>, request: Request, next: Next) -> Response {
    if request.method() == Method::GET && wants_html(request.headers()) {
        page(state, request, next).await
    } else {
        api(state, request, next).await
    }
}
