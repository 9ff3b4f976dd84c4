use crate::{
    BUSINESS_PHONE, CARRIER, Clock, MemoryStore, PretendCalendar, PretendCarrier, PretendCloner, PretendNotifier,
    PretendSamples, SPARE_CARRIER, phone, ready, world::theirs,
};
use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, NewAppointment},
    call::{Call, CallRef},
    effect::{Channel, Effect},
    engine::{Answered, Booked, Engine, Ports},
    event::Event,
    id::AppointmentId,
    personal::Phone,
    ports::{EffectRunner, IvrStore, Port, PortResult, Received, ReceivedAbout, StoredEvent},
    rules::Rules,
};
use std::{collections::BTreeMap, sync::Arc};

/// No life of an appointment takes more steps than this; more is a circle.
const MAX_STEPS: u32 = 20_000;

/// The whole gateway without its doors, in simulated time: engine, store in memory, carrier with scripted callees.
pub struct Simulation {
    /// The time.
    pub clock: Clock,
    /// The rows.
    pub store: Arc<MemoryStore>,
    /// Who is rung.
    pub carrier: Arc<PretendCarrier>,
    /// Who is rung by the other carrier, where a business names it.
    pub spare: Arc<PretendCarrier>,
    /// Who is written to.
    pub notifier: Arc<PretendNotifier>,
    /// What the calendar shows.
    pub calendar: Arc<PretendCalendar>,
    /// Who makes voices.
    pub cloner: Arc<PretendCloner>,
    /// The engine.
    pub engine: Engine,
    written: std::sync::atomic::AtomicU64,
}

impl Simulation {
    /// Begins at this time, with these rules and nothing in the book.
    #[must_use]
    pub fn new(rules: Rules, now: DateTime<Utc>) -> Self {
        let clock = Clock::at(now);
        let store = Arc::new(MemoryStore::new());
        let carrier = Arc::new(PretendCarrier::new(clock.clone()));
        let spare = Arc::new(PretendCarrier::named(SPARE_CARRIER, clock.clone()));
        let notifier = Arc::new(PretendNotifier::default());
        let calendar = Arc::new(PretendCalendar::default());
        let cloner = Arc::new(PretendCloner::default());
        let ports = Ports {
            carriers: BTreeMap::from([
                (CARRIER.to_owned(), Arc::clone(&carrier) as _),
                (SPARE_CARRIER.to_owned(), Arc::clone(&spare) as _),
            ]),
            notifiers: [Channel::Sms, Channel::Whatsapp, Channel::Email]
                .map(|channel| (channel, Arc::clone(&notifier) as _))
                .into(),
            calendar: Some(Arc::clone(&calendar) as _),
            cloner: Some(Arc::clone(&cloner) as _),
            voices: Some(Arc::clone(&store) as _),
            samples: Some(Arc::new(PretendSamples) as _),
            ..Ports::default()
        };
        let engine = Engine::new(Arc::new(rules), Arc::clone(&store) as _, ports, clock.world());
        Self { clock, store, carrier, spare, notifier, calendar, cloner, engine, written: 0.into() }
    }

    /// Takes an appointment into the book.
    ///
    /// # Panics
    /// When it is not taken.
    pub fn book(&self, new: NewAppointment) -> Appointment {
        match ready(self.engine.book(new, None)).expect("the store answers").0 {
            Booked::New(appointment) => appointment,
            other => panic!("not taken into the book: {other:?}"),
        }
    }

    /// Something happens to an appointment outside a call; gives what was made of it.
    ///
    /// # Panics
    /// When there is no such appointment.
    pub fn happen(&self, id: AppointmentId, event: Event) -> String {
        let happened = ready(self.engine.happen(id, event)).expect("the store answers");
        happened.expect("the appointment is in the book").2
    }

    /// The customer writes to the business.
    ///
    /// # Panics
    /// When the store is away.
    pub fn write(&self, from: &Phone, channel: Channel, body: &str) -> Answered {
        let n = self.written.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let about =
            ReceivedAbout::Message { from: from.clone(), to: phone(BUSINESS_PHONE), channel, body: body.to_owned() };
        let event = Event::Noted { what: "message".to_owned() };
        let received = Received::new(about, format!("message/{n}"), event);
        ready(self.engine.receive("pretend", received)).expect("the store answers")
    }

    /// Somebody rings the business.
    ///
    /// # Panics
    /// When the store is away.
    pub fn ring(&self, from: &Phone, theirs: &str) -> Answered {
        let about = ReceivedAbout::Call {
            call: CallRef::Theirs { provider: "pretend".to_owned(), id: theirs.to_owned() },
            provider_call_id: Some(theirs.to_owned()),
            parties: Some((from.clone(), phone(BUSINESS_PHONE))),
        };
        let received = Received::new(about, format!("{theirs}/incoming"), Event::Incoming);
        ready(self.engine.receive("pretend", received)).expect("the store answers")
    }

    /// A callback about a call, made by hand.
    ///
    /// # Errors
    /// When the store is away.
    pub fn tell(&self, call: CallRef, once: &str, event: Event) -> PortResult<Answered> {
        self.tell_by(CARRIER, call, None, once, event)
    }

    /// A callback of this carrier about a call, made by hand; it may say how the carrier calls it.
    ///
    /// # Errors
    /// When the store is away.
    pub fn tell_by(
        &self,
        provider: &str,
        call: CallRef,
        theirs: Option<&str>,
        once: &str,
        event: Event,
    ) -> PortResult<Answered> {
        let about = ReceivedAbout::Call { call, provider_call_id: theirs.map(str::to_owned), parties: None };
        ready(self.engine.receive(provider, Received::new(about, format!("{provider}/{once}"), event)))
    }

    /// Lets time pass: everything due until then runs, every callback arrives, in order of time.
    ///
    /// # Panics
    /// When it goes round in circles.
    pub fn run_until(&self, end: DateTime<Utc>) {
        for _ in 0..MAX_STEPS {
            let effect = self.store.next_due(self.engine.rules().lease);
            let callback = [&self.carrier, &self.spare].into_iter().filter_map(|it| it.next_callback()).min();
            let next = [effect.map(|(at, _)| at), callback].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.clock.turn_to(end);
                return;
            };
            self.clock.turn_to(next);
            if callback == Some(next) {
                self.deliver();
            } else if let Some((_, id)) = effect {
                // Whoever ran it is gone when the store was away; the effect's lease brings somebody else.
                drop(ready(self.engine.run(id)));
            }
        }
        panic!("more than {MAX_STEPS} steps: the simulation goes round in circles");
    }

    /// Lets this much time pass; see [`Self::run_until`].
    pub fn pass(&self, span: Duration) {
        self.run_until(self.clock.now() + span);
    }

    fn deliver(&self) {
        let (first, other) = (self.carrier.next_callback(), self.spare.next_callback());
        let spare_first = other.is_some_and(|other| first.is_none_or(|first| other < first));
        let carrier = if spare_first { &self.spare } else { &self.carrier };
        let Some(callback) = carrier.take_callback() else {
            return;
        };
        let (call, theirs) = (callback.call, theirs(callback.call));
        let told =
            self.tell_by(carrier.name(), CallRef::Ours(call), Some(&theirs), &callback.once, callback.event.clone());
        match told {
            Ok(answered) if !answered.repeated => carrier.hear(call, &answered.reply),
            Ok(_) => {}
            Err(_) => carrier.deliver_again(callback),
        }
    }

    /// The appointment as it is now.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn appointment(&self, id: AppointmentId) -> Appointment {
        ready(self.store.appointment(id)).expect("the store answers").expect("the appointment is in the book")
    }

    /// Every call, the oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.store.all_calls()
    }

    /// Every effect, the oldest first.
    #[must_use]
    pub fn effects(&self) -> Vec<Effect> {
        self.store.all_effects()
    }

    /// The timeline of an appointment.
    ///
    /// # Panics
    /// When the store is away.
    #[must_use]
    pub fn timeline(&self, id: AppointmentId) -> Vec<StoredEvent> {
        ready(self.store.timeline(Some(id), None)).expect("the store answers")
    }
}
