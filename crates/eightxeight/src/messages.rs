//! Text messages.
//! <https://github.com/8x8Cloud/public-developer-docs>, `docs_oas/connect/sms_api.json`

use crate::{
    Sms,
    calls::segment,
    config::{SMS_API, api},
    http::{Line, failed},
    wire::Node,
};
use frontdesk_core::{
    effect::Address,
    id::EffectId,
    ports::{Happened, Notification, PortResult, Trouble},
};
use serde::Serialize;
use std::time::Duration;

/// Sends text messages.
pub(crate) struct Messages {
    line: Line,
    url: String,
    source: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    destination: &'a str,
    source: &'a str,
    text: &'a str,
    client_message_id: String,
    encoding: &'static str,
}

impl Messages {
    pub(crate) fn new(sms: &Sms, http: reqwest::Client, answer_within: Duration) -> Self {
        let base = api(sms.base_url.as_ref(), SMS_API);
        let url = format!("{base}/api/v1/subaccounts/{}/messages", segment(&sms.subaccount_id));
        Self { line: Line::new(http, &sms.api_key, answer_within), url, source: sms.source.clone() }
    }

    /// Sends a message; gives the vendor's id of it.
    pub(crate) async fn send(&self, message: &Notification, effect: &EffectId) -> PortResult<String> {
        let Address::Phone(to) = &message.to else {
            return Err(failed(Happened::No, Trouble::Refused, "a text message needs a telephone number"));
        };
        let request = Request {
            destination: to.reveal(),
            source: &self.source,
            text: &message.body,
            client_message_id: effect.to_string(),
            encoding: "AUTO",
        };
        let answer = self.line.post(&self.url, &request).await?;
        let answer = Node::new(&answer);
        // A rejected message is answered with 200 as well.
        if answer.get("status").get("code").word() == "REJECTED" {
            return Err(failed(Happened::No, Trouble::Refused, "the carrier rejects this message"));
        }
        let doubt = || failed(Happened::Maybe, Trouble::Broken, "the carrier does not say what it calls the message");
        answer.get("umid").text().ok_or_else(doubt)
    }
}
