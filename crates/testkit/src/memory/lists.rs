//! Lists, page by page. A cursor is the sort key of the last item shown.

use super::State;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    appointment::Appointment,
    call::{Call, CallState},
    effect::{Effect, EffectState},
    ports::{
        AppointmentFilter, CallFilter, Count, CountFilter, CountRow, EffectFilter, Happened, KeptOptOut, OptOutFilter,
        Page, PortError, PortResult, Trouble,
    },
};
use std::collections::BTreeMap;
use uuid::Uuid;

type Key = (i64, Uuid);

pub(super) fn appointments(state: &State, filter: &AppointmentFilter) -> PortResult<Page<Appointment>> {
    let q = filter.q.as_deref().unwrap_or_default().to_lowercase();
    let has_words = |it: &Appointment| {
        let text = format!(
            "{} {} {} {}",
            it.customer.name.reveal(),
            it.customer.phone.reveal(),
            it.external_id.as_deref().unwrap_or_default(),
            it.service.as_deref().unwrap_or_default()
        )
        .to_lowercase();
        q.split_whitespace().all(|word| text.contains(word))
    };
    let wanted = state.appointments.values().filter(|it| {
        filter.status.is_none_or(|status| it.status == status)
            && filter.business.as_ref().is_none_or(|business| it.business == *business)
            && within(it.starts_at, filter.from, filter.to)
            && has_words(it)
    });
    let keyed = wanted.map(|it| ((it.starts_at.timestamp_millis(), it.id.0), it.clone())).collect();
    page(keyed, filter.cursor.as_deref(), filter.limit, false)
}

pub(super) fn calls(state: &State, filter: &CallFilter) -> PortResult<Page<Call>> {
    let wanted = state.calls.values().filter(|it| {
        filter.appointment_id.is_none_or(|id| it.appointment_id == Some(id))
            && filter.business.as_ref().is_none_or(|business| it.business == *business)
            && filter.provider.as_ref().is_none_or(|provider| it.provider == *provider)
            && filter.state.is_none_or(|state| it.state == state)
            && filter.outcome.is_none_or(|outcome| it.outcome == Some(outcome))
            && filter.direction.is_none_or(|direction| it.direction == direction)
            && filter.number.as_ref().is_none_or(|number| is_number(it.party().reveal(), number))
            && (!filter.live || it.state != CallState::Ended)
            && within(it.created_at, filter.from, filter.to)
    });
    let keyed = wanted.map(|it| ((it.created_at.timestamp_millis(), it.id.0), it.clone())).collect();
    page(keyed, filter.cursor.as_deref(), filter.limit, true)
}

fn is_number(whole: &str, wanted: &str) -> bool {
    let digits: String = wanted.chars().filter(char::is_ascii_digit).collect();
    match wanted.trim_start().strip_prefix('+') {
        Some(_) => whole.strip_prefix('+') == Some(&*digits),
        None => whole.ends_with(&digits),
    }
}

pub(super) fn effects(state: &State, filter: &EffectFilter) -> PortResult<Page<Effect>> {
    let wanted = state.effects.values().filter(|it| {
        let troubled = matches!(it.state, EffectState::Failed | EffectState::Uncertain);
        filter.state.map_or(!filter.troubled || troubled, |state| it.state == state)
            && filter.appointment_id.is_none_or(|id| it.appointment_id == Some(id))
            && filter.call_id.is_none_or(|id| it.call_id == Some(id))
    });
    let keyed = wanted.map(|it| ((it.created_at.timestamp_millis(), it.id.0), it.clone())).collect();
    page(keyed, filter.cursor.as_deref(), filter.limit, true)
}

pub(super) fn counts(state: &State, filter: &CountFilter) -> Vec<CountRow> {
    let wanted = state.counts.iter().filter(|(count, _)| {
        filter.business.as_ref().is_none_or(|business| count.business == *business)
            && filter.flow.as_ref().is_none_or(|flow| count.flow == *flow)
            && filter.from.is_none_or(|from| count.day >= from)
            && filter.to.is_none_or(|to| count.day <= to)
            && (filter.names.is_empty() || filter.names.contains(&count.name))
    });
    // Summed over days the row carries the first of them.
    let mut sums = BTreeMap::new();
    for (count, n) in wanted {
        let day = filter.by_day.then_some(count.day);
        let key = (day, count.business.clone(), count.flow.clone(), count.name.clone());
        let row = sums.entry(key).or_insert_with(|| CountRow { count: Count { ..count.clone() }, n: 0 });
        row.n += n;
    }
    sums.into_values().filter(|row| row.n != 0).collect()
}

pub(super) fn opt_outs(state: &State, filter: &OptOutFilter) -> PortResult<Page<KeptOptOut>> {
    let wanted = state.opt_outs.iter().filter(|(phone, it)| {
        filter.phone.as_ref().is_none_or(|wanted| wanted == phone) && within(it.at, filter.from, filter.to)
    });
    let keyed = wanted.map(|(_, it)| ((it.seq, Uuid::nil()), it.clone())).collect();
    page(keyed, filter.cursor.as_deref(), filter.limit, true)
}

fn within(at: DateTime<Utc>, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) -> bool {
    from.is_none_or(|from| at >= from) && to.is_none_or(|to| at < to)
}

fn page<T>(mut keyed: Vec<(Key, T)>, cursor: Option<&str>, limit: u32, newest: bool) -> PortResult<Page<T>> {
    keyed.sort_by_key(|(key, _)| *key);
    if newest {
        keyed.reverse();
    }
    if let Some(cursor) = cursor {
        let bad = || PortError::new("memory", Happened::No, Trouble::Refused, "this cursor is not one of ours");
        let (at, id) = cursor.split_once('/').ok_or_else(bad)?;
        let last: Key = (at.parse().map_err(|_| bad())?, id.parse().map_err(|_| bad())?);
        keyed.retain(|(key, _)| if newest { *key < last } else { *key > last });
    }
    let limit = if limit == 0 { 50 } else { limit.min(500) } as usize;
    let more = keyed.len() > limit;
    keyed.truncate(limit);
    let last = keyed.last().map(|((at, id), _)| format!("{at}/{id}"));
    Ok(Page { items: keyed.into_iter().map(|(_, item)| item).collect(), next_cursor: last.filter(|_| more) })
}
