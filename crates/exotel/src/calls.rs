//! Calls: placed into a flow, each at most once, and looked up.
//! <https://developer.exotel.com/api/make-a-call-api>

use crate::{
    NAME,
    config::App,
    find::{Sought, found, seek},
    rest::{Refusal, Rest, failed, text},
};
use chrono_tz::Tz;
use frontdesk_core::ports::{Happened, Performed, PlaceCall, PortError, PortResult, Trouble};

/// The longest a call may be limited to, in seconds.
const LONGEST: u32 = 14_400;

/// Places and finds calls.
pub(crate) struct Calls {
    pub(crate) rest: Rest,
    pub(crate) time_zone: Tz,
    pub(crate) country: String,
    pub(crate) placing: Option<Placing>,
}

/// What is needed to place calls.
pub(crate) struct Placing {
    pub(crate) app: App,
    /// Where the end is told, the secret included: Exotel brings nothing else along.
    pub(crate) status_callback: String,
}

impl Calls {
    pub(crate) async fn place(&self, place: &PlaceCall) -> PortResult<Performed> {
        let Some(Placing { app, status_callback }) = &self.placing else {
            return Err(PortError::unsupported(NAME, "place calls without an app (flow) and a public URL"));
        };
        let form = [
            // The one who is rung first; the flow is the other side.
            ("From", place.to.reveal().to_owned()),
            ("CallerId", place.from.reveal().to_owned()),
            ("Url", app.url(self.rest.account())),
            ("CallType", "trans".to_owned()),
            ("TimeLimit", app.time_limit.clamp(1, LONGEST).to_string()),
            ("TimeOut", place.ring_seconds.to_string()),
            ("CustomField", place.call_id.to_string()),
            ("StatusCallback", status_callback.clone()),
            ("StatusCallbackContentType", "application/json".to_owned()),
            ("StatusCallbackEvents[0]", "terminal".to_owned()),
        ];
        let answer = self.rest.post(&["Calls", "connect"], &form).await?;
        // Whatever its state says: it is `in-progress` before anybody has picked up.
        let sid = answer.get("Call").and_then(|call| call.get("Sid")).and_then(text);
        let doubt = || failed(Happened::Maybe, Trouble::Broken, "Exotel does not say what it calls the call");
        sid.map(|provider_call_id| Performed::Placed { provider_call_id }).ok_or_else(doubt)
    }

    /// What became of the call of this name.
    pub(crate) async fn find_by_name(&self, sid: &str) -> PortResult<Performed> {
        match self.rest.get(&["Calls", sid], &[]).await {
            Ok(answer) => found(answer.body.get("Call").unwrap_or(&answer.body)),
            // It was there once, so that it cannot be that it never was.
            Err(error) if Refusal::of(&error) == Some(Refusal(404)) => {
                let what = "Exotel does not know the call any more; is it another account's, or older than six months?";
                Err(failed(Happened::No, Trouble::Broken, what))
            }
            Err(error) => Err(error),
        }
    }

    /// What became of a call that Exotel never named to us.
    pub(crate) async fn find(&self, sought: &Sought<'_>) -> PortResult<Performed> {
        seek(self, sought).await
    }

    /// Asks whether the credentials open the account. Changes nothing.
    pub(crate) async fn check(&self) -> PortResult<()> {
        self.rest.get(&["Calls"], &[("PageSize", "1")]).await.map(drop)
    }
}
