//! A batch: one transaction for everybody who was waiting.

use crate::{
    db::{Conn, Failure, PORT},
    epoch::Next,
    gather::{Stopped, gather},
    memo::Memory,
    overlay::{About, Overlay},
    request::Request,
    rows::Rows,
    sql, write,
};
use frontdesk_core::ports::{Advanced, Happened, PortError, PortResult, StoredEvent, Trouble};
use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError},
};

/// How often a request may be put off. Whoever was put off goes first in the next batch, so only one that finds no
/// earlier decision in its way is counted out: a row cannot be read, or leads elsewhere each time it is looked at.
const PATIENCE: u32 = 8;

/// What a batch came to.
pub(crate) struct Outcome {
    /// Committed lines of the timeline.
    pub(crate) events: Vec<Arc<StoredEvent>>,
    /// To be decided in the next batch, ahead of all others.
    pub(crate) put_off: Vec<Request>,
    /// Why nothing was written; the connection cannot be used again then.
    pub(crate) failure: Option<Failure>,
}

/// Locks, loads, decides, writes, commits, and answers everybody. Never fails: callers are told.
/// `next`: who comes after it, as it is by then.
pub(crate) async fn run(
    conn: &mut Conn<'_>,
    memory: &mut Memory,
    mut requests: Vec<Request>,
    next: impl FnOnce() -> Next,
) -> Outcome {
    let worked = work(conn, memory, &mut requests).await;
    let committed = match worked {
        Ok(worked) => conn.keep(next()).await.map(|()| worked).map_err(|error| {
            // Nobody knows whether the database kept it.
            Failure::of(&error, Happened::Maybe)
        }),
        Err(stopped) => Err(stopped.failure(Happened::No)),
    };
    match committed {
        Ok((results, events)) => {
            let mut put_off = Vec::new();
            for (mut request, result) in requests.into_iter().zip(results) {
                match result {
                    // A caller that is gone needs no answer: what was decided stands.
                    Some(result) => drop(request.answer.send(result)),
                    None => {
                        request.put_off += 1;
                        put_off.push(request);
                    }
                }
            }
            Outcome { events, put_off, failure: None }
        }
        Err(failure) => {
            for request in requests {
                drop(request.answer.send(Err(failure.clone().into())));
            }
            Outcome { events: Vec::new(), put_off: Vec::new(), failure: Some(failure) }
        }
    }
}

type Results = Vec<Option<PortResult<Advanced>>>;

async fn work(
    conn: &mut Conn<'_>,
    memory: &mut Memory,
    requests: &mut [Request],
) -> Result<(Results, Vec<Arc<StoredEvent>>), Stopped> {
    conn.join().await?;
    let held = if conn.is_postgres() { Some(lock(conn, memory, requests).await?) } else { None };
    let mut overlay = gather(conn, memory, requests).await?;
    let results = requests.iter_mut().enumerate().map(|(at, request)| decide(&mut overlay, at, request, held.as_ref()));
    let results = results.collect();
    let events = write::write(conn, memory, overlay).await?;
    Ok((results, events))
}

/// Takes the locks of everything the batch is about; what it is about is found by loading it a first time.
/// It is loaded again afterwards, under the locks; what leads elsewhere by then is put off.
async fn lock(conn: &mut Conn<'_>, memory: &mut Memory, requests: &[Request]) -> Result<HashSet<String>, Stopped> {
    let overlay = gather(conn, memory, requests).await?;
    let mut held = HashSet::new();
    for (at, request) in requests.iter().enumerate() {
        let found = overlay.find(at, request).unwrap_or_default();
        held.extend(request.locks(&found));
    }
    conn.put(&sql::LOCK, Rows::of(held.iter().map(|key| [key.as_str().into()]))).await?;
    Ok(held)
}

fn decide(
    overlay: &mut Overlay,
    at: usize,
    request: &mut Request,
    held: Option<&HashSet<String>>,
) -> Option<PortResult<Advanced>> {
    let found = overlay.find(at, request);
    if let Some(repeated) = overlay.repeated(request, found.clone()) {
        return Some(Ok(repeated));
    }
    let covered = |found: &_| held.is_none_or(|held| request.locks(found).iter().all(|key| held.contains(key)));
    let Some(found) = found.filter(covered) else {
        return (request.put_off >= PATIENCE && overlay.changes.applied == 0).then(|| {
            let message = "what this is about cannot be read; see the log for the table";
            Err(PortError::new(PORT, Happened::No, Trouble::Broken, message))
        });
    };
    let about = About::of(&found);
    let decide = request.decide.get_mut().unwrap_or_else(PoisonError::into_inner).take()?;
    let Ok(decision) = catch_unwind(AssertUnwindSafe(|| decide(found))) else {
        let message = "the decision panicked and was not written; this is a bug";
        return Some(Err(PortError::new(PORT, Happened::No, Trouble::Broken, message)));
    };
    Some(match overlay.apply(request, about, &decision) {
        Ok(()) => Ok(Advanced { repeated: false, decision }),
        Err(why) => Err(PortError::new(PORT, Happened::No, Trouble::Broken, why)),
    })
}
