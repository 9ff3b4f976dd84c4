//! A 3CX, pretended: its Call Control API with its socket and its sound, for tests that ring its extensions.
//!
//! Strict where 3CX is said to be: one token at a time (a new one makes the old one worthless), names of devices encoded,
//! nothing said on the socket about what changed, sound at route points only. <https://www.3cx.com/docs/call-control-api/>

mod api;
mod line;
mod live;

use super::{Ledger, Placed};
use frontdesk_core::personal::Phone;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    net::TcpListener,
    sync::{broadcast, watch},
};
use url::Url;

/// The client that is let in; its route point has its id.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The client id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
}

/// The pretended PBX. Clones are the same one.
#[derive(Clone)]
pub struct ThreeCx(Arc<Inner>);

struct Inner {
    settings: Settings,
    url: Url,
    ledger: Ledger,
    state: Mutex<State>,
    /// What the socket says.
    news: broadcast::Sender<String>,
    /// Changes with everything.
    changed: watch::Sender<u64>,
    /// Sockets that were opened before this number are closed.
    sockets: watch::Sender<u32>,
}

#[derive(Default)]
struct State {
    token: Option<String>,
    tokens: u32,
    extensions: BTreeMap<String, Extension>,
    parts: BTreeMap<(String, u64), Part>,
    /// Where calls can be led.
    destinations: Vec<String>,
    led: Vec<Led>,
    sound: BTreeMap<u64, Vec<u8>>,
    /// What callers have said besides, and whose sound is cut off.
    said: BTreeMap<u64, Vec<u8>>,
    cut: Vec<u64>,
    asked: Vec<String>,
    next: u64,
    sequence: u64,
    opened: u32,
    mute: bool,
    numeric: bool,
    originless: bool,
}

struct Extension {
    kind: String,
    devices: Vec<String>,
}

/// An extension's part in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name on the extension.
    pub id: u64,
    /// The call.
    pub callid: u64,
    /// `Dialing`, `Ringing`, `Connected`.
    pub status: String,
    caller: String,
    did: String,
    /// Who led the call here; empty where it was begun from here.
    origin: &'static str,
}

/// A call that was led elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Led {
    /// Which one.
    pub callid: u64,
    /// `routeto`, `transferto` or `divert`.
    pub how: String,
    /// Where to.
    pub to: String,
    /// What was told along with it.
    pub data: Value,
}

impl ThreeCx {
    /// Begins to listen on loopback, on a free port, with a route point of the client's id and the extensions 150 and 151.
    ///
    /// # Errors
    /// When no port can be had.
    ///
    /// # Panics
    /// Never: an address of a socket makes a URL.
    pub async fn start(settings: Settings) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = Url::parse(&format!("http://{}", listener.local_addr()?)).expect("an address makes a URL");
        let mut state = State { next: 8_100, ..State::default() };
        let extension =
            |kind: &str, device: &str| Extension { kind: kind.to_owned(), devices: vec![device.to_owned()] };
        state.extensions.insert(settings.client_id.clone(), extension("Wroutepoint", "sip:ivrapp@127.0.0.1:5063"));
        let odd = "sip:150@127.0.0.1:5483;rinstance=c2a75fd2f1caea71";
        state.extensions.insert("150".to_owned(), extension("Wextension", odd));
        state.extensions.insert("151".to_owned(), extension("Wextension", "not_registered_dev"));
        state.destinations = ["150", "151", "8000", "+31207654321"].map(str::to_owned).to_vec();
        let pbx = Self(Arc::new(Inner {
            settings,
            url,
            ledger: Ledger::default(),
            state: Mutex::new(state),
            news: broadcast::Sender::new(1_024),
            changed: watch::Sender::new(0),
            sockets: watch::Sender::new(0),
        }));
        let router = api::router(pbx.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(pbx)
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> Url {
        self.0.url.clone()
    }

    /// Calls that were placed, and what is to go wrong.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }

    /// How many tokens were given.
    #[must_use]
    pub fn tokens(&self) -> u32 {
        self.state().tokens
    }

    /// Makes the token worthless, as another program with the same client id does.
    pub fn void_token(&self) {
        self.state().token = None;
    }

    /// Whether final statuses are numbers, as in some versions, instead of words.
    pub fn counts(&self, yes: bool) {
        self.state().numeric = yes;
    }

    /// From now on it is not shown who led calls here.
    pub fn hides_origin(&self) {
        self.state().originless = true;
    }

    /// Every request but those for tokens, once it was answered: method and path, as they came.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    /// What became of calls that were led elsewhere, in order.
    #[must_use]
    pub fn led(&self) -> Vec<Led> {
        self.state().led.clone()
    }

    /// The parts in calls of an extension.
    #[must_use]
    pub fn parts(&self, dn: &str) -> Vec<Part> {
        self.state().parts.iter().filter(|((of, _), _)| of == dn).map(|(_, part)| part.clone()).collect()
    }

    /// What a caller at the route point has heard so far.
    #[must_use]
    pub fn heard(&self, callid: u64) -> Vec<u8> {
        self.state().sound.get(&callid).cloned().unwrap_or_default()
    }

    /// A caller at the route point says this.
    pub fn speak(&self, callid: u64, raw: &[u8]) {
        self.state().said.entry(callid).or_default().extend(raw);
        self.touch();
    }

    /// The sound of a caller's breaks off, and they are still there.
    pub fn cut_off(&self, callid: u64) {
        self.state().cut.push(callid);
        self.touch();
    }

    /// A caller presses keys.
    pub fn press(&self, callid: u64, keys: &str) {
        let there: Vec<_> = {
            let state = self.state();
            state.parts.iter().filter(|(_, part)| part.callid == callid).map(|(key, _)| key.clone()).collect()
        };
        for (dn, id) in there {
            self.tell(2, &dn, id, &json!({ "dtmf_input": keys }));
        }
    }

    /// Waits until this holds.
    pub async fn until(&self, holds: impl Fn(&Self) -> bool) {
        // The sender lives as long as this does, so that waiting cannot fail.
        let _ = self.0.changed.subscribe().wait_for(|_| holds(self)).await;
    }

    /// How many sockets have been opened.
    #[must_use]
    pub fn opened(&self) -> u32 {
        self.state().opened
    }

    /// Closes every socket, and says nothing of what happens until [`ThreeCx::listen_again`].
    pub fn go_deaf(&self) {
        self.state().mute = true;
        self.0.sockets.send_modify(|sockets| *sockets += 1);
    }

    /// Lets what happens be heard again.
    pub fn listen_again(&self) {
        self.state().mute = false;
    }

    /// What happens meanwhile is counted and not said: a gap.
    pub fn swallow(&self, happens: impl FnOnce(&Self)) {
        self.state().mute = true;
        happens(self);
        self.state().mute = false;
    }

    /// Says that something changed that is gone before anybody can ask.
    pub fn flash(&self, dn: &str) {
        let id = self.state().draw();
        self.say(0, dn, id);
    }

    /// Somebody from outside rings an extension, or the route point, which picks up at once. Gives the PBX's number for the
    /// call.
    pub fn ring(&self, caller: &str, did: &str, dn: &str) -> u64 {
        let (id, callid) = {
            let mut state = self.state();
            let (id, callid) = (state.draw(), state.draw());
            let at_route_point = state.extensions.get(dn).is_some_and(|extension| extension.kind == "Wroutepoint");
            let status = if at_route_point { "Connected" } else { "Ringing" };
            let origin = if state.originless { "" } else { "ROUTER" };
            let (caller, did) = (caller.to_owned(), did.to_owned());
            let part = Part { id, callid, status: status.to_owned(), caller, did, origin };
            state.parts.insert((dn.to_owned(), id), part);
            (id, callid)
        };
        self.say(0, dn, id);
        callid
    }

    /// A call is picked up, held, and so on.
    pub fn becomes(&self, callid: u64, status: &str) {
        let changed: Vec<_> = {
            let mut state = self.state();
            let parts = state.parts.iter_mut().filter(|(_, part)| part.callid == callid);
            parts
                .map(|(key, part)| {
                    status.clone_into(&mut part.status);
                    key.clone()
                })
                .collect()
        };
        for (dn, id) in changed {
            self.say(0, &dn, id);
        }
    }

    /// A call is over.
    pub fn hang_up(&self, callid: u64) {
        let gone: Vec<_> = {
            let state = self.state();
            state.parts.iter().filter(|(_, part)| part.callid == callid).map(|(key, _)| key.clone()).collect()
        };
        for (dn, id) in gone {
            self.take(&dn, id);
        }
    }

    fn take(&self, dn: &str, id: u64) -> Option<Part> {
        let part = self.state().parts.remove(&(dn.to_owned(), id))?;
        self.say(1, dn, id);
        Some(part)
    }

    fn place(&self, dn: &str, to: &Phone, request: Value) -> Value {
        let shown = {
            let mut state = self.state();
            let (id, callid) = (state.draw(), state.draw());
            let caller = to.reveal().to_owned();
            let part = Part { id, callid, status: "Dialing".to_owned(), caller, did: String::new(), origin: "" };
            let shown = shown(dn, &part);
            state.parts.insert((dn.to_owned(), id), part);
            shown
        };
        let id = shown["id"].as_u64().unwrap_or_default();
        let placed = Placed { id: shown["callid"].to_string(), to: to.clone(), from: to.clone(), request };
        self.0.ledger.place(placed);
        self.0.ledger.over();
        self.say(0, dn, id);
        shown
    }

    fn say(&self, kind: u8, dn: &str, id: u64) {
        self.tell(kind, dn, id, &Value::Null);
    }

    fn tell(&self, kind: u8, dn: &str, id: u64, data: &Value) {
        let (message, mute) = {
            let mut state = self.state();
            state.sequence += 1;
            let entity = format!("/callcontrol/{dn}/participants/{id}");
            let event = json!({ "event_type": kind, "entity": entity, "attached_data": data });
            (json!({ "sequence": state.sequence, "event": event }).to_string(), state.mute)
        };
        if !mute {
            // Nobody may be listening.
            let _ = self.0.news.send(message);
        }
        self.touch();
    }

    fn touch(&self) {
        self.0.changed.send_modify(|changed| *changed += 1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn draw(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

/// A part in a call as the API shows it.
fn shown(dn: &str, part: &Part) -> Value {
    json!({
        "id": part.id, "status": part.status, "dn": dn, "party_caller_name": "", "party_dn": "10007",
        "party_caller_id": part.caller, "party_did": part.did, "device_id": "sip:any@127.0.0.1:5063",
        "party_dn_type": "Wexternalline", "direct_control": false, "originated_by_dn": part.origin,
        "originated_by_type": if part.origin.is_empty() { "None" } else { "Wroutepoint" },
        "referred_by_dn": "", "referred_by_type": "None", "on_behalf_of_dn": "", "on_behalf_of_type": "None", "callid": part.callid, "legid": 1,
    })
}
