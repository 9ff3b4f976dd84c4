use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Confirm, Customer, NewAppointment},
    breaker::BreakerPolicy,
    contact::{ContactPolicy, Hours},
    effect::Channel,
    flow::Flow,
    greeting::GreetingPolicy,
    ivr::Tree,
    personal::{Email, PersonName, Phone},
    rules::{Business, Inbound, Policy, Rules},
    slots::Opening,
    speech::{Language, Texts},
};
use std::{collections::BTreeMap, sync::Arc};

/// The id of the business in [`rules`].
pub const BUSINESS: &str = "clinic";
/// Its number.
pub const BUSINESS_PHONE: &str = "+15005550000";
/// Its desk's number.
pub const DESK_PHONE: &str = "+15005550001";
/// The carrier of the business in [`rules`].
pub const CARRIER: &str = "pretend";
/// A carrier that stands by: a business that names it has it.
pub const SPARE_CARRIER: &str = "spare";
/// The number of the customer in [`booking`].
pub const CUSTOMER_PHONE: &str = "+15005550101";

/// A time, as RFC 3339 writes it.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn moment(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).expect("a time of a test is written as RFC 3339").to_utc()
}

/// A number of a test.
///
/// # Panics
/// When it is none.
#[must_use]
pub fn phone(text: &str) -> Phone {
    Phone::parse(text, None).expect("a number of a test is a number")
}

/// The built-in flows: their file names and texts.
#[must_use]
pub fn flow_sources() -> [(&'static str, &'static str); 2] {
    [
        ("confirm.toml", include_str!("../../../fixtures/flows/confirm.toml")),
        ("inbound.toml", include_str!("../../../fixtures/flows/inbound.toml")),
    ]
}

/// One business that may contact people around the clock, with the built-in flows and texts.
///
/// # Panics
/// When a built-in flow is broken.
#[must_use]
pub fn rules() -> Rules {
    let texts = Texts::builtin().with_overrides(Language::En, "").expect("nothing replaced, nothing wrong");
    let flows = flow_sources().map(|(file, source)| Flow::parse(file, source, &texts).expect("a built-in flow works"));
    let business = Business {
        id: BUSINESS.to_owned(),
        name: "Harbour Clinic".to_owned(),
        phone: Some(phone(BUSINESS_PHONE)),
        numbers: BTreeMap::new(),
        desk: Some(phone(DESK_PHONE)),
        time_zone: chrono_tz::Europe::Madrid,
        language: Language::En,
        region: None,
        carriers: vec![CARRIER.to_owned()],
        flow: "confirm".to_owned(),
        inbound_flow: "inbound".to_owned(),
        inbound: Inbound::Menu,
        policy: Policy { messages: vec![Channel::Sms, Channel::Email], ..Policy::default() },
        contact: ContactPolicy {
            hours: std::array::from_fn(|_| vec![Hours::ALL_DAY]),
            per_day: 100,
            per_week: 100,
            ..ContactPolicy::default()
        },
        opening: Opening::default(),
    };
    Rules {
        businesses: BTreeMap::from([(BUSINESS.to_owned(), business)]),
        flows: flows.into_iter().map(|flow| (flow.name.clone(), flow)).collect(),
        trees: vec![Arc::new(Tree::plain("ivr", &["language", "state", "service", "model", "hp"]))],
        alerts: Vec::new(),
        texts: Arc::new(texts),
        lease: Duration::minutes(2),
        lookup_after: Duration::seconds(20),
        breaker: BreakerPolicy::default(),
        media: BTreeMap::new(),
        greeting: GreetingPolicy::default(),
        links: None,
        abilities: BTreeMap::new(),
    }
}

/// An appointment to be taken: Ana, half an hour, from `starts_at` on.
///
/// # Panics
/// Never: its parts are well formed.
#[must_use]
pub fn booking(starts_at: DateTime<Utc>, confirm: Confirm) -> NewAppointment {
    NewAppointment {
        external_id: None,
        business: BUSINESS.to_owned(),
        business_name: None,
        customer: Customer {
            name: PersonName::parse("Ana Lim").expect("a name"),
            phone: phone(CUSTOMER_PHONE),
            email: Some(Email::parse("ana@example.com").expect("an address")),
            language: None,
            time_zone: None,
        },
        starts_at,
        duration_minutes: 30,
        service: Some("Check-up".to_owned()),
        notes: None,
        confirm,
    }
}
