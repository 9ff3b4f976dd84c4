//! What voice agents want during a call: done once, for the caller alone, and never at the cost of somebody else's time.

#![expect(clippy::unwrap_used, reason = "what helpers of tests cannot do fails the test")]

mod any;
mod changes;
mod looking;
mod others;

use chrono::{DateTime, Duration, Utc};
use frontdesk_core::{
    appointment::{Appointment, Confirm, Customer, NewAppointment},
    call::{Call, CallRef, Outcome},
    event::{EndCause, Event},
    id::CallId,
    personal::Phone,
    ports::{IvrStore, ToolAnswer, ToolCall},
    rules::{Business, Rules},
};
use frontdesk_testkit::{BUSINESS, CUSTOMER_PHONE, Simulation, booking, moment, phone, ready, rules};
use serde_json::{Value, json};
use std::cell::Cell;

const BEN: &str = "+15005550102";

/// A Friday.
fn start() -> DateTime<Utc> {
    moment("2026-11-20T09:00:00Z")
}

/// The Monday after it, at ten in Madrid.
fn monday() -> DateTime<Utc> {
    moment("2026-11-23T09:00:00Z")
}

/// Somebody on the line with an agent.
struct Talk<'h> {
    house: &'h Simulation,
    call: CallId,
    wishes: Cell<u32>,
}

fn house() -> Simulation {
    Simulation::new(rules(), start())
}

fn with(change: impl FnOnce(&mut Business)) -> Simulation {
    let mut rules: Rules = rules();
    change(rules.businesses.get_mut(BUSINESS).unwrap());
    Simulation::new(rules, start())
}

/// This number rings, and is picked up.
fn rings<'h>(house: &'h Simulation, from: &Phone) -> Talk<'h> {
    let n = house.calls().len();
    let call = house.ring(from, &format!("IN-{n}")).call.unwrap();
    Talk { house, call: call.id, wishes: Cell::new(0) }
}

fn ana(house: &Simulation) -> Talk<'_> {
    rings(house, &phone(CUSTOMER_PHONE))
}

fn of(new: NewAppointment, number: &str) -> NewAppointment {
    NewAppointment { customer: Customer { phone: phone(number), ..new.customer.clone() }, ..new }
}

/// The desk has taken in Ben at this time.
fn bens(house: &Simulation, at: DateTime<Utc>) -> Appointment {
    house.book(of(booking(at, Confirm::None), BEN))
}

impl Talk<'_> {
    fn wish(&self, id: &str, tool: &str, parameters: Value) -> ToolAnswer {
        let wish = ToolCall { id: id.to_owned(), tool: tool.to_owned(), parameters };
        ready(self.house.engine.tool(self.call, &wish)).unwrap()
    }

    fn wants(&self, tool: &str, parameters: Value) -> ToolAnswer {
        self.wishes.set(self.wishes.get() + 1);
        self.wish(&format!("wish-{}", self.wishes.get()), tool, parameters)
    }

    /// What was done.
    fn does(&self, tool: &str, parameters: Value) -> Value {
        let answer = self.wants(tool, parameters);
        assert_eq!((answer.failed, &answer.result["done"]), (false, &json!(true)), "{tool}: {}", answer.result);
        answer.result
    }

    /// Why it was not.
    fn is_refused(&self, tool: &str, parameters: Value) -> String {
        let answer = self.wants(tool, parameters);
        assert_eq!((answer.failed, &answer.result["done"]), (true, &json!(false)), "{tool}: {}", answer.result);
        answer.result["reason"].as_str().unwrap().to_owned()
    }

    fn call(&self) -> Call {
        ready(self.house.store.call(self.call)).unwrap().unwrap()
    }

    /// The call is over; gives what has come of it.
    fn ends(&self) -> Outcome {
        let over = Event::Ended { cause: EndCause::Completed, seconds: Some(40) };
        self.house.tell(CallRef::Ours(self.call), &format!("{}/over", self.call), over).unwrap();
        self.call().outcome.unwrap()
    }

    fn notes(&self) -> Vec<String> {
        let lines = ready(self.house.store.timeline(None, Some(self.call))).unwrap();
        lines.into_iter().map(|line| line.recorded.note).collect()
    }
}

fn at(clock: &str) -> Value {
    json!({ "starts_at": format!("2026-11-23T{clock}") })
}

/// A moment when nothing of these tests waits any more.
fn later() -> Duration {
    Duration::minutes(1)
}
