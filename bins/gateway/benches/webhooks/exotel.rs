//! Key presses of an IVR that Exotel runs: five questions a call, every call a new one, each press proved, kept and
//! counted before it is answered. What is pressed is spread as it is with people: a few choices are most of them.

use super::{WEBHOOKS_PER_CALL, house, load::Load};
use std::{net::SocketAddr, path::Path};

const SECRET: &str = "bench-webhook-secret";
const STEPS: [&str; WEBHOOKS_PER_CALL] = ["language", "state", "service", "model", "hp"];
/// How often each key is pressed, of ten times.
const KEYS: [u8; 10] = [1, 1, 1, 1, 1, 2, 2, 2, 3, 4];

/// A gateway that keeps what is pressed.
pub(crate) struct Door {
    pub(crate) address: SocketAddr,
    calls: u64,
}

/// Serves the door on a fresh database.
pub(crate) async fn open(folder: &Path) -> Door {
    let house = house::open(folder, "exotel", &[("EXOTEL_WEBHOOK_SECRET", SECRET)]).await;
    Door { address: house.address, calls: 0 }
}

impl Door {
    /// What is pressed in calls that were never heard of before.
    pub(crate) fn load(&mut self, connections: usize, calls: usize) -> Load {
        let mut load = vec![Vec::with_capacity(calls * WEBHOOKS_PER_CALL); connections];
        for _ in 0..calls {
            for requests in &mut load {
                self.calls += 1;
                // Names as the carrier gives them: in no order.
                let drawn = self.calls.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let sid = format!("{drawn:016x}{:016x}", self.calls);
                let keys = |at: usize| KEYS[usize::try_from(drawn >> (8 * at + 20)).unwrap_or(0) % 10];
                requests.extend(STEPS.iter().enumerate().map(|(at, step)| press(&sid, step, keys(at), at)));
            }
        }
        Load(load)
    }
}

/// A press, as Exotel's Passthru tells it.
fn press(sid: &str, step: &str, keys: u8, at: usize) -> Vec<u8> {
    format!(
        "GET /webhook/ivr/{step}?CallSid={sid}&CallFrom=09876543210&CallTo=08047491899&Direction=incoming&ForwardedFrom=\
         &Created=Fri%2C%2023%20Jan%202026%2010%3A30%3A00&DialCallDuration=0&StartTime=2026-01-23%2010%3A30%3A00\
         &EndTime=1970-01-01%2005%3A30%3A00&CallType=call-attempt&DialWhomNumber=&flow_id=684213&tenant_id=39214\
         &digits=%22{keys}%22&From=09876543210&To=08047491899&CurrentTime=2026-01-23%2010%3A30%3A{second:02} HTTP/1.1\r\n\
         host: localhost\r\nx-webhook-secret: {SECRET}\r\n\r\n",
        second = 4 + at * 9,
    )
    .into_bytes()
}
