//! What whoever told of a conversation is answered.

use crate::receive::Dialect;
use chrono::SecondsFormat;
use frontdesk_core::{
    booking::{Booking, Wish},
    ports::{BookingReport, WebhookResponse},
};
use serde_json::{Value, json};

/// What seed 001 calls somebody who did not say their name.
const NAMELESS: &str = "Valued Customer";

/// Answers in the way in which it was told. ElevenLabs takes a webhook out of service that is not answered by 200, so that
/// what could not be done is told to it as well as what could.
pub(crate) fn report(dialect: &str, booking: &Booking, report: &BookingReport) -> WebhookResponse {
    if dialect == Dialect::Seed001.name() {
        return seed_001(booking, report);
    }
    if dialect == Dialect::Seed003.name() {
        let message = "POST-call event processed successfully";
        return ok(&json!({ "status": "success", "message": message, "call_id": booking.conversation }));
    }
    let status = if report.refused.is_some() { "needs_review" } else { "received" };
    ok(&json!({
        "status": status,
        "conversation_id": booking.conversation,
        "appointment_id": report.appointment.as_ref().map(|it| it.id.to_string()),
        "detail": report.refused,
    }))
}

fn ok(body: &Value) -> WebhookResponse {
    WebhookResponse::json(200, body.to_string())
}

/// Seed 001's own words, with ours beside them.
fn seed_001(booking: &Booking, report: &BookingReport) -> WebhookResponse {
    if let Some(refused) = &report.refused {
        let detail = match &booking.told {
            None if booking.wish == Wish::Book => {
                format!("`callback_time`: {refused}. Nothing was booked; what was told is kept for the front desk")
            }
            _ => format!("{refused}. Nothing was done; what was told is kept for the front desk"),
        };
        let title = "Unprocessable Entity";
        let body = json!({ "type": "about:blank", "title": title, "status": 422, "detail": detail });
        return WebhookResponse { status: 422, content_type: "application/problem+json", body: body.to_string() };
    }
    let message = match booking.wish {
        Wish::Book | Wish::Unclear | Wish::Nothing => "Appointment processed successfully",
        Wish::Move => "Appointment moved successfully",
        Wish::Cancel => "Appointment cancelled successfully",
        Wish::Confirm => "Appointment confirmed successfully",
    };
    let appointment = report.appointment.as_ref();
    let told = booking.told.as_ref().map(|told| told.reveal().to_owned());
    let time = told.or_else(|| appointment.map(|it| it.starts_at.to_rfc3339_opts(SecondsFormat::Secs, true)));
    ok(&json!({
        "status": "success",
        "message": message,
        "data": {
            "calendar_created": report.calendar.as_json(),
            "sms_sent": report.sms.as_json(),
            "email_sent": report.email.as_json(),
            "calendar_event_id": report.event_id,
            "calendar_link": report.link,
        },
        "customer": {
            "name": booking.name.as_ref().map_or(NAMELESS, |name| name.reveal()),
            "phone": booking.phone.as_ref().map(|phone| phone.reveal()),
            "email": booking.email.as_ref().map(|email| email.reveal()),
        },
        "appointment_time": time,
        "appointment_id": appointment.map(|it| it.id.to_string()),
        "starts_at": appointment.map(|it| it.starts_at.to_rfc3339_opts(SecondsFormat::Secs, true)),
    }))
}
