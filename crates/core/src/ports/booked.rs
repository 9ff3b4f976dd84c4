use super::WebhookResponse;
use crate::{appointment::Appointment, booking::Booking};
use serde_json::json;

/// How far something is that was to be done about an appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It was done.
    Done,
    /// It was not done, or was never to be.
    Not,
    /// It is under way, or nobody knows.
    Pending,
}

impl Progress {
    /// `true`, `false`, or the word `pending`.
    #[must_use]
    pub fn as_json(self) -> serde_json::Value {
        match self {
            Self::Done => true.into(),
            Self::Not => false.into(),
            Self::Pending => "pending".into(),
        }
    }
}

/// What came of a conversation by the time it is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct BookingReport {
    /// The appointment, where there is one.
    pub appointment: Option<Appointment>,
    /// Why the wish could not be done, if it could not.
    pub refused: Option<String>,
    /// Whether the calendar has it.
    pub calendar: Progress,
    /// Whether the text message went out.
    pub sms: Progress,
    /// Whether the mail went out.
    pub email: Progress,
    /// The calendar's name for the entry.
    pub event_id: Option<String>,
    /// Where whoever may see the calendar finds it.
    pub link: Option<String>,
}

impl BookingReport {
    /// Says no more than that it was taken.
    #[must_use]
    pub fn acknowledged(&self, _booking: &Booking) -> WebhookResponse {
        let id = self.appointment.as_ref().map(|appointment| appointment.id.to_string());
        let status = if self.refused.is_some() { "needs_review" } else { "success" };
        WebhookResponse::json(200, json!({ "status": status, "appointment_id": id }).to_string())
    }
}
