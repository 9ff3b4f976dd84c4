//! Key presses in the customer's own flow: what a Passthru tells, and what it is answered.
//! <https://support.exotel.com/support/solutions/articles/48283>

use crate::{
    NAME,
    config::CaptureAnswer,
    keys::{self, Keys},
    params::Params,
    receive::Receiver,
};
use frontdesk_core::{
    event::Event,
    ivr::Capture,
    ports::{Received, ReceivedAbout, Rejected, WebhookResponse},
};
use serde::Serialize;

/// For programs and people; Exotel itself looks at the status only.
#[derive(Serialize)]
struct Success<'a> {
    success: bool,
    status: &'static str,
    message: String,
    call_sid: &'a str,
    digit: &'a str,
}

pub(crate) fn read(
    receiver: &Receiver,
    params: &Params<'_>,
    tree: Option<String>,
    step: String,
) -> Result<Received, Rejected> {
    let sid = params.call_sid()?;
    let Keys { raw, digits } = keys::read(params.raw("digits"));
    let answer = answer(receiver.answer_to(params), &sid, &step, digits.as_deref());
    let time = |name| params.time(name, receiver.time_zone);
    let (from, phone) = params.from(&receiver.country);
    let (to, called) = params.to(&receiver.country, Some(&receiver.called));
    // `EndTime` is there as well and means nothing.
    let told_at = time("CurrentTime");
    let told = told_at.map(|time| time.timestamp().to_string()).unwrap_or_default();
    let once =
        format!("{NAME}:{sid}:{}{step}:{raw}:{told}", tree.as_deref().map_or(String::new(), |it| format!("{it}/")));
    let capture = Capture {
        sid,
        flow: tree,
        step,
        raw,
        digits,
        told_at,
        started_at: time("StartTime").or_else(|| time("Created")),
        from,
        phone,
        to,
        called,
        circle: params.get("CallerCircle").map(str::to_owned),
    };
    let about = ReceivedAbout::Capture { capture: Box::new(capture), answer };
    Ok(Received { at: told_at, ..Received::new(about, once, Event::Noted { what: "keys were captured".to_owned() }) })
}

/// What the applet is answered. There is no `Location` with a 302: whoever followed it would ask somewhere else.
fn answer(way: CaptureAnswer, sid: &str, step: &str, digits: Option<&str>) -> WebhookResponse {
    match way {
        CaptureAnswer::Select => select(digits.unwrap_or("none")),
        CaptureAnswer::Json | CaptureAnswer::Branch => {
            let message = format!("IVR input recorded for {step}");
            let (success, digit) = (true, digits.unwrap_or_default());
            let body = Success { success, status: "success", message, call_sid: sid, digit };
            let astray = way == CaptureAnswer::Branch && digits.is_none();
            // Texts are always written.
            WebhookResponse::json(if astray { 302 } else { 200 }, serde_json::to_string(&body).unwrap_or_default())
        }
    }
}

/// What a Switch Case applet reads; it compares letter by letter.
/// <https://support.exotel.com/support/solutions/articles/3000052018>
pub(crate) fn select(case: &str) -> WebhookResponse {
    let body = serde_json::json!({ "select": case }).to_string();
    WebhookResponse { status: 200, content_type: "text/plain", body }
}
