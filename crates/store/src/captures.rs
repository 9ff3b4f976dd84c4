//! Captured key presses: kept in batches of their own, by the same writers. They are far more than calls of ours, and
//! far simpler: a press needs neither machine nor reply, so it costs a fraction of a decision.

use crate::{
    captured::{CallRow, whole},
    db::{Arg, Conn, Failure},
    gather::Stopped,
    rows::{self, Rows},
    sql::{self, captures},
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    ivr::{Call, Capture, Input, Kept, Path, Place, Tree, keep},
    personal::RawNumber,
    ports::{Count, Happened, PortResult},
};
use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};
use tokio::sync::oneshot;

/// A press, waiting for the writer.
pub(crate) struct Capturing {
    pub(crate) capture: Capture,
    pub(crate) place: Place,
    pub(crate) now: DateTime<Utc>,
    pub(crate) answer: oneshot::Sender<PortResult<Kept>>,
}

/// Carrier, its name for the call, tree.
type Name = (String, String, String);

impl Capturing {
    /// Which writer takes it: presses of one call always the same one.
    pub(crate) fn route(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.capture.sid.hash(&mut hasher);
        hasher.finish()
    }

    fn name(&self) -> Name {
        (self.place.provider.clone(), self.capture.sid.clone(), self.place.tree.name.clone())
    }
}

/// A call in hand.
struct Held {
    /// What is known of it; `None` before its first press.
    call: Option<Call>,
    /// How many of its presses are rows already.
    stored: usize,
    tree: Arc<Tree>,
}

/// The calls in hand, in an order that every writer shares.
type Calls = BTreeMap<Name, Held>;

/// Loads, keeps, writes, commits, and answers everybody. Never fails: callers are told, and why nothing was written
/// comes back.
pub(crate) async fn run(conn: &mut Conn<'_>, waiting: Vec<Capturing>) -> Option<Failure> {
    let committed = match work(conn, &waiting).await {
        // Nobody knows whether the database kept it.
        Ok(kept) => conn.plain("commit").await.map(|()| kept).map_err(|error| Failure::of(&error, Happened::Maybe)),
        Err(stopped) => Err(stopped.failure(Happened::No)),
    };
    let (answers, failure): (Vec<PortResult<Kept>>, _) = match committed {
        Ok(kept) => (kept.into_iter().map(Ok).collect(), None),
        Err(failure) => (waiting.iter().map(|_| Err(failure.clone().into())).collect(), Some(failure)),
    };
    for (capturing, answer) in waiting.into_iter().zip(answers) {
        // A caller that is gone needs no answer: what was kept stays.
        drop(capturing.answer.send(answer));
    }
    failure
}

async fn work(conn: &mut Conn<'_>, waiting: &[Capturing]) -> Result<Vec<Kept>, Stopped> {
    conn.begin().await?;
    let names: Vec<Name> = waiting.iter().map(Capturing::name).collect();
    if conn.is_postgres() {
        let keys = names.iter().map(|(provider, sid, flow)| [format!("ivr {provider} {sid} {flow}").into()]);
        conn.put(&sql::LOCK, Rows::of(keys)).await?;
    }
    let mut calls = load(conn, waiting, &names).await?;
    let mut counts: BTreeMap<Count, i64> = BTreeMap::new();
    let mut all = Vec::with_capacity(waiting.len());
    for (Capturing { capture, place, now, .. }, name) in waiting.iter().zip(names) {
        let held = calls.entry(name).or_insert_with(|| Held::new(place));
        let mut kept = keep(held.call.take(), capture, place, *now);
        for (count, n) in std::mem::take(&mut kept.counts) {
            *counts.entry(count).or_default() += n;
        }
        held.call = Some(kept.call.clone());
        all.push(kept);
    }
    write(conn, &mut calls, counts).await?;
    Ok(all)
}

impl Held {
    fn new(place: &Place) -> Self {
        Self { call: None, stored: 0, tree: Arc::clone(&place.tree) }
    }
}

async fn load(conn: &mut Conn<'_>, waiting: &[Capturing], names: &[Name]) -> Result<Calls, Stopped> {
    let mut calls = Calls::new();
    for (capturing, name) in waiting.iter().zip(names) {
        calls.entry(name.clone()).or_insert_with(|| Held::new(&capturing.place));
    }
    let rows = calls.keys().map(|(provider, sid, flow)| [provider, sid, flow].map(|text| text.as_str().into()));
    let rows = Rows::of(rows);
    let found = whole(conn.each::<CallRow>(&captures::CAPTURED, rows).await?, conn).await?;
    for call in found {
        let name = (call.provider.clone(), call.sid.clone(), call.flow.clone());
        if let Some(held) = calls.get_mut(&name) {
            held.stored = call.inputs.len();
            held.call = Some(call);
        }
    }
    Ok(calls)
}

async fn write(conn: &mut Conn<'_>, calls: &mut Calls, counts: BTreeMap<Count, i64>) -> Result<(), Stopped> {
    let (mut new, mut moved) = (Rows::default(), Rows::default());
    for held in calls.values() {
        let Some(call) = held.call.as_ref().filter(|call| call.inputs.len() > held.stored) else { continue };
        let path = call.path(&held.tree);
        let follows = [
            Arg::from(path.to_string()),
            choices(&held.tree, &path).into(),
            i64::try_from(path.chosen()).unwrap_or(i64::MAX).into(),
            i64::from(held.tree.completed(&path)).into(),
        ];
        if call.id == 0 {
            new.push(new_row(call, follows));
        } else {
            let [path, choices, selections, complete] = follows;
            moved.push([call.id.into(), rows::millis(call.updated_at).into(), path, choices, selections, complete]);
        }
    }
    let mut numbers = conn.number(&captures::NEW_CAPTURED, new).await?.into_iter();
    conn.put(&captures::MOVE_CAPTURED, moved).await?;
    let mut presses = Rows::default();
    for Held { call, stored, .. } in calls.values_mut() {
        let Some(call) = call.as_mut() else { continue };
        if call.id == 0 {
            call.id = numbers.next().ok_or(sqlx::Error::RowNotFound)?;
        }
        for input in call.inputs.iter().skip(*stored) {
            presses.push(press_row(call.id, input));
        }
    }
    conn.put(&captures::PUT_PRESSES, presses).await?;
    let counters = counts.into_iter().filter(|(_, n)| *n != 0).map(|(count, n)| {
        [count.day.to_string().into(), count.business.into(), count.flow.into(), rows::text(&count.name), n.into()]
    });
    Ok(conn.put(&sql::PUT_COUNTERS, Rows::of(counters)).await?)
}

/// What was chosen at each step, by its name.
fn choices(tree: &Tree, path: &Path) -> rows::Doc {
    let mut text = String::from("{");
    for (position, step) in tree.steps.iter().enumerate() {
        // Neither needs escaping: a step is made of plain letters, and keys are keys.
        if let Some(chosen) = path.at(position) {
            let comma = if text.len() > 1 { "," } else { "" };
            text.push_str(&format!("{comma}\"{step}\":\"{chosen}\""));
        }
    }
    text.push('}');
    rows::Doc { text, whole: true }
}

fn new_row(call: &Call, [path, choices, selections, complete]: [Arg; 4]) -> [Arg; 16] {
    let number = |number: &Option<RawNumber>| Arg::Text(number.as_ref().map(|number| number.reveal().to_owned()));
    [
        rows::text(&call.provider),
        rows::text(&call.sid),
        rows::text(&call.business),
        rows::text(&call.flow),
        i64::from(call.version).into(),
        call.day.to_string().into(),
        rows::millis(call.started_at).into(),
        rows::millis(call.updated_at).into(),
        Arg::Text(call.phone.as_ref().map(|phone| phone.reveal().to_owned())),
        number(&call.from),
        number(&call.to),
        Arg::Text(call.circle.clone()),
        path,
        choices,
        selections,
        complete,
    ]
}

fn press_row(call: i64, input: &Input) -> [Arg; 7] {
    [
        call.into(),
        i64::from(input.n).into(),
        rows::text(&input.step),
        rows::text(&input.raw),
        Arg::Text(input.digits.clone()),
        Arg::Int(input.told_at.map(rows::millis)),
        rows::millis(input.received_at).into(),
    ]
}
