//! The ledger of opt-outs: written with the decision that changes a contact, read page by page.

use crate::{
    Store,
    db::{Arg, PORT},
    lists::{Select, limit},
    rows,
    sql::opt_outs::COLUMNS,
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    effect::Channel,
    personal::Phone,
    ports::{Happened, KeptOptOut, OptOut, OptOutFilter, OptOutWay, Page, PortError, PortResult, Trouble},
};

/// What [`COLUMNS`] yields.
type Line = (i64, i64, Option<String>, String, i64, String, Option<String>);

/// A line on its way in. Channels are kept as one text, such as `voice,sms`.
pub(crate) fn row(line: &OptOut, at: DateTime<Utc>) -> [Arg; 7] {
    let channels: Vec<&str> = line.channels.iter().map(|channel| channel.as_str()).collect();
    [
        rows::millis(at).into(),
        rows::phone_hash(&line.phone).into(),
        rows::text(line.phone.reveal()),
        channels.join(",").into(),
        i64::from(line.out).into(),
        line.way.as_str().into(),
        Arg::Text(line.evidence.as_ref().map(|evidence| evidence.replace('\0', ""))),
    ]
}

fn kept((seq, at, phone, channels, closed, way, evidence): Line) -> PortResult<KeptOptOut> {
    let unreadable = || PortError::new(PORT, Happened::No, Trouble::Broken, "a line of the opt-outs cannot be read");
    let channel = |name: &str| Channel::REACHING.into_iter().find(|channel| channel.as_str() == name);
    let channels: Option<Vec<Channel>> = channels.split(',').map(channel).collect();
    Ok(KeptOptOut {
        seq,
        at: rows::time(at),
        phone: phone.map(Phone::known).transpose().map_err(|_| unreadable())?,
        channels: channels.ok_or_else(unreadable)?,
        out: closed != 0,
        way: OptOutWay::ALL.into_iter().find(|known| known.as_str() == way).ok_or_else(unreadable)?,
        evidence,
    })
}

pub(crate) async fn list(store: &Store, filter: OptOutFilter) -> PortResult<Page<KeptOptOut>> {
    let mut select = Select::from(&format!("select {COLUMNS} from opt_outs"));
    if let Some(phone) = &filter.phone {
        select.and("person = ?", [rows::phone_hash(phone).into()]);
    }
    if let Some(from) = filter.from {
        select.and("at >= ?", [rows::millis(from).into()]);
    }
    if let Some(to) = filter.to {
        select.and("at < ?", [rows::millis(to).into()]);
    }
    if let Some(text) = &filter.cursor {
        let before: i64 = text.parse().map_err(|_| {
            let message = "the cursor is not one of ours; begin the list anew without it";
            PortError::new(PORT, Happened::No, Trouble::Refused, message)
        })?;
        select.and("seq < ?", [before.into()]);
    }
    let (size, bound) = limit(filter.limit);
    select.more(" order by seq desc limit ?", [bound]);
    let (text, args) = select.into_parts();
    let mut found: Vec<Line> = store.read_built(text, args).await?;
    let more = found.len() > size;
    found.truncate(size);
    let next_cursor = found.last().filter(|_| more).map(|line| line.0.to_string());
    Ok(Page { items: found.into_iter().map(kept).collect::<PortResult<_>>()?, next_cursor })
}
