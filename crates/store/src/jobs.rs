//! The job queue: runs effects when they are due. River keeps the queue; nothing of it is seen outside this module.
//!
//! A job only says "look at this effect". Whether anything is done is decided by the effect's row, under the store's
//! locks, so a job that runs twice, too early or for nothing does no harm, and a job may always be added.

use crate::{
    Store,
    db::{Conn, PORT, refused},
    owned::Address,
    pools,
    recovery::{self, Alive},
    sql,
};
use chrono::{DateTime, Utc};
use frontdesk_core::{
    id::EffectId,
    ports::{EffectRunner, Happened, PortError, PortResult, Ran, Trouble},
};
use riverqueue::{
    BoxError, Client, Job, JobArgs, MaintenanceConfig, QueueConfig, Retention, RunHandle, WorkContext, WorkError,
    WorkOutcome, Worker, WorkerTimeout, Workers, jiff::Timestamp,
};
use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How jobs are run.
#[derive(Debug, Clone, Copy)]
pub struct JobOptions {
    /// How many effects run at the same time.
    pub workers: usize,
    /// A job that runs longer than this was lost with its worker, and runs again. Two thirds of it is the time a single
    /// run may take.
    pub rescue_after: Duration,
    /// How often the queue is looked at when nothing has announced itself; a job is late by up to this.
    pub poll: Duration,
    /// How long an effect may be overdue without a job before it is given a new one.
    pub overdue: Duration,
}

impl Default for JobOptions {
    fn default() -> Self {
        Self {
            workers: 32,
            rescue_after: Duration::from_secs(90),
            poll: Duration::from_millis(100),
            overdue: Duration::from_secs(60),
        }
    }
}

/// The running queue. Dropping it stops hard; [`Jobs::stop`] lets running jobs finish.
pub struct Jobs {
    run: RunHandle,
    stop: CancellationToken,
    keeper: JoinHandle<()>,
    store: Store,
}

impl std::fmt::Debug for Jobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jobs").finish_non_exhaustive()
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.stop.cancel();
        self.store.inner.shares.store(false, Ordering::Relaxed);
    }
}

/// Look at this effect.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize, JobArgs)]
#[river(kind = "effect")]
struct RunEffect {
    effect: Uuid,
}

struct EffectWorker {
    runner: Arc<dyn EffectRunner>,
    timeout: Duration,
}

impl Worker<RunEffect> for EffectWorker {
    type Error = BoxError;

    fn timeout(&self, _job: &Job<RunEffect>) -> WorkerTimeout {
        WorkerTimeout::After(self.timeout)
    }

    /// An error means that the store was away: 2 s, doubling to a minute.
    fn next_retry(&self, job: &Job<RunEffect>, _error: &WorkError, _now: Timestamp) -> Option<Duration> {
        let doublings = u32::try_from(job.row.attempt.saturating_sub(1).clamp(0, 5)).unwrap_or(0);
        Some(Duration::from_secs((2_u64 << doublings).min(60)))
    }

    async fn work(&self, _context: WorkContext, job: Job<RunEffect>) -> Result<WorkOutcome, BoxError> {
        let begun = Instant::now();
        match self.runner.run(EffectId(job.args.effect)).await? {
            Ran::Settled => Ok(WorkOutcome::Complete),
            Ran::Again(at) => Ok(WorkOutcome::Snooze(until(at, job.row.attempted_at, begun.elapsed()))),
        }
    }
}

/// How long it is until `at`. The queue's own clock said when the job was taken; how long it ran is measured.
fn until(at: DateTime<Utc>, taken: Option<Timestamp>, ran: Duration) -> Duration {
    let ran = i64::try_from(ran.as_millis()).unwrap_or(i64::MAX);
    let wait = taken.map(|taken| at.timestamp_millis().saturating_sub(taken.as_millisecond().saturating_add(ran)));
    // Without a clock, and never at once again: a runner that keeps asking for the past must not spin.
    Duration::from_millis(u64::try_from(wait.unwrap_or(1000)).unwrap_or(0).max(250))
}

fn failed(error: impl std::fmt::Display) -> PortError {
    let message = format!("the job queue cannot be started: {error}");
    PortError::new(PORT, Happened::No, Trouble::Unavailable, message)
}

impl Store {
    /// Starts to run effects. Jobs that a dead process left running are taken up again at once.
    ///
    /// # Errors
    /// [`Trouble::Refused`] when another gateway already runs jobs on this SQLite file, [`Trouble::Unavailable`] when
    /// the database is away.
    pub async fn start_jobs(&self, runner: Arc<dyn EffectRunner>, options: JobOptions) -> PortResult<Jobs> {
        let instance = self.instance().await?;
        let alive = Alive::announce(self, &instance).await?;
        recovery::reopen(self, &instance).await?;
        self.find_lost(options.overdue).await?;

        let client = self.client(&instance, runner, options).await?;
        let mut run = client.start().map_err(failed)?;
        run.wait_ready().await.map_err(failed)?;
        self.inner.shares.store(true, Ordering::Relaxed);
        let stop = CancellationToken::new();
        let keeper = recovery::Keeper { store: self.clone(), alive, instance, overdue: options.overdue };
        let keeper = tokio::spawn(keeper.keep(stop.clone()));
        Ok(Jobs { run, stop, keeper, store: self.clone() })
    }

    /// A name no other process has.
    async fn instance(&self) -> PortResult<String> {
        let rows: Vec<(String,)> = self.peek(&sql::INSTANCE, Vec::new()).await?;
        rows.into_iter().next().map(|(name,)| name).ok_or_else(|| failed("the database gave it no name"))
    }

    async fn client(&self, instance: &str, runner: Arc<dyn EffectRunner>, options: JobOptions) -> PortResult<Client> {
        let timeout = options.rescue_after * 2 / 3;
        let mut workers = Workers::new();
        workers.add::<RunEffect, _>(EffectWorker { runner, timeout }).map_err(failed)?;
        // River has connections of its own: with one pool for all, jobs and requests would wait for each other.
        let builder = match &self.inner.address {
            Address::Sqlite(address) => {
                let pool = pools::sqlite(4).connect_with(address.clone()).await;
                Client::builder(pool.map_err(refused)?)
            }
            Address::Postgres(address) => {
                let pool = pools::postgres(6).connect_with(address.clone()).await;
                Client::builder(pool.map_err(refused)?)
            }
        };
        let cooldown = Duration::from_millis(5).min(options.poll);
        let queue =
            QueueConfig::new(options.workers).with_fetch_poll_interval(options.poll).with_fetch_cooldown(cooldown);
        let maintenance = MaintenanceConfig::default()
            .with_scheduler_interval(Duration::from_secs(1))
            .with_elect_interval(Duration::from_secs(5))
            .with_rescue_after(options.rescue_after)
            .with_rescuer_interval((options.rescue_after / 4).min(Duration::from_secs(10)))
            .with_completed_job_retention(Retention::DeleteAfter(Duration::from_secs(3600)));
        builder
            .id(instance)
            .workers(workers)
            .queue("effects", queue)
            .fetch_cooldown(cooldown)
            .job_timeout(timeout)
            .job_stuck_threshold((options.rescue_after / 6).min(Duration::from_secs(10)))
            .soft_stop_timeout(Duration::from_secs(10))
            .maintenance(maintenance)
            .build()
            .map_err(failed)
    }

    /// Gives effects that are overdue by more than `overdue`, and that no live job will look at, a new job; how many.
    /// [`Store::start_jobs`] does it at its start and regularly. Nothing that was accepted is lost, even if the
    /// queue's rows were.
    ///
    /// # Errors
    /// [`PortError`] when the database is away.
    pub async fn find_lost(&self, overdue: Duration) -> PortResult<usize> {
        let margin = i64::try_from(overdue.as_millis()).unwrap_or(i64::MAX);
        let lost: Vec<(Uuid,)> = self.read(&sql::LOST, vec![margin.into()]).await?;
        if lost.is_empty() {
            return Ok(0);
        }
        let rows = crate::rows::Rows::of(lost.iter().map(|(id,)| [id.to_string().into()]));
        self.act(move |mut conn: Conn<'_>| {
            Box::pin(async move {
                conn.put(&sql::FIND_AGAIN, rows).await?;
                conn.run(&sql::NOTIFY_JOBS, Vec::new()).await
            })
        })
        .await?;
        tracing::warn!(effects = lost.len(), "effects without a job were found and given one");
        Ok(lost.len())
    }
}

impl Jobs {
    /// Takes no new jobs, lets running ones finish for up to ten seconds, hands the rest back.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if self.run.stop().await.is_err() {
            tracing::warn!("the job queue did not stop cleanly; what it was doing is taken up at the next start");
        }
        if (&mut self.keeper).await.is_err() {
            tracing::error!("the task that watches over jobs broke down");
        }
    }
}
