//! Effects are run when they are due.

use crate::{database::Database, make::*, on_both};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_core::{
    effect::{Effect, EffectState},
    id::EffectId,
    ports::{Decision, EffectRunner, Happened, IvrStore, PortError, PortResult, Ran, Subject, Trouble},
};
use frontdesk_store::{JobOptions, Store};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::mpsc;

on_both!(
    waiting_effects_are_run_when_due,
    a_runner_that_says_again_is_asked_again,
    a_runner_that_fails_is_asked_again,
    a_changed_effect_that_waits_gets_another_job,
    a_job_lost_by_the_queue_is_found_by_the_sweep,
    a_live_job_is_not_doubled_by_the_sweep,
    a_running_job_of_a_dead_process_runs_again,
    requests_and_jobs_share_the_database,
);

#[expect(clippy::disallowed_methods, reason = "the queue runs by the database's clock, so these tests do too")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

type Answer = Box<dyn Fn(u32) -> PortResult<Ran> + Send + Sync>;

/// Tells of each run, and answers as told.
struct Runner {
    ran: mpsc::UnboundedSender<(EffectId, DateTime<Utc>)>,
    times: Mutex<HashMap<EffectId, u32>>,
    answer: Answer,
}

#[async_trait]
impl EffectRunner for Runner {
    async fn run(&self, effect: EffectId) -> PortResult<Ran> {
        let times = {
            let mut times = self.times.lock().unwrap();
            let times = times.entry(effect).or_default();
            *times += 1;
            *times
        };
        self.ran.send((effect, now())).unwrap_or_default();
        (self.answer)(times)
    }
}

type Ran_ = mpsc::UnboundedReceiver<(EffectId, DateTime<Utc>)>;

fn runner(answer: impl Fn(u32) -> PortResult<Ran> + Send + Sync + 'static) -> (Arc<Runner>, Ran_) {
    let (ran, told) = mpsc::unbounded_channel();
    (Arc::new(Runner { ran, times: Mutex::default(), answer: Box::new(answer) }), told)
}

fn settled() -> (Arc<Runner>, Ran_) {
    runner(|_| Ok(Ran::Settled))
}

async fn due(store: &Store, at: DateTime<Utc>) -> Effect {
    let booked = appointment();
    let place = effect(booked.id, PLACE, at);
    let effects = vec![place.clone()];
    let decision = Decision { appointment: Some(booked.clone()), effects, ..Decision::default() };
    store.advance(new_subject(&booked), None, now(), Box::new(move |_| decision)).await.unwrap();
    place
}

async fn next(told: &mut Ran_) -> (EffectId, DateTime<Utc>) {
    tokio::time::timeout(Duration::from_secs(30), told.recv()).await.expect("a job ran").unwrap()
}

async fn waiting_effects_are_run_when_due(db: Arc<Database>) {
    let store = db.store().await;
    let before = due(&store, now()).await;
    let (runner, mut told) = settled();
    let jobs = store.start_jobs(runner, JobOptions::default()).await.unwrap();
    assert_eq!(next(&mut told).await.0, before.id);
    let later = due(&store, now() + TimeDelta::milliseconds(700)).await;
    let at_once = due(&store, now()).await;
    let far = due(&store, now() + TimeDelta::days(30)).await;
    assert_eq!(next(&mut told).await.0, at_once.id);
    let (id, at) = next(&mut told).await;
    assert_eq!(id, later.id);
    assert!(at >= later.due_at && at < later.due_at + TimeDelta::seconds(5), "{at} {}", later.due_at);
    jobs.stop().await;
    assert_ne!(told.recv().await.map(|(id, _)| id), Some(far.id));
}

async fn a_runner_that_says_again_is_asked_again(db: Arc<Database>) {
    let store = db.store().await;
    let again = now() + TimeDelta::milliseconds(600);
    let (runner, mut told) = runner(move |times| Ok(if times == 1 { Ran::Again(again) } else { Ran::Settled }));
    let jobs = store.start_jobs(runner, JobOptions::default()).await.unwrap();
    let place = due(&store, now()).await;
    assert_eq!(next(&mut told).await.0, place.id);
    let (id, at) = next(&mut told).await;
    assert_eq!(id, place.id);
    assert!(at >= again);
    jobs.stop().await;
}

async fn a_runner_that_fails_is_asked_again(db: Arc<Database>) {
    let store = db.store().await;
    let (runner, mut told) = runner(|times| match times {
        1 => Err(PortError::new("store", Happened::No, Trouble::Unavailable, "away")),
        2 => panic!("on purpose"),
        _ => Ok(Ran::Settled),
    });
    let jobs = store.start_jobs(runner, JobOptions::default()).await.unwrap();
    let place = due(&store, now()).await;
    for _ in 0..3 {
        assert_eq!(next(&mut told).await.0, place.id);
    }
    jobs.stop().await;
}

async fn a_changed_effect_that_waits_gets_another_job(db: Arc<Database>) {
    let store = db.store().await;
    let (runner, mut told) = settled();
    let jobs = store.start_jobs(runner, JobOptions::default()).await.unwrap();
    let place = due(&store, now()).await;
    next(&mut told).await;
    for state in [EffectState::Waiting, EffectState::Uncertain] {
        store
            .advance(
                Subject::Effect(place.id),
                None,
                now(),
                Box::new(move |found| {
                    let mut effect = found.effect.unwrap();
                    effect.state = state;
                    effect.due_at = now();
                    Decision { effect: Some(effect), ..Decision::default() }
                }),
            )
            .await
            .unwrap();
        assert_eq!(next(&mut told).await.0, place.id);
    }
    jobs.stop().await;
}

async fn a_job_lost_by_the_queue_is_found_by_the_sweep(db: Arc<Database>) {
    let store = db.store().await;
    let place = due(&store, now() - TimeDelta::seconds(5)).await;
    let fresh = due(&store, now() + TimeDelta::hours(1)).await;
    db.sql("delete from river_job").await;
    let (runner, mut told) = settled();
    let options = JobOptions { overdue: Duration::from_secs(1), ..JobOptions::default() };
    // Once at the start, once while it runs.
    let jobs = store.start_jobs(runner, options).await.unwrap();
    assert_eq!(next(&mut told).await.0, place.id);
    // The row still waits, for this runner does nothing: as soon as no job is left for it, it is found once more.
    db.sql("delete from river_job where state = 'completed'").await;
    assert_eq!(next(&mut told).await.0, place.id);
    jobs.stop().await;
    assert_eq!(store.effect(fresh.id).await.unwrap(), Some(fresh));
}

async fn a_live_job_is_not_doubled_by_the_sweep(db: Arc<Database>) {
    let store = db.store().await;
    due(&store, now() - TimeDelta::seconds(5)).await;
    assert_eq!(store.find_lost(Duration::from_secs(1)).await.unwrap(), 0);
    db.sql("delete from river_job").await;
    assert_eq!(store.find_lost(Duration::from_secs(60)).await.unwrap(), 0);
    assert_eq!(store.find_lost(Duration::from_secs(1)).await.unwrap(), 1);
    assert_eq!(store.find_lost(Duration::from_secs(1)).await.unwrap(), 0);
}

/// A process that died in the middle of a job leaves its row `running` and its name as the leader.
async fn a_running_job_of_a_dead_process_runs_again(db: Arc<Database>) {
    let store = db.store().await;
    let place = due(&store, now()).await;
    let dead = if db.is_sqlite() {
        "update river_job set state = 'running', attempt = 1, attempted_at = strftime('%Y-%m-%d %H:%M:%f', 'now'),
             attempted_by = jsonb('[\"frontdesk-dead\"]');
         insert into river_leader (elected_at, expires_at, leader_id, name)
             values (strftime('%Y-%m-%d %H:%M:%f', 'now'), '2999-01-01 00:00:00.000', 'frontdesk-dead', 'default')"
    } else {
        "update river_job set state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{frontdesk-dead}';
         insert into river_leader (elected_at, expires_at, leader_id, name)
             values (now(), now() + interval '1 year', 'frontdesk-dead', 'default')"
    };
    db.sql(dead).await;
    let (runner, mut told) = settled();
    let jobs = store.start_jobs(runner, JobOptions::default()).await.unwrap();
    assert_eq!(next(&mut told).await.0, place.id);
    jobs.stop().await;
    assert_eq!(db.number("select count(*) from river_leader where leader_id = 'frontdesk-dead'").await, 0);
}

async fn requests_and_jobs_share_the_database(db: Arc<Database>) {
    let store = db.store().await;
    let (runner, mut told) = settled();
    let jobs = store.start_jobs(runner, JobOptions::default()).await.unwrap();
    let tasks = (0..64).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                due(&store, now()).await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    for _ in 0..320 {
        next(&mut told).await;
    }
    jobs.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_second_gateway_on_one_file_is_refused() {
    crate::database::on_sqlite(|db| async move {
        let (first, second) = (db.store().await, db.store().await);
        let jobs = first.start_jobs(settled().0, JobOptions::default()).await.unwrap();
        let error = second.start_jobs(settled().0, JobOptions::default()).await.unwrap_err();
        assert_eq!(error.trouble, Trouble::Refused);
        assert!(error.message.contains("another gateway"), "{error}");
        // A look at the rows is allowed all the same.
        second.ping().await.unwrap();
        jobs.stop().await;
        second.start_jobs(settled().0, JobOptions::default()).await.unwrap().stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_jobs_of_the_living_are_left_alone() {
    crate::database::on_postgres(|db| async move {
        let (first, second) = (db.store().await, db.store().await);
        let release = Arc::new(tokio::sync::Notify::new());
        let (began, mut begun) = mpsc::unbounded_channel();
        struct Slow(mpsc::UnboundedSender<EffectId>, Arc<tokio::sync::Notify>);
        #[async_trait]
        impl EffectRunner for Slow {
            async fn run(&self, effect: EffectId) -> PortResult<Ran> {
                self.0.send(effect).unwrap_or_default();
                self.1.notified().await;
                Ok(Ran::Settled)
            }
        }
        let jobs = first.start_jobs(Arc::new(Slow(began, Arc::clone(&release))), JobOptions::default()).await.unwrap();
        due(&first, now()).await;
        begun.recv().await.unwrap();
        let (runner, mut told) = settled();
        let others = second.start_jobs(runner, JobOptions::default()).await.unwrap();
        // Proof that the second one works at all, and has looked.
        release.notify_one();
        jobs.stop().await;
        let next_one = due(&second, now()).await;
        assert_eq!(next(&mut told).await.0, next_one.id);
        others.stop().await;
        assert!(told.try_recv().is_err());
    })
    .await;
}
