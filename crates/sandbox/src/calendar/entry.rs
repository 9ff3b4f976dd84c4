use super::CalendarError;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use frontdesk_core::{appointment::Status, id::AppointmentId, ports::CalendarEntry};
use serde::{Deserialize, Serialize};
use std::{fs, io, path::Path};

/// An entry as it lies on the disk.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) appointment_id: AppointmentId,
    pub(super) business: String,
    title: String,
    description: String,
    pub(super) starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    time_zone: Tz,
    status: Status,
    pub(super) revision: u32,
    updated_at: DateTime<Utc>,
}

impl From<&CalendarEntry> for Stored {
    fn from(entry: &CalendarEntry) -> Self {
        Self {
            appointment_id: entry.appointment_id,
            business: entry.business.clone(),
            title: entry.title.clone(),
            description: entry.description.clone(),
            starts_at: entry.starts_at,
            ends_at: entry.ends_at,
            time_zone: entry.time_zone,
            status: entry.status,
            revision: entry.revision,
            updated_at: entry.updated_at,
        }
    }
}

impl Stored {
    pub(super) fn into_entry(self) -> CalendarEntry {
        CalendarEntry {
            appointment_id: self.appointment_id,
            business: self.business,
            title: self.title,
            description: self.description,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            time_zone: self.time_zone,
            status: self.status,
            revision: self.revision,
            updated_at: self.updated_at,
            // It invites nobody, and keeps no address.
            guest: None,
        }
    }
}

/// Reads one entry; `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<Stored>, CalendarError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    serde_json::from_slice(&text).map(Some).map_err(|error| CalendarError::Damaged(crate::wire::json_fault(&error)))
}
