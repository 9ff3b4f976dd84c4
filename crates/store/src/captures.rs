//! Captured key presses: kept in batches of their own, by the same writers. They are far more than calls of ours, and
//! far simpler: a press needs neither machine nor reply, so it costs a fraction of a decision.

use crate::{
    captured::{CallRow, whole},
    db::{Arg, Conn, Failure},
    epoch::Next,
    gather::Stopped,
    rows::{self, Rows},
    sql::{self, captures},
};
use chrono::{DateTime, NaiveDate, Utc};
use frontdesk_core::{
    ivr::{Call, Capture, Fact, Input, Kept, Path, Place, Tree, keep},
    personal::RawNumber,
    ports::{Happened, PortResult},
};
use std::{
    collections::HashMap,
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
    call: Option<Arc<Call>>,
    /// How many of its presses are rows already.
    stored: usize,
    tree: Arc<Tree>,
}

/// How many calls the younger half remembers before the elder one goes.
const HALF: usize = 4096;

/// The calls that were pressed in lately, as the database has them. For SQLite, which says whether anybody else has
/// written since (an import, say); everything is forgotten then.
#[derive(Default)]
pub(crate) struct Recent {
    young: HashMap<Name, Arc<Call>>,
    old: HashMap<Name, Arc<Call>>,
    /// How often others had written when it was last asked.
    others: u64,
}

impl Recent {
    pub(crate) fn clear(&mut self) {
        *self = Self { others: self.others, ..Self::default() };
    }

    fn catch_up(&mut self, others: u64) {
        if std::mem::replace(&mut self.others, others) != others {
            self.clear();
        }
    }

    fn take(&mut self, name: &Name) -> Option<Arc<Call>> {
        self.young.remove(name).or_else(|| self.old.remove(name))
    }

    fn put(&mut self, name: Name, call: Arc<Call>) {
        if self.young.len() >= HALF {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(name, call);
    }
}

type Calls = HashMap<Name, Held>;

/// Loads, keeps, writes, commits, and answers everybody. Never fails: callers are told, and why nothing was written
/// comes back.
/// `next`: who comes after it, as it is by then.
pub(crate) async fn run(
    conn: &mut Conn<'_>,
    recent: &mut Recent,
    waiting: Vec<Capturing>,
    next: impl FnOnce() -> Next,
) -> Option<Failure> {
    let committed = match work(conn, recent, &waiting).await {
        // Nobody knows whether the database kept it.
        Ok(kept) => conn.keep(next()).await.map(|()| kept).map_err(|error| Failure::of(&error, Happened::Maybe)),
        Err(stopped) => Err(stopped.failure(Happened::No)),
    };
    let (answers, failure): (Vec<PortResult<Kept>>, _) = match committed {
        Ok(kept) => (kept.into_iter().map(Ok).collect(), None),
        Err(failure) => {
            recent.clear();
            (waiting.iter().map(|_| Err(failure.clone().into())).collect(), Some(failure))
        }
    };
    for (capturing, answer) in waiting.into_iter().zip(answers) {
        // A caller that is gone needs no answer: what was kept stays.
        drop(capturing.answer.send(answer));
    }
    failure
}

/// Which counters a fact is counted in: day, business, tree and version.
type Book = (NaiveDate, String, String);

async fn work(conn: &mut Conn<'_>, recent: &mut Recent, waiting: &[Capturing]) -> Result<Vec<Kept>, Stopped> {
    conn.join().await?;
    if let Some(others) = conn.others() {
        recent.catch_up(others);
    }
    let names: Vec<Name> = waiting.iter().map(Capturing::name).collect();
    if conn.is_postgres() {
        let keys = names.iter().map(|(provider, sid, flow)| [format!("ivr {provider} {sid} {flow}").into()]);
        conn.put(&sql::LOCK, Rows::of(keys)).await?;
        recent.clear();
    }
    let mut calls = load(conn, recent, waiting, &names).await?;
    let mut books: HashMap<Book, (Arc<Tree>, HashMap<Fact, i64>)> = HashMap::new();
    let mut all = Vec::with_capacity(waiting.len());
    for (Capturing { capture, place, now, .. }, name) in waiting.iter().zip(names) {
        let held = calls.entry(name).or_insert_with(|| Held::new(place));
        let mut kept = keep(held.call.take(), capture, place, *now);
        if !kept.facts.is_empty() {
            let book = (kept.call.day, kept.call.business.clone(), kept.call.counted_as());
            let (_, facts) = books.entry(book).or_insert_with(|| (Arc::clone(&place.tree), HashMap::new()));
            for (fact, n) in std::mem::take(&mut kept.facts) {
                *facts.entry(fact).or_default() += n;
            }
        }
        held.call = Some(Arc::clone(&kept.call));
        all.push(kept);
    }
    write(conn, &mut calls).await?;
    count(conn, books).await?;
    for (name, held) in calls {
        if let Some(call) = held.call {
            recent.put(name, call);
        }
    }
    Ok(all)
}

/// Rows that batches share: last and sorted, so that gateways on one PostgreSQL never wait for each other in a circle.
async fn count(conn: &mut Conn<'_>, books: HashMap<Book, (Arc<Tree>, HashMap<Fact, i64>)>) -> Result<(), Stopped> {
    let mut steps = Vec::new();
    for ((day, business, flow), (tree, facts)) in &books {
        let changed = facts.iter().filter(|(_, n)| **n != 0);
        steps.extend(changed.map(|(fact, n)| (day, business, flow, fact.name(tree), *n)));
    }
    steps.sort_unstable();
    let rows = steps.into_iter().map(|(day, business, flow, name, n)| {
        [day.to_string().into(), rows::text(business), rows::text(flow), rows::text(&name), n.into()]
    });
    Ok(conn.sum(&sql::PUT_COUNTERS, Rows::of(rows)).await?)
}

impl Held {
    fn new(place: &Place) -> Self {
        Self { call: None, stored: 0, tree: Arc::clone(&place.tree) }
    }
}

async fn load(
    conn: &mut Conn<'_>,
    recent: &mut Recent,
    waiting: &[Capturing],
    names: &[Name],
) -> Result<Calls, Stopped> {
    let mut calls = Calls::with_capacity(names.len());
    let mut unknown = Rows::default();
    for (capturing, name) in waiting.iter().zip(names) {
        if calls.contains_key(name) {
            continue;
        }
        let mut held = Held::new(&capturing.place);
        held.call = recent.take(name);
        match &held.call {
            Some(call) => held.stored = call.inputs.len(),
            None => {
                let (provider, sid, flow) = name;
                unknown.push([provider, sid, flow].map(|text| text.as_str().into()));
            }
        }
        calls.insert(name.clone(), held);
    }
    for call in whole(conn.each::<CallRow>(&captures::CAPTURED, unknown).await?, conn).await? {
        let name = (call.provider.clone(), call.sid.clone(), call.flow.clone());
        if let Some(held) = calls.get_mut(&name) {
            held.stored = call.inputs.len();
            held.call = Some(Arc::new(call));
        }
    }
    Ok(calls)
}

async fn write(conn: &mut Conn<'_>, calls: &mut Calls) -> Result<(), Stopped> {
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
    conn.last(&captures::MOVE_CAPTURED, moved).await?;
    let mut presses = Rows::default();
    // In the order in which the rows were made: nobody came or went in between.
    for Held { call, stored, .. } in calls.values_mut() {
        let Some(call) = call.as_mut() else { continue };
        if call.id == 0 {
            Arc::make_mut(call).id = numbers.next().ok_or(sqlx::Error::RowNotFound)?;
        }
        for input in call.inputs.iter().skip(*stored) {
            presses.push(press_row(call.id, input));
        }
    }
    Ok(conn.put(&captures::PUT_PRESSES, presses).await?)
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
