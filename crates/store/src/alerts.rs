//! The port of alerts: one transaction a round, in which all rules are looked at.

use crate::{
    Store,
    db::{Conn, PORT},
    rows::{self, Rows},
    sql::{self, alerts},
    write::Jobs,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use frontdesk_core::{
    alert::{Looked, Watch},
    effect::EffectState,
    ports::{AlertStore, Happened, LookAll, PortError, PortResult, Trouble},
};
use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

#[async_trait]
impl AlertStore for Store {
    async fn uncertain(&self) -> PortResult<i64> {
        let states = self.open_effects().await?.into_iter();
        Ok(states.filter(|(state, _)| state == EffectState::Uncertain.as_str()).map(|(_, n)| n).sum())
    }

    async fn look(&self, rules: Vec<String>, now: DateTime<Utc>, look: LookAll) -> PortResult<Vec<Looked>> {
        let looked = self.act(move |conn| Box::pin(within(conn, rules, now, look))).await?;
        looked.ok_or_else(|| {
            let message = "the look at the alerts panicked and was not written; this is a bug";
            PortError::new(PORT, Happened::No, Trouble::Broken, message)
        })
    }
}

/// `None` when the look panicked.
async fn within(
    mut conn: Conn<'_>,
    rules: Vec<String>,
    now: DateTime<Utc>,
    look: LookAll,
) -> sqlx::Result<Option<Vec<Looked>>> {
    conn.begin().await?;
    if conn.is_postgres() {
        // A rule that was never looked at has no row to lock.
        conn.put(&sql::LOCK, Rows::of([["alerts".into()]])).await?;
    }
    let keys = Rows::of(rules.iter().map(|rule| [rows::text(rule)]));
    let kept: Vec<(String, String)> = conn.each(&alerts::ALERTS, keys).await?;
    let mut watches = BTreeMap::new();
    for (rule, doc) in kept {
        watches.insert(rule, serde_json::from_str::<Watch>(&doc).map_err(unreadable)?);
    }
    let Ok(looked) = catch_unwind(AssertUnwindSafe(|| look(watches))) else {
        conn.plain("rollback").await?;
        return Ok(None);
    };
    let (mut effects, mut puts) = (Rows::default(), Rows::default());
    for Looked { rule, watch, effects: new } in &looked {
        for effect in new {
            effects.push(rows::effect_row(effect).map_err(unreadable)?);
        }
        let doc = rows::doc(watch).map_err(unreadable)?;
        puts.push([rows::text(rule), i64::from(watch.firing).into(), rows::millis(now).into(), doc.into()]);
    }
    let jobs = Jobs::of(looked.iter().flat_map(|looked| &looked.effects), now);
    conn.put(&sql::NEW_EFFECTS, effects).await?;
    jobs.put(&mut conn).await?;
    conn.put(&alerts::PUT_ALERTS, puts).await?;
    conn.plain("commit").await?;
    Ok(Some(looked))
}

fn unreadable(error: serde_json::Error) -> sqlx::Error {
    sqlx::Error::Decode(error.into())
}
