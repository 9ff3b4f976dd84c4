//! Forgetting a person.

use crate::{
    Store,
    db::{Arg, Conn, PORT},
    rows::{self, Rows},
    sql::{self, captures, opt_outs},
    voices,
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    id::AppointmentId,
    personal::Phone,
    ports::{Contact, Happened, PortError, PortResult, Trouble},
};
use uuid::Uuid;

/// The reason shown with what was stopped.
const REASON: &str = "the person was forgotten";

/// See [`frontdesk_core::ports::IvrStore::forget`]. Statistics stay, they name nobody; so does one hash of the number,
/// and only where the person had asked not to be contacted: forgetting them must not undo that. What they had asked for is
/// kept under the same hash, without number and evidence.
pub(crate) async fn forget(store: &Store, phone: Phone, now: DateTime<Utc>) -> PortResult<Vec<AppointmentId>> {
    if phone == Phone::forgotten() {
        // This number is many people's, and nobody's: there is nothing left to forget.
        return Ok(Vec::new());
    }
    let ids = store.act(move |conn| Box::pin(within(conn, phone, now))).await;
    // Whatever became of it: what is remembered only saves work.
    let cleared = store.forget_memories().await;
    let ids = ids?;
    cleared?;
    ids.ok_or_else(|| {
        PortError::new(PORT, Happened::No, Trouble::Broken, "the contact cannot be read, nothing was changed")
    })
}

async fn within(mut conn: Conn<'_>, phone: Phone, now: DateTime<Utc>) -> sqlx::Result<Option<Vec<AppointmentId>>> {
    conn.begin().await?;
    let Some(ids) = overwrite(&mut conn, &phone, now).await? else {
        conn.plain("rollback").await?;
        return Ok(None);
    };
    conn.plain("commit").await?;
    if !conn.is_postgres() {
        // Older versions of the rows are still in the write-ahead log; readers may keep a part of it for a moment.
        conn.plain("pragma wal_checkpoint(truncate)").await?;
    }
    Ok(Some(ids))
}

async fn overwrite(conn: &mut Conn<'_>, phone: &Phone, now: DateTime<Utc>) -> sqlx::Result<Option<Vec<AppointmentId>>> {
    let number = phone.reveal();
    if conn.is_postgres() {
        // Whoever decides about this person holds the same key.
        conn.put(&sql::LOCK, Rows::of([[format!("person {number}").into()]])).await?;
    }
    if let Some((doc,)) = conn.one::<(String,)>(&sql::CONTACT, vec![number.into()]).await? {
        let Ok(contact) = serde_json::from_str::<Contact>(&doc) else { return Ok(None) };
        if !contact.opted_out.is_empty() || contact.consent == Some(false) {
            conn.run(&sql::KEEP_OPT_OUT, vec![rows::phone_hash(phone).into(), rows::millis(now).into()]).await?;
        }
        conn.run(&sql::FORGET_CONTACT, vec![number.into()]).await?;
    }
    conn.run(&opt_outs::FORGET_OPT_OUTS, vec![rows::phone_hash(phone).into()]).await?;
    let masked: Vec<Arg> = vec![number.into(), Phone::forgotten().reveal().into()];
    let mut dated = masked.clone();
    dated.extend([Arg::from(rows::millis(now)), Arg::from(rows::spelt(now))]);
    let appointments: Vec<(Uuid,)> = conn.all(&sql::FORGET_APPOINTMENTS, dated).await?;
    let calls: Vec<(Uuid,)> = conn.all(&sql::FORGET_CALLS, masked.clone()).await?;
    conn.run(&sql::FORGET_EFFECTS, masked).await?;
    voices::forget(conn, number, now).await?;

    let captured: Vec<(i64,)> = conn.all(&captures::FORGET_CAPTURED, vec![number.into()]).await?;
    conn.put(&captures::FORGET_PRESSES, Rows::of(captured.iter().map(|(id,)| [(*id).into()]))).await?;

    let stops = appointments.iter().map(|(id,)| [(*id).into(), REASON.into(), rows::spelt(now).into()]);
    conn.put(&sql::STOP_ALL, Rows::of(stops)).await?;
    let ids = |rows: &[(Uuid,)]| Rows::of(rows.iter().map(|(id,)| [(*id).into()]));
    let (theirs, rung) = (ids(&appointments), ids(&calls));
    conn.run(&sql::FORGET_REPLIES, vec![theirs.text().into(), rung.text().into()]).await?;
    conn.run(&sql::FORGET_WORDS, vec![theirs.text().into(), rung.text().into()]).await?;
    conn.run(&sql::FORGET_ANSWERS, vec![format!("%{number}%").into()]).await?;
    Ok(Some(appointments.into_iter().map(|(id,)| AppointmentId(id)).collect()))
}
