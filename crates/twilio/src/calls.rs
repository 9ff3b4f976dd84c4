//! Places, steers and ends calls. <https://www.twilio.com/docs/voice/api/call-resource>

use crate::{
    Account, Amd, Clock, Config, NAME,
    links::Links,
    numbers::Doors,
    rest::{Refusal, Rest},
};
use frontdesk_core::{
    id::EffectId,
    pace::Pace,
    ports::{Happened, Performed, PlaceCall, PortError, PortResult, Trouble},
};
use serde::Deserialize;

/// The news that are wanted of a call; without asking, only its end is told.
const EVENTS: [&str; 4] = ["initiated", "ringing", "answered", "completed"];
/// No document that is sent along is longer, in characters.
/// <https://www.twilio.com/docs/voice/api/call-resource#update-a-call-resource>
const MAX_TWIML: usize = 4_000;
/// How long Twilio lets it ring at the most, in seconds.
const MAX_RING: u32 = 600;

pub(crate) struct Calls {
    pub(crate) rest: Rest,
    pub(crate) links: Links,
    pub(crate) doors: Doors,
    amd: Amd,
    amd_seconds: Option<u8>,
    fallback_url: Option<String>,
    by_key: bool,
    pace: Pace,
    clock: Clock,
}

/// What creating or changing a call answers; all the rest may be anything.
#[derive(Deserialize)]
struct Made {
    sid: String,
}

#[derive(Deserialize)]
struct Any {}

#[derive(Deserialize)]
struct AccountBody {
    #[serde(default)]
    status: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

impl Calls {
    pub(crate) fn new(config: Config, links: Links, http: reqwest::Client) -> Self {
        Self {
            rest: Rest::new(&config, http),
            doors: Doors::new(&config),
            links,
            amd: config.amd,
            amd_seconds: config.amd_seconds,
            by_key: config.api_key.is_some(),
            fallback_url: config.fallback_url,
            pace: Pace::new(config.calls_per_minute),
            clock: config.clock,
        }
    }

    /// Asks for a call, once. There is no key by which Twilio would know a second request, so that one whose answer is
    /// lost is a doubt, to be settled by [`crate::find`] or by the first callback. One that comes before its turn is not
    /// made at all.
    pub(crate) async fn place(&self, place: &PlaceCall, effect: EffectId) -> PortResult<Performed> {
        if let Err(wait) = self.pace.pass(effect, self.clock.now()) {
            let what = "calls are spread over time, and this one's turn is later (twilio.calls_per_minute)";
            return Err(PortError::new(NAME, Happened::No, Trouble::RateLimited(Some(wait)), what));
        }
        let url = |hook| self.links.of_call(hook, Some(place.call_id)).done();
        let mut form = vec![
            ("To", place.to.reveal().to_owned()),
            ("From", place.from.reveal().to_owned()),
            ("Url", url("voice")),
            ("Method", "POST".to_owned()),
            ("FallbackUrl", self.fallback_url.clone().unwrap_or_else(|| url("fallback"))),
            ("FallbackMethod", "POST".to_owned()),
            ("StatusCallback", url("status")),
            ("StatusCallbackMethod", "POST".to_owned()),
            ("Timeout", place.ring_seconds.clamp(1, MAX_RING).to_string()),
        ];
        form.extend(EVENTS.map(|event| ("StatusCallbackEvent", event.to_owned())));
        if place.detect_machine {
            self.listen_for_machines(&mut form, url("amd"));
        }
        let made = self.rest.post::<Made>(&["Calls"], &form).await?.body;
        Ok(Performed::Placed { provider_call_id: made.sid })
    }

    fn listen_for_machines(&self, form: &mut Vec<(&str, String)>, told: String) {
        let kind = match self.amd {
            Amd::Off => return,
            Amd::Beside | Amd::First => "Enable",
            Amd::BesideToEnd | Amd::FirstToEnd => "DetectMessageEnd",
        };
        form.push(("MachineDetection", kind.to_owned()));
        form.extend(self.amd_seconds.map(|seconds| ("MachineDetectionTimeout", seconds.to_string())));
        if matches!(self.amd, Amd::Beside | Amd::BesideToEnd) {
            form.push(("AsyncAmd", "true".to_owned()));
            form.push(("AsyncAmdStatusCallback", told));
            form.push(("AsyncAmdStatusCallbackMethod", "POST".to_owned()));
        }
    }

    /// Ends a call, ringing or not. One that is over is as it should be.
    pub(crate) async fn hang_up(&self, sid: &str) -> PortResult<Performed> {
        match self.rest.post::<Any>(&["Calls", sid], &[("Status", "completed".to_owned())]).await {
            Ok(_) => Ok(Performed::Done),
            Err(error) if is_over(&error) => Ok(Performed::Done),
            Err(error) => Err(error),
        }
    }

    /// Lets a live call walk this document instead of the one it walks. It is sent along, not fetched: nobody has to know
    /// once more what it said.
    pub(crate) async fn steer(&self, sid: &str, twiml: String) -> PortResult<Performed> {
        if twiml.chars().count() > MAX_TWIML {
            let what = "Twilio takes no document of more than 4000 characters for a live call";
            return Err(PortError::new(NAME, Happened::No, Trouble::Broken, what));
        }
        match self.rest.post::<Any>(&["Calls", sid], &[("Twiml", twiml)]).await {
            Ok(_) => Ok(Performed::Done),
            Err(error) if is_over(&error) => Ok(Performed::Over),
            Err(error) => Err(error),
        }
    }

    /// Asks whether the credentials open the account. A standard API key may not read the account itself, but its calls.
    pub(crate) async fn check(&self) -> PortResult<Account> {
        if self.by_key {
            self.rest.get::<Any>(&["Calls"], &[("PageSize", "1")]).await?;
            return Ok(Account { trial: None });
        }
        let body = self.rest.get::<AccountBody>(&[], &[]).await?.body;
        match body.status.as_deref() {
            None | Some("active") => Ok(Account { trial: body.kind.map(|kind| kind.eq_ignore_ascii_case("trial")) }),
            Some(_) => {
                let what = "the account is suspended or closed; look at it in the console";
                Err(PortError::new(NAME, Happened::No, Trouble::Unauthorised, what))
            }
        }
    }
}

/// Whether Twilio says that the call is not in progress (any more).
fn is_over(error: &PortError) -> bool {
    Refusal::of(error).is_some_and(|refusal| refusal.code == Some(21_220))
}
