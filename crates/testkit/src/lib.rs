//! What tests need and programs never do: behaviour suites for every port, the fixture runner, a store in memory, a clock
//! that is turned by hand, and a carrier with scripted callees. A whole walk takes microseconds and never sleeps.

#![warn(missing_docs)]

mod callee;
pub mod carriers;
mod clock;
pub mod elevenlabs;
mod fixture;
pub mod google;

mod memory;
mod outbox;
mod scenery;
pub mod servers;
mod simulation;
mod skip;
pub mod suite;
mod voices;

mod world;

pub use callee::{Callee, Line};
pub use clock::{Clock, ready};
pub use fixture::{Fixture, fixtures};

pub use memory::MemoryStore;
pub use outbox::{PretendCalendar, PretendNotifier};
pub use scenery::{BUSINESS, BUSINESS_PHONE, CARRIER, CUSTOMER_PHONE, DESK_PHONE, SPARE_CARRIER};
pub use scenery::{booking, flow_sources, moment, phone, rules};
pub use simulation::Simulation;
pub use skip::{Absent, Skip};
pub use voices::{Making, PretendCloner, PretendSamples};
pub use world::PretendCarrier;
