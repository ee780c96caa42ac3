//! Chosen histories: each says what one rule means.

use std::sync::Arc;

use super::*;
use crate::model::{BreakerState, RecycleReason, ShedReason};

/// A pool whose workers do at once what they are told.
struct Pool {
    core: Core<Gone>,
    now: Instant,
    next: u64,
    /// Who has which job, by its number.
    given: Vec<(WorkerId, u64)>,
    started: Vec<(WorkerId, Duration)>,
    retired: Vec<WorkerId>,
    refused: Vec<RunError>,
}

impl Pool {
    fn of(limits: Limits) -> Self {
        let now = Instant::now();
        let core = Core::new(limits, now, Box::new(|| 0.5));
        let mut pool =
            Self { core, now, next: 0, given: Vec::new(), started: Vec::new(), retired: Vec::new(), refused: Vec::new() };
        pool.core.begin(now);
        pool.obey();
        pool.up();
        pool
    }

    fn with(size: u16) -> Self {
        Self::of(limits(size))
    }

    fn obey(&mut self) {
        loop {
            let effects: Vec<_> = self.core.effects().collect();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::Start(id, delay) => self.started.push((id, delay)),
                    Effect::Give(id, ticket) => self.given.push((id, ticket.id)),
                    Effect::Retire(id) => self.retired.push(id),
                    Effect::Answer(_, error) => self.refused.push(error),
                    Effect::Stop(_) | Effect::Slow(_) => {}
                }
            }
        }
    }

    /// All workers that were started are ready.
    fn up(&mut self) {
        for (id, _) in std::mem::take(&mut self.started) {
            self.core.started(id, Some(u32::from(id.slot)), self.now);
            self.core.ready(id, Duration::from_millis(10), self.now);
            self.obey();
        }
    }

    fn ask(&mut self, lane: Lane, key: &str) -> u64 {
        self.next += 1;
        self.core.accept(ticket(self.next, lane, "client", key, self.now), self.now);
        self.obey();
        self.next
    }

    fn who_has(&self, id: u64) -> Option<WorkerId> {
        self.given.iter().rev().find(|(_, given)| *given == id).map(|(worker, _)| *worker)
    }

    fn finish(&mut self, id: u64) {
        let worker = self.who_has(id).expect("it runs");
        self.core.finished(worker, Duration::from_millis(10), false, None, self.now);
        self.obey();
    }

    fn die(&mut self, id: u64) {
        let worker = self.who_has(id).expect("it runs");
        self.core.ended(worker, &End::Died { how: "died".into(), at_work: true }, None, self.now);
        self.obey();
    }

    fn pass(&mut self, span: Duration) {
        self.now += span;
        self.core.tick(self.now);
        self.obey();
    }
}

fn limits(size: u16) -> Limits {
    Limits::new(Size::new(size, 16.max(size)).expect("valid bounds"))
}

#[test]
fn one_kind_of_work_leaves_half_of_the_pool_to_others_that_wait() {
    let mut pool = Pool::with(4);
    let slow: Vec<u64> = (0..6).map(|_| pool.ask(Lane::Interactive, "slow")).collect();
    assert!(slow[..4].iter().all(|id| pool.who_has(*id).is_some()), "while nothing else waits it may have all");
    let quick = [pool.ask(Lane::Interactive, "quick"), pool.ask(Lane::Interactive, "quick")];
    pool.finish(slow[0]);
    assert!(pool.who_has(quick[0]).is_some() && pool.who_has(slow[4]).is_none(), "what came later goes first");
    pool.finish(slow[1]);
    assert!(pool.who_has(quick[1]).is_some() && pool.who_has(slow[4]).is_none());
    pool.finish(quick[0]);
    assert!(pool.who_has(slow[4]).is_some(), "nothing else waits any more");
}

#[test]
fn what_does_one_thing_at_a_time_is_asked_one_thing_at_a_time() {
    let mut wanted = limits(3);
    wanted.targets.insert("Finder".into(), 1);
    let mut pool = Pool::of(wanted);
    let ask = |pool: &mut Pool, id| {
        let mut asked = ticket(id, Lane::Interactive, "client", "key", pool.now);
        asked.job.targets = vec![Arc::from("Finder")];
        pool.core.accept(asked, pool.now);
        pool.obey();
    };
    ask(&mut pool, 101);
    ask(&mut pool, 102);
    pool.next = 200;
    let other = pool.ask(Lane::Bench, "other");
    assert!(pool.who_has(101).is_some() && pool.who_has(102).is_none(), "one at a time");
    assert!(pool.who_has(other).is_some(), "others do not wait for it");
    pool.finish(101);
    assert!(pool.who_has(102).is_some());
}

#[test]
fn the_worker_that_was_busy_last_is_taken_first_and_the_coldest_goes_first() {
    let mut pool = Pool::with(3);
    let ids: Vec<u64> = (0..3).map(|_| pool.ask(Lane::Interactive, "key")).collect();
    let warm = pool.who_has(ids[1]).expect("given");
    pool.finish(ids[0]);
    pool.finish(ids[2]);
    pool.finish(ids[1]);
    let next = pool.ask(Lane::Interactive, "key");
    assert_eq!(pool.who_has(next), Some(warm));
    pool.core.resize(Resize::Exactly { min: 1, max: 16, target: 2 }, pool.now).expect("in bounds");
    pool.obey();
    assert_eq!(pool.retired, [pool.who_has(ids[0]).expect("given")], "idle for longest");
}

#[test]
fn questions_about_the_engine_have_a_worker_of_their_own() {
    let mut pool = Pool::with(1);
    let busy = pool.ask(Lane::Interactive, "long");
    let waiting = pool.ask(Lane::Interactive, "long");
    let question = pool.ask(Lane::Control, "ping");
    assert_eq!(pool.started.len(), 1, "the reserve is started");
    assert_eq!((pool.core.status(pool.now).workers.len(), pool.core.status(pool.now).queued), (1, 2));
    pool.up();
    let reserve = pool.who_has(question).expect("it does not wait for the busy one");
    assert_eq!((reserve.slot, pool.who_has(waiting)), (0, None));
    pool.finish(question);
    assert_eq!(pool.who_has(waiting), None, "the reserve does nothing else");
    pool.pass(Duration::from_secs(9));
    let second = pool.ask(Lane::Control, "ping");
    assert_eq!(pool.who_has(second), Some(reserve));
    pool.finish(second);
    pool.pass(RESERVE_IDLE);
    assert_eq!(pool.retired, [reserve], "nobody needs it any more");
    assert!(pool.who_has(busy).is_some());
}

#[test]
fn a_start_that_nobody_waits_for_any_more_is_given_up() {
    let mut pool = Pool::with(1);
    pool.ask(Lane::Interactive, "long");
    let question = pool.ask(Lane::Control, "ping");
    let reserve = pool.started[0].0;
    pool.core.cancel(question, pool.now);
    pool.obey();
    assert_eq!(pool.retired, [reserve]);
    pool.core.resize(Resize::Target(4), pool.now).expect("in bounds");
    pool.obey();
    let unneeded: Vec<WorkerId> = pool.started.iter().skip(1).map(|(id, _)| *id).collect();
    pool.core.resize(Resize::Target(1), pool.now).expect("in bounds");
    pool.obey();
    assert_eq!(pool.retired.len(), 1 + unneeded.len(), "none of them was ever ready");
    assert_eq!(pool.core.status(pool.now).counters.recycled, 0);
}

#[test]
fn poison_is_refused_tried_once_and_let_in_again() {
    let mut pool = Pool::with(2);
    for _ in 0..3 {
        let id = pool.ask(Lane::Interactive, "poison");
        pool.die(id);
        let good = pool.ask(Lane::Interactive, "good");
        pool.finish(good);
        pool.up();
    }
    pool.ask(Lane::Interactive, "poison");
    assert!(matches!(&pool.refused[..], [RunError::Poisoned { crashes: 3, retry_ms: 30_000, .. }]), "{:?}", pool.refused);
    let good = pool.ask(Lane::Interactive, "good");
    pool.finish(good);
    assert_eq!(pool.core.status(pool.now).breakers[0].state, BreakerState::Open);
    pool.pass(Duration::from_secs(30));
    let trial = pool.ask(Lane::Interactive, "poison");
    pool.ask(Lane::Interactive, "poison");
    assert_eq!((pool.who_has(trial).is_some(), pool.refused.len()), (true, 2), "one is tried, another refused");
    pool.finish(trial);
    let again = pool.ask(Lane::Interactive, "poison");
    assert!(pool.who_has(again).is_some());
    assert_eq!(pool.core.status(pool.now).shed_by.get(&ShedReason::Poisoned), Some(&2));
}

#[test]
fn workers_that_die_in_a_row_are_tried_one_at_a_time() {
    let mut pool = Pool::with(1);
    for round in 0..5 {
        let id = pool.ask(Lane::Interactive, &format!("{round}"));
        pool.die(id);
        assert_eq!(pool.started.len(), 1, "round {round}");
        assert_eq!(pool.started[0].1.is_zero(), round == 0, "a first death is replaced at once, round {round}");
        pool.up();
    }
    pool.core.resize(Resize::Target(6), pool.now).expect("in bounds");
    pool.obey();
    let status = pool.core.status(pool.now);
    assert_eq!((pool.started.len(), status.crash_loop.is_some(), status.live), (0, true, 1), "no growth in a crash loop");
    let id = pool.ask(Lane::Interactive, "good");
    pool.finish(id);
    assert_eq!((pool.started.len(), pool.core.status(pool.now).crash_loop), (5, None), "a job done ends it");
}

#[test]
fn deaths_with_jobs_done_between_are_no_loop() {
    let mut pool = Pool::with(1);
    for round in 0..20 {
        let id = pool.ask(Lane::Interactive, &format!("{round}"));
        pool.die(id);
        assert!(pool.started[0].1.is_zero(), "round {round}");
        pool.up();
        let good = pool.ask(Lane::Interactive, "good");
        pool.finish(good);
    }
}

#[test]
fn an_old_worker_goes_when_another_is_there_for_it_one_at_a_time() {
    let mut wanted = limits(2);
    wanted.lives = Lives { calls: None, age: Some(Duration::from_secs(1_000)), memory: None, heavy_percent: 200 };
    let mut pool = Pool::of(wanted);
    let busy = pool.ask(Lane::Interactive, "long");
    pool.pass(Duration::from_secs(1_000));
    assert_eq!((pool.started.len(), pool.retired.len()), (1, 0), "the replacement first");
    pool.up();
    assert_eq!(pool.retired.len(), 1);
    assert!(pool.core.deadline().is_some_and(|deadline| deadline <= pool.now + recycle::PAUSE));
    pool.pass(Duration::from_secs(1));
    assert_eq!(pool.started.len(), 0, "not both at once");
    pool.pass(recycle::PAUSE);
    pool.up();
    assert_eq!(pool.retired.len(), 2);
    let status = pool.core.status(pool.now);
    assert_eq!(status.recycled_by.get(&RecycleReason::Age), Some(&2));
    assert!(pool.who_has(busy).is_some(), "one that works finishes first");
}

#[test]
fn one_that_holds_far_too_much_goes_at_once_and_one_that_does_its_jobs_in_its_turn() {
    let mut wanted = limits(3);
    wanted.lives = Lives { calls: Some(10), age: None, memory: Some(300_000_000), heavy_percent: 200 };
    let mut pool = Pool::of(wanted);
    pool.core.weigh(&[(1, 20 << 20), (2, 20 << 20), (3, 400 << 20)], pool.now);
    pool.obey();
    assert_eq!((pool.retired.iter().map(|id| id.slot).collect::<Vec<_>>(), pool.started.len()), (vec![3], 1));
    pool.up();
    for _ in 0..12 {
        let id = pool.ask(Lane::Interactive, "key");
        pool.finish(id);
    }
    assert_eq!((pool.started.len(), pool.retired.len()), (1, 1), "ten jobs, and the replacement is on its way");
    pool.up();
    assert_eq!(pool.retired.len(), 2);
    let recycled = pool.core.status(pool.now).recycled_by;
    assert_eq!((recycled.get(&RecycleReason::Memory), recycled.get(&RecycleReason::Calls)), (Some(&1), Some(&1)));
}

#[test]
fn an_overloaded_bulk_lane_is_cut_and_the_interactive_one_is_not() {
    let mut pool = Pool::with(1);
    let mut running = pool.ask(Lane::Interactive, "first");
    let mut refused = [0, 0];
    for (at, lane) in [Lane::Interactive, Lane::Bulk].into_iter().enumerate() {
        for _ in 0..60 {
            // Two come for each that is done.
            pool.ask(lane, "a");
            pool.ask(lane, "b");
            pool.pass(Duration::from_millis(100));
            let before = pool.given.len();
            pool.finish(running);
            running = pool.given[before..].last().map_or(running, |(_, id)| *id);
        }
        let overloaded = |error: &&RunError| matches!(error, RunError::Overloaded { .. });
        refused[at] = pool.refused.iter().filter(overloaded).count();
        while pool.given.last().is_some_and(|(_, id)| *id != running) || pool.core.queue.len() > 0 {
            pool.finish(running);
            running = pool.given.last().map_or(running, |(_, id)| *id);
        }
    }
    assert_eq!(refused[0], 0);
    assert!(refused[1] > 10, "{refused:?}");
}

#[test]
fn jobs_in_a_pool_of_nobody_wait_and_are_told_in_time() {
    let mut pool = Pool::with(2);
    pool.core.resize(Resize::Exactly { min: 0, max: 4, target: 0 }, pool.now).expect("in bounds");
    pool.obey();
    let waits = pool.ask(Lane::Interactive, "key");
    assert_eq!((pool.who_has(waits), pool.core.status(pool.now).queued), (None, 1));
    let deadline = pool.core.deadline().expect("it does not wait for ever");
    pool.pass(deadline - pool.now);
    assert!(matches!(pool.refused[..], [RunError::Timeout { .. }]), "{:?}", pool.refused);
    let served = pool.ask(Lane::Interactive, "key");
    pool.core.resize(Resize::Target(4), pool.now).expect("in bounds");
    pool.obey();
    pool.up();
    assert!(pool.who_has(served).is_some());
}

#[test]
fn a_worker_that_ends_its_job_itself_at_the_limit_lives_and_the_job_timed_out() {
    let mut pool = Pool::with(1);
    for _ in 0..30 {
        let id = pool.ask(Lane::Interactive, "key");
        pool.finish(id);
    }
    for _ in 0..30 {
        let id = pool.ask(Lane::Interactive, "key");
        let worker = pool.who_has(id).expect("it runs");
        pool.core.finished(worker, Duration::from_mins(1), true, None, pool.now);
        pool.obey();
    }
    let status = pool.core.status(pool.now);
    assert_eq!((status.counters.timeouts, status.counters.served, status.counters.killed, status.idle), (30, 60, 0, 1));
    assert_eq!(pool.core.work.usual("key"), Some(Duration::from_millis(10)), "what was cut off is not usual");
}

#[test]
fn the_last_that_waits_in_an_overloaded_lane_is_served() {
    let mut pool = Pool::with(1);
    let first = pool.ask(Lane::Bulk, "a");
    let waiting: Vec<u64> = (0..4).map(|turn| pool.ask(Lane::Bulk, ["b", "c", "d", "e"][turn])).collect();
    pool.pass(Duration::from_secs(2));
    pool.finish(first);
    pool.pass(Duration::from_secs(2));
    pool.finish(waiting[0]);
    // Within the second that follows the judgement.
    pool.pass(Duration::from_millis(100));
    pool.finish(waiting[1]);
    let served: Vec<bool> = waiting.iter().map(|id| pool.who_has(*id).is_some()).collect();
    assert_eq!((&served[..], pool.refused.len()), (&[true, true, false, true][..], 1), "{:?}", pool.refused);
}

#[test]
fn deaths_are_counted_by_place_and_the_time_at_the_largest_size() {
    let mut pool = Pool::with(2);
    let id = pool.ask(Lane::Interactive, "key");
    let slot = pool.who_has(id).expect("it runs").slot;
    pool.die(id);
    pool.up();
    pool.core.resize(Resize::Target(16), pool.now).expect("in bounds");
    pool.pass(Duration::from_secs(5));
    pool.core.resize(Resize::Target(2), pool.now).expect("in bounds");
    pool.pass(Duration::from_secs(5));
    let status = pool.core.status(pool.now);
    let deaths: Vec<u64> = status.workers.iter().filter(|worker| worker.slot == slot).map(|worker| worker.crashes).collect();
    assert_eq!((deaths, status.at_max_ms, status.spawned_last_hour), (vec![1], 5_000, 3));
    assert!(status.offered_load.is_none(), "no job was done yet");
}
