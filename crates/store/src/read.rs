//! The port: decisions go to a writer, reads to the readers.

use crate::{
    Store,
    db::{Failure, PORT},
    forget, lists,
    open::lost,
    request::Request,
    rows, slots, sql,
    statement::Statement,
    writer::Work,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    appointment::Appointment,
    call::Call,
    effect::Effect,
    id::{AppointmentId, CallId, EffectId},
    personal::Phone,
    ports::{
        Advanced, AppointmentFilter, Busy, CallFilter, Contact, CountFilter, CountRow, Decide, EffectFilter, Happened,
        IvrStore, KeptOptOut, OptOutFilter, Page, Port, PortError, PortResult, Recorded, StoredEvent, Subject, Trouble,
    },
    slots::Taken,
};
use serde::de::DeserializeOwned;
use std::{sync::Mutex, time::Duration};
use tokio::sync::oneshot;
use uuid::Uuid;

/// How long a ping waits for the probing write.
const PROBE: Duration = Duration::from_secs(1);

impl Port for Store {
    fn name(&self) -> &str {
        PORT
    }
}

/// Reads a `doc` for a caller.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> PortResult<T> {
    serde_json::from_str(text).map_err(|_| {
        let message = "a row cannot be read; was it written by a newer version?";
        PortError::new(PORT, Happened::No, Trouble::Broken, message)
    })
}

type Line = (i64, i64, Option<Uuid>, Option<Uuid>, String, String, String);

fn stored((seq, at, appointment, call, kind, note, detail): Line) -> PortResult<StoredEvent> {
    Ok(StoredEvent {
        seq,
        at: rows::time(at),
        appointment_id: appointment.map(AppointmentId),
        call_id: call.map(CallId),
        recorded: Recorded { kind, note, detail: parse(&detail)? },
    })
}

impl Store {
    async fn doc<T: DeserializeOwned>(&self, statement: &'static Statement, id: Uuid) -> PortResult<Option<T>> {
        let rows: Vec<(String,)> = self.read(statement, vec![id.into()]).await?;
        rows.first().map(|(doc,)| parse(doc)).transpose()
    }
}

#[async_trait]
impl IvrStore for Store {
    async fn advance(
        &self,
        subject: Subject,
        once: Option<String>,
        now: DateTime<Utc>,
        decide: Decide,
    ) -> PortResult<Advanced> {
        let (answer, answered) = oneshot::channel();
        let request = Request { subject, once, now, decide: Mutex::new(Some(decide)), answer, put_off: 0 };
        if request.unkeepable() {
            let message = "a key must not hold the character NUL";
            return Err(Failure::new(Happened::No, Trouble::Refused, message).into());
        }
        self.submit(request.route(), Work::Advance(request)).await?;
        answered.await.map_err(|_| lost())?
    }

    async fn appointment(&self, id: AppointmentId) -> PortResult<Option<Appointment>> {
        self.doc(&sql::APPOINTMENT, id.0).await
    }

    async fn appointments(&self, filter: AppointmentFilter) -> PortResult<Page<Appointment>> {
        lists::appointments(self, filter).await
    }

    async fn taken(&self, business: &str, time: Busy, now: DateTime<Utc>) -> PortResult<Vec<Taken>> {
        slots::read(self, business, time, now).await
    }

    async fn call(&self, id: CallId) -> PortResult<Option<Call>> {
        self.doc(&sql::CALL, id.0).await
    }

    async fn calls(&self, filter: CallFilter) -> PortResult<Page<Call>> {
        lists::calls(self, filter).await
    }

    async fn effect(&self, id: EffectId) -> PortResult<Option<Effect>> {
        self.doc(&sql::EFFECT, id.0).await
    }

    async fn effects(&self, filter: EffectFilter) -> PortResult<Page<Effect>> {
        lists::effects(self, filter).await
    }

    async fn timeline(&self, appointment: Option<AppointmentId>, call: Option<CallId>) -> PortResult<Vec<StoredEvent>> {
        let mut lines: Vec<Line> = Vec::new();
        if let Some(id) = appointment {
            lines = self.read(&sql::TIMELINE_OF_APPOINTMENT, vec![id.0.into()]).await?;
        }
        if let Some(id) = call {
            lines.extend(self.read::<Line>(&sql::TIMELINE_OF_CALL, vec![id.0.into()]).await?);
        }
        lines.sort_unstable_by_key(|line| line.0);
        lines.dedup_by_key(|line| line.0);
        lines.truncate(1000);
        lines.into_iter().map(stored).collect()
    }

    async fn events_after(&self, seq: i64, limit: u32) -> PortResult<Vec<StoredEvent>> {
        let limit = i64::from(limit.min(5000));
        let lines: Vec<Line> = self.read(&sql::EVENTS_AFTER, vec![seq.into(), limit.into()]).await?;
        lines.into_iter().map(stored).collect()
    }

    async fn last_seq(&self) -> PortResult<i64> {
        let rows: Vec<(i64,)> = self.read(&sql::LAST_SEQ, Vec::new()).await?;
        Ok(rows.first().map_or(0, |(seq,)| *seq))
    }

    async fn contact(&self, phone: &Phone) -> PortResult<Option<Contact>> {
        let keys = rows::Rows::of([[phone.reveal().into(), rows::phone_hash(phone).into()]]);
        let rows: Vec<(String, Option<String>, Option<i64>)> = self.read_each(&sql::CONTACTS, keys).await?;
        match rows.into_iter().next() {
            Some((_, Some(doc), _)) => parse(&doc).map(Some),
            Some((_, None, Some(at))) => Ok(Some(crate::gather::suppressed_contact(phone, at))),
            _ => Ok(None),
        }
    }

    async fn opt_outs(&self, filter: OptOutFilter) -> PortResult<Page<KeptOptOut>> {
        crate::opt_outs::list(self, filter).await
    }

    async fn forget(&self, phone: &Phone, now: DateTime<Utc>) -> PortResult<Vec<AppointmentId>> {
        forget::forget(self, phone.clone(), now).await
    }

    async fn counts(&self, filter: CountFilter) -> PortResult<Vec<CountRow>> {
        lists::counts(self, filter).await
    }

    async fn ping(&self) -> PortResult<()> {
        let place = self.inner.address.place();
        self.peek::<(i64,)>(&sql::PING, Vec::new()).await.map_err(|mut error| {
            error.message = format!("{} ({place})", error.message);
            error
        })?;
        let Some(trouble) = self.inner.health.trouble() else { return Ok(()) };
        // Without requests nothing would ever be written, and nobody would learn that it works again.
        match tokio::time::timeout(PROBE, self.change(&sql::PROBE, Vec::new())).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => {
                let trouble = self.inner.health.trouble().unwrap_or(trouble);
                Err(trouble.at(&place).into())
            }
        }
    }
}
