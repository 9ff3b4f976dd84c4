//! A carrier, pretended in memory.

use crate::{CARRIER, Callee, Clock, Line};
use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    call::Call,
    event::{AnsweredBy, EndCause, Event},
    id::{CallId, EffectId},
    ports::{
        Abilities, AgentBrief, CallCommand, CallProvider, Happened, Performed, PlaceCall, Port, PortError, PortResult,
        Received, Rejected, Trouble, WebhookRequest, WebhookResponse,
    },
    reply::{Reply, Verb},
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A callback on its way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Callback {
    pub(crate) at: DateTime<Utc>,
    pub(crate) call: CallId,
    pub(crate) once: String,
    pub(crate) event: Event,
}

#[derive(Debug)]
struct Rung {
    callee: Callee,
    line: Line,
    ended: Option<(DateTime<Utc>, EndCause)>,
    told: u32,
}

#[derive(Debug, Default)]
struct Exchange {
    plan: VecDeque<(Callee, Line)>,
    otherwise: Option<Callee>,
    calls: BTreeMap<CallId, Rung>,
    placed: Vec<(CallId, DateTime<Utc>)>,
    untold: Vec<CallId>,
    callbacks: Vec<Callback>,
    hung_up: Vec<CallId>,
    steered: Vec<(CallId, Reply)>,
    briefs: Vec<(CallId, AgentBrief)>,
}

/// A carrier whose callees follow a plan.
#[derive(Debug)]
pub struct PretendCarrier {
    name: &'static str,
    clock: Clock,
    exchange: Mutex<Exchange>,
}

impl PretendCarrier {
    /// A carrier with nobody to call yet: whoever is rung does not answer.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self::named(CARRIER, clock)
    }

    /// The same, under this name.
    #[must_use]
    pub fn named(name: &'static str, clock: Clock) -> Self {
        Self { name, clock, exchange: Mutex::default() }
    }

    /// Every call that it was told to end, in order.
    #[must_use]
    pub fn hung_up(&self) -> Vec<CallId> {
        self.exchange().hung_up.clone()
    }

    /// Everything it was told to let a live call hear, in order.
    #[must_use]
    pub fn steered(&self) -> Vec<(CallId, Reply)> {
        self.exchange().steered.clone()
    }

    /// What it was told for each call that an agent was to have, in order.
    #[must_use]
    pub fn briefs(&self) -> Vec<(CallId, AgentBrief)> {
        self.exchange().briefs.clone()
    }

    /// Who is rung next, and over which line; one of these for each request, retries included.
    pub fn plan(&self, calls: impl IntoIterator<Item = (Callee, Line)>) {
        self.exchange().plan.extend(calls);
    }

    /// Who is rung when the plan has run out, over a good line.
    pub fn otherwise(&self, callee: Callee) {
        self.exchange().otherwise = Some(callee);
    }

    /// Every call that really rang somewhere, in order, with its time. A call placed twice is in it twice.
    #[must_use]
    pub fn placed(&self) -> Vec<(CallId, DateTime<Utc>)> {
        self.exchange().placed.clone()
    }

    fn exchange(&self) -> MutexGuard<'_, Exchange> {
        self.exchange.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn next_callback(&self) -> Option<DateTime<Utc>> {
        self.exchange().callbacks.iter().map(|callback| callback.at).min()
    }

    pub(crate) fn take_callback(&self) -> Option<Callback> {
        let mut exchange = self.exchange();
        let first = exchange.callbacks.iter().enumerate().min_by_key(|(n, callback)| (callback.at, *n))?.0;
        Some(exchange.callbacks.remove(first))
    }

    /// The gateway did not take it; a carrier tries again.
    pub(crate) fn deliver_again(&self, mut callback: Callback) {
        callback.at = self.clock.now() + Duration::seconds(5);
        self.exchange().callbacks.push(callback);
    }

    /// The gateway's answer to a callback reaches the callee.
    pub(crate) fn hear(&self, call: CallId, reply: &Reply) {
        let now = self.clock.now();
        let mut exchange = self.exchange();
        for verb in &reply.0 {
            match verb {
                Verb::Ask { step, turn, timeout_seconds, .. } => {
                    let (step, turn) = (step.clone(), *turn);
                    let wait = now + Duration::seconds(i64::from(*timeout_seconds) + 4);
                    let key = match exchange.calls.get_mut(&call).map(|rung| &mut rung.callee) {
                        Some(Callee::Presses(keys)) if !keys.is_empty() => Some(keys.remove(0)),
                        Some(Callee::Silent | Callee::Machine) => {
                            exchange.tell(call, wait, Event::Silence { step, turn });
                            return;
                        }
                        _ => None,
                    };
                    match key {
                        Some(digits) => {
                            exchange.tell(call, now + Duration::seconds(6), Event::Digits { step, turn, digits });
                        }
                        None => exchange.end(call, now + Duration::seconds(2), EndCause::Completed),
                    }
                    return;
                }
                Verb::Record { step, turn, silence_seconds, .. } => {
                    let (step, turn) = (step.clone(), *turn);
                    let silence = now + Duration::seconds(i64::from(*silence_seconds) + 4);
                    match exchange.calls.get(&call).map(|rung| &rung.callee) {
                        Some(Callee::Presses(_)) => {
                            let url = format!("https://pretend.example/recordings/{}/{turn}", theirs(call));
                            let event = Event::Recorded { step, turn, url, seconds: Some(4) };
                            exchange.tell(call, now + Duration::seconds(8), event);
                        }
                        Some(Callee::Silent | Callee::Machine) => {
                            exchange.tell(call, silence, Event::Silence { step, turn });
                        }
                        _ => exchange.end(call, now + Duration::seconds(2), EndCause::Completed),
                    }
                    return;
                }
                Verb::Transfer { .. } | Verb::Stream { .. } => {
                    return exchange.end(call, now + Duration::seconds(90), EndCause::Completed);
                }
                Verb::Hangup => return exchange.end(call, now + Duration::seconds(3), EndCause::Completed),
                Verb::Say { .. } | Verb::Play { .. } | Verb::Pause { .. } | Verb::Resume { .. } => {}
            }
        }
    }

    fn place(&self, place: &PlaceCall) -> PortResult<Performed> {
        let now = self.clock.now();
        let mut exchange = self.exchange();
        exchange.briefs.extend(place.agent.iter().map(|brief| (place.call_id, (**brief).clone())));
        let otherwise = exchange.otherwise.clone().unwrap_or(Callee::NoAnswer);
        let (callee, line) = exchange.plan.pop_front().unwrap_or((otherwise, Line::Good));
        let error = |happened, trouble, what: &str| Err(PortError::new(self.name, happened, trouble, what));
        if line.acts() {
            exchange.ring(place, callee, line, now);
        } else if !line.tells() {
            exchange.untold.push(place.call_id);
        }
        match line {
            Line::Good | Line::LosesCallbacks | Line::Disorder => {
                Ok(Performed::Placed { provider_call_id: theirs(place.call_id) })
            }
            Line::LosesAnswer | Line::LosesAnswerForGood | Line::LosesRequest | Line::LosesRequestForGood => {
                error(Happened::Maybe, Trouble::Unavailable, "no answer came")
            }
            Line::Away | Line::Lies => error(Happened::No, Trouble::Unavailable, "nobody there"),
            Line::Refuses => error(Happened::No, Trouble::Refused, "this number is not dialled"),
        }
    }

    fn steer(&self, call: CallId, reply: &Reply) -> Performed {
        if !self.exchange().leave(call, self.clock.now()) {
            return Performed::Over;
        }
        self.exchange().steered.push((call, reply.clone()));
        self.hear(call, reply);
        Performed::Done
    }

    fn find(&self, call: CallId) -> PortResult<Performed> {
        let now = self.clock.now();
        let exchange = self.exchange();
        let silent = PortError::new(self.name, Happened::No, Trouble::Unavailable, "the look-up got no answer");
        match exchange.calls.get(&call) {
            Some(rung) if rung.line.tells() => {
                let ended = rung.ended.filter(|(at, _)| *at <= now).map(|(_, cause)| (cause, Some(20)));
                Ok(Performed::Found { provider_call_id: theirs(call), ended })
            }
            None if !exchange.untold.contains(&call) => Ok(Performed::Missing),
            _ => Err(silent),
        }
    }
}

/// Its name for a call.
pub(crate) fn theirs(call: CallId) -> String {
    format!("P-{call}")
}

impl Exchange {
    fn ring(&mut self, place: &PlaceCall, callee: Callee, line: Line, now: DateTime<Utc>) {
        let call = place.call_id;
        self.placed.push((call, now));
        let unanswered = callee.unanswered();
        let by = if callee == Callee::Machine { AnsweredBy::Machine } else { AnsweredBy::Human };
        self.calls.insert(call, Rung { callee, line, ended: None, told: 0 });
        let after = |seconds: u32| now + Duration::seconds(i64::from(seconds));
        self.tell(call, after(1), Event::Ringing);
        match unanswered {
            Some(EndCause::NoAnswer) => self.end(call, after(place.ring_seconds), EndCause::NoAnswer),
            Some(cause) => self.end(call, after(5), cause),
            None if line == Line::LosesCallbacks => self.end(call, after(20), EndCause::Completed),
            None => self.tell(call, after(4), Event::Answered { by }),
        }
    }

    fn tell(&mut self, call: CallId, at: DateTime<Utc>, event: Event) {
        let Some(rung) = self.calls.get_mut(&call) else {
            return;
        };
        if rung.line == Line::LosesCallbacks || rung.ended.is_some_and(|_| !matches!(event, Event::Ended { .. })) {
            return;
        }
        rung.told += 1;
        let once = format!("{call}/{}", rung.told);
        if rung.line == Line::Disorder {
            // A second delivery of what steers nothing comes long after; what was told first may come last.
            let later = at + Duration::seconds(50);
            self.callbacks.push(Callback { at: later, call, once: once.clone(), event: event.clone() });
            if event == Event::Ringing {
                return;
            }
        }
        self.callbacks.push(Callback { at, call, once, event });
    }

    fn end(&mut self, call: CallId, at: DateTime<Utc>, cause: EndCause) {
        let Some(rung) = self.calls.get_mut(&call).filter(|rung| rung.ended.is_none()) else {
            return;
        };
        rung.ended = Some((at, cause));
        self.tell(call, at, Event::Ended { cause, seconds: Some(20) });
    }

    /// The callee stops to hear what they hear, with all that would have come of it; `false` when nobody is on the line.
    fn leave(&mut self, call: CallId, at: DateTime<Utc>) -> bool {
        let Some(rung) = self.calls.get_mut(&call).filter(|rung| rung.ended.is_none_or(|(end, _)| end > at)) else {
            return false;
        };
        rung.ended = None;
        self.callbacks.retain(|callback| {
            callback.call != call || matches!(callback.event, Event::Ringing | Event::Answered { .. })
        });
        true
    }

    /// The line is ended: what would have been told about it later is not.
    fn cut(&mut self, call: CallId, at: DateTime<Utc>) {
        self.callbacks.retain(|callback| callback.call != call);
        if let Some(rung) = self.calls.get_mut(&call) {
            rung.ended = None;
        }
        self.end(call, at, EndCause::Completed);
    }
}

impl Port for PretendCarrier {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait]
impl CallProvider for PretendCarrier {
    fn abilities(&self) -> Abilities {
        Abilities {
            steers: true,
            dials: true,
            finds: true,
            hangs_up: true,
            moves: true,
            detects_machines: true,
            records: true,
            streams: true,
        }
    }

    fn receive(&self, request: &WebhookRequest, _now: DateTime<Utc>) -> Result<Received, Rejected> {
        Err(Rejected::UnknownHook(request.hook.clone()))
    }

    fn render(&self, _reply: &Reply, _call: Option<&Call>) -> WebhookResponse {
        WebhookResponse::json(200, "{}".to_owned())
    }

    async fn perform(&self, command: &CallCommand, _effect: &EffectId) -> PortResult<Performed> {
        match command {
            CallCommand::Place(place) => self.place(place),
            CallCommand::Find { call_id, .. } => self.find(*call_id),
            CallCommand::Hangup { call_id, .. } => {
                let mut exchange = self.exchange();
                exchange.hung_up.push(*call_id);
                exchange.cut(*call_id, self.clock.now());
                Ok(Performed::Done)
            }
            CallCommand::Steer { call_id, reply, .. } => Ok(self.steer(*call_id, reply)),
        }
    }
}
