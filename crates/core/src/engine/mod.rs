//! The engine joins machines, gate, store and ports: Event -> decision -> effects -> Event.
//!
//! It decides inside the store's transaction and acts after it. It needs no runtime of its own.

mod alerts;
mod attend;
mod begin;
mod bookings;
mod callers;
mod calls;
mod capture;
mod carriers;
mod desk;
mod entry;
mod fate;
mod fold;
mod greet;
mod hang_up;
mod invitation;
mod legs;
mod look_up;
mod mark;
mod missed;
mod opting;
mod people;
mod place;
mod reply;
mod ring_back;
mod run;
mod settle;
mod steer;
mod tell;
mod tools;
mod voices;
mod words;

pub use bookings::Taken;
pub use carriers::CarrierState;
pub use desk::HandEdited;
pub use people::{Booked, Retried};
pub use reply::{Act, Done, Stood};

use crate::{
    appointment::{Appointment, NewAppointment},
    call::{Call, CallRef},
    effect::Channel,
    event::Event,
    id::{AppointmentId, CallId, EffectId},
    personal::Phone,
    ports::{
        Advanced, AgentLine, CalendarSink, CallProvider, Decision, IvrStore, Loaded, Notifier, PortResult, Received,
        ReceivedAbout, Rung, Subject, VoiceAgent, VoiceCloner, VoiceSamples, VoiceStore, WebhookSender,
    },
    reply::Reply,
    rules::Rules,
};
use chrono::{DateTime, Utc};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};
use uuid::Uuid;

/// Where time and fresh ids come from. Only the binary and tests make one.
#[derive(Clone)]
pub struct World {
    now: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    fresh: Arc<dyn Fn() -> Uuid + Send + Sync>,
}

impl World {
    /// A world with this clock and this source of ids.
    pub fn new(
        now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
        fresh: impl Fn() -> Uuid + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), fresh: Arc::new(fresh) }
    }

    /// The time, cut to milliseconds: the databases keep different fractions of it.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let now = (self.now)();
        DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
    }

    /// An id nobody else has.
    #[must_use]
    pub fn fresh(&self) -> Uuid {
        (self.fresh)()
    }
}

/// The adapters by name.
#[derive(Clone, Default)]
pub struct Ports {
    /// Carriers.
    pub carriers: BTreeMap<String, Arc<dyn CallProvider>>,
    /// Who sends on which channel.
    pub notifiers: BTreeMap<Channel, Arc<dyn Notifier>>,
    /// Webhooks of the staff's, by name.
    pub webhooks: BTreeMap<String, Arc<dyn WebhookSender>>,
    /// The calendar every business writes to.
    pub calendar: Option<Arc<dyn CalendarSink>>,
    /// Voice cloning, where configured.
    pub cloner: Option<Arc<dyn VoiceCloner>>,
    /// Who permits that their voice is cloned, and what was made of it.
    pub voices: Option<Arc<dyn VoiceStore>>,
    /// What voices are made of, where configured.
    pub samples: Option<Arc<dyn VoiceSamples>>,
    /// Whose agents take calls that come in, where configured.
    pub line: Option<Arc<dyn AgentLine>>,
    /// The agent on live calls, where configured.
    pub agent: Option<Arc<dyn VoiceAgent>>,
}

/// Event in, decision out, effects done.
#[derive(Clone)]
pub struct Engine {
    rules: Arc<Rules>,
    store: Arc<dyn IvrStore>,
    ports: Ports,
    world: World,
    /// Shared by every clone: there is one of each in a gateway.
    breakers: Arc<carriers::Breakers>,
}

/// What a webhook came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// What the caller hears next.
    pub reply: Reply,
    /// The call, where there is one.
    pub call: Option<Call>,
    /// Whether this very webhook was answered before; the reply is the first one.
    pub repeated: bool,
}

impl Engine {
    /// Joins the parts.
    #[must_use]
    pub fn new(mut rules: Arc<Rules>, store: Arc<dyn IvrStore>, ports: Ports, world: World) -> Self {
        Arc::make_mut(&mut rules).abilities =
            ports.carriers.iter().map(|(name, carrier)| (name.clone(), carrier.abilities())).collect();
        Self { rules, store, ports, world, breakers: Arc::default() }
    }

    /// What the deployment has decided.
    #[must_use]
    pub fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// The store, for reads.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn IvrStore> {
        &self.store
    }

    /// The adapters.
    #[must_use]
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Clock and ids.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// An authentic webhook of this provider: decides, and says what the caller hears next.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store is away; nothing was decided, or its fate is unknown
    /// and the same delivery may be made again.
    pub async fn receive(&self, provider: &str, received: Received) -> PortResult<Answered> {
        self.advance(provider, received, None).await
    }

    /// What few webhooks wait for is boxed: each of them carries room for the largest.
    async fn advance(&self, provider: &str, received: Received, handed: Option<CallId>) -> PortResult<Answered> {
        let now = self.world.now();
        let rules = Arc::clone(&self.rules);
        let Received { about, once, event, heard, at, .. } = received;
        let advanced = match about {
            ReceivedAbout::Call { call, provider_call_id, parties: Some((from, to)) } if event == Event::Incoming => {
                let subject =
                    Subject::Person { phone: from.clone(), business: rules.business_at(&to).map(|b| b.id.clone()) };
                let provider_call_id = provider_call_id.or(match call {
                    CallRef::Theirs { id, .. } => Some(id),
                    CallRef::Ours(_) => None,
                });
                let id = handed.unwrap_or_else(|| CallId(self.world.fresh()));
                let (provider, handed) = (provider.to_owned(), handed.is_some());
                let prospect =
                    if greet::greets(&rules) { Some(Box::pin(self.prospect(&to, &from, now)).await?) } else { None };
                let incoming = calls::Incoming { id, provider, provider_call_id, from, to, handed, prospect, heard };
                let decide = Box::new(move |loaded: Loaded| calls::on_incoming(&rules, &loaded, incoming, now));
                self.store.advance(subject, Some(once), now, decide).await?
            }
            ReceivedAbout::Call { call, provider_call_id, parties } => {
                let subject = match (call, parties) {
                    (CallRef::Theirs { provider, id }, Some((from, to))) => {
                        Subject::Rung(Rung { provider, id, from, to, at })
                    }
                    (call, _) => Subject::Call(call),
                };
                let (provider, key) = (provider.to_owned(), once.clone());
                let decide = Box::new(move |loaded: Loaded| {
                    let provider_call_id = provider_call_id.as_deref();
                    let told = calls::Told { provider: &provider, provider_call_id, event: &event, once: &key, heard };
                    calls::on_call(&rules, &loaded, &told, now)
                });
                self.store.advance(subject, Some(once), now, decide).await?
            }
            ReceivedAbout::Message { from, to, channel, body } => {
                let subject =
                    Subject::Person { phone: from.clone(), business: rules.business_at(&to).map(|b| b.id.clone()) };
                let key = once.clone();
                let decide = Box::new(move |loaded: Loaded| {
                    let written = people::Written { from: &from, channel, body: &body, once: &key };
                    people::on_message(&rules, &loaded, &written, now)
                });
                self.store.advance(subject, Some(once), now, decide).await?
            }
            ReceivedAbout::Sent { effect, reference, fate } => {
                let rests = self.breakers.resting(&rules.breaker, now);
                let decide =
                    Box::new(move |loaded: Loaded| fate::on_fate(&rules, &rests, &loaded, &reference, &fate, now));
                self.store.advance(Subject::Effect(effect), Some(once), now, decide).await?
            }
            ReceivedAbout::Capture { capture, .. } => {
                let kept = Box::pin(self.capture(provider, *capture)).await?;
                return Ok(Answered { reply: Reply::default(), call: None, repeated: kept.repeated });
            }
            ReceivedAbout::Booking { booking, .. } => {
                let taken = Box::pin(self.take(provider, *booking)).await?;
                return Ok(Answered { reply: Reply::default(), call: None, repeated: taken.repeated });
            }
            // Nothing happens by asking.
            ReceivedAbout::Caller { .. } | ReceivedAbout::Nothing { .. } => {
                return Ok(Answered { reply: Reply::default(), call: None, repeated: false });
            }
        };
        Ok(Answered { reply: advanced.decision.reply, call: advanced.decision.call, repeated: advanced.repeated })
    }

    /// Takes an appointment into the book; one that is there under the same external id, or was taken with the same
    /// `once` key, is not taken twice. The effects are those just decided, for whoever wants to run them at once.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store is away.
    pub async fn book(&self, new: NewAppointment, once: Option<String>) -> PortResult<(Booked, Vec<EffectId>)> {
        let now = self.world.now();
        let id = AppointmentId(self.world.fresh());
        let rules = Arc::clone(&self.rules);
        let subject = Subject::New { business: new.business.clone(), external_id: new.external_id.clone(), id };
        let book = move |loaded| people::book(&rules, &loaded, id, new, now);
        let (advanced, booked) = self.decide(subject, once, now, book).await?;
        if let (true, Some(there)) = (advanced.repeated, advanced.decision.appointment) {
            return Ok((Booked::Again(there), Vec::new()));
        }
        let effects = advanced.decision.effects.iter().map(|effect| effect.id).collect();
        Ok((booked.unwrap_or(Booked::NoBusiness), effects))
    }

    /// Something happens to an appointment outside a call. `None` when there is no such appointment.
    /// The effects are those just decided, for whoever wants to run them at once.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store is away.
    pub async fn happen(
        &self,
        id: AppointmentId,
        event: Event,
    ) -> PortResult<Option<(Appointment, Vec<EffectId>, String)>> {
        let now = self.world.now();
        let rules = Arc::clone(&self.rules);
        let (advanced, before) = self
            .decide(Subject::Appointment(id), None, now, move |loaded| {
                let decision = people::on_appointment(&rules, &loaded, &event, now);
                (decision, loaded.appointment)
            })
            .await?;
        let note = advanced.decision.events.last().map(|event| event.note.clone()).unwrap_or_default();
        let effects = advanced.decision.effects.iter().map(|effect| effect.id).collect();
        let appointment = advanced.decision.appointment.or(before.flatten());
        Ok(appointment.map(|appointment| (appointment, effects, note)))
    }

    /// The desk wants an effect tried again, or its fate looked up.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store is away.
    pub async fn retry(&self, id: EffectId) -> PortResult<Retried> {
        let now = self.world.now();
        let (_, retried) =
            self.decide(Subject::Effect(id), None, now, move |loaded| people::retry(&loaded, now)).await?;
        Ok(retried.unwrap_or(Retried::Unknown))
    }

    /// Writes what is known about a person: language, zone, consent, opt-out. An opt-out stops what waits for them.
    ///
    /// # Errors
    /// [`crate::ports::PortError`] when the store is away.
    pub async fn know(
        &self,
        phone: Phone,
        change: impl FnOnce(&mut crate::ports::Contact) + Send + 'static,
    ) -> PortResult<crate::ports::Contact> {
        let now = self.world.now();
        let rules = Arc::clone(&self.rules);
        let subject = Subject::Person { phone: phone.clone(), business: None };
        let (_, contact) =
            self.decide(subject, None, now, move |loaded| people::know(&rules, &loaded, &phone, change, now)).await?;
        contact.ok_or_else(|| {
            crate::ports::PortError::new(
                "store",
                crate::ports::Happened::Maybe,
                crate::ports::Trouble::Broken,
                "the store did not decide",
            )
        })
    }

    /// Advances a subject and brings out what the decision found along with it.
    async fn decide<T: Send + 'static>(
        &self,
        subject: Subject,
        once: Option<String>,
        now: DateTime<Utc>,
        decide: impl FnOnce(Loaded) -> (Decision, T) + Send + 'static,
    ) -> PortResult<(Advanced, Option<T>)> {
        let found = Arc::new(Mutex::new(None));
        let inside = Arc::clone(&found);
        let decide = Box::new(move |loaded| {
            let (decision, value) = decide(loaded);
            *inside.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
            decision
        });
        let advanced = self.store.advance(subject, once, now, decide).await?;
        let value = found.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok((advanced, value))
    }
}
