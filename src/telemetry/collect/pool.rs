//! The pool.

use super::Page;
use crate::{
    model::{BreakerState, Lane, PoolStatus, WorkerState},
    telemetry::{Point, definition},
};

/// Every state of a worker with its label, so that one in which there is none shows 0.
const STATES: [(WorkerState, &str); 8] = [
    (WorkerState::Starting, "starting"),
    (WorkerState::Warming, "warming"),
    (WorkerState::Idle, "idle"),
    (WorkerState::Busy, "busy"),
    (WorkerState::Draining, "draining"),
    (WorkerState::Stuck, "stuck"),
    (WorkerState::Killing, "killing"),
    (WorkerState::Backoff, "backoff"),
];

pub(super) fn collect(page: &mut Page, pool: &PoolStatus) {
    let in_state = |state| pool.workers.iter().filter(|worker| worker.state == state).count() as f64;
    page.add(&definition::WORKERS, STATES.map(|(state, label)| Point::new(&[label], in_state(state))));
    let bounds = [("target", pool.target), ("min", pool.min), ("max", pool.max)];
    page.add(&definition::SIZE, bounds.map(|(bound, size)| Point::new(&[bound], f64::from(size))));
    queue(page, pool);
    page.one(&definition::UTILIZATION, pool.utilisation);
    page.one(&definition::EFFICIENCY, pool.efficiency);
    page.one(&definition::REUSE, pool.reuse_share);
    page.one(&definition::OFFERED, pool.offered_load);
    page.one(&definition::AT_MAX, pool.at_max_ms as f64 / 1e3);
    page.one(&definition::DEGRADED, f64::from(u8::from(pool.degraded.is_some())));
    let open = pool.breakers.iter().filter(|breaker| breaker.state != BreakerState::Closed).count();
    page.one(&definition::BREAKERS, open as f64);
    let counters = &pool.counters;
    let jobs = [("served", counters.served), ("timeout", counters.timeouts), ("repeated", counters.repeated)];
    page.add(&definition::JOBS, jobs.map(|(event, count)| Point::new(&[event], count as f64)));
    page.add(&definition::SHED, pool.shed_by.iter().map(|(reason, count)| Point::new(&[reason.word()], *count as f64)));
    let workers = [("spawned", counters.spawned), ("crashed", counters.crashed), ("killed", counters.killed)];
    page.add(&definition::WORKER_EVENTS, workers.map(|(event, count)| Point::new(&[event], count as f64)));
    let recycled = pool.recycled_by.iter();
    page.add(&definition::RECYCLED, recycled.map(|(reason, count)| Point::new(&[reason.word()], *count as f64)));
    let memory: Vec<u64> = pool.workers.iter().chain(&pool.reserve).filter_map(|worker| worker.rss_bytes).collect();
    page.one(&definition::WORKER_MEMORY, (!memory.is_empty()).then(|| memory.iter().sum::<u64>() as f64));
    page.one(&definition::START_TIME, pool.start.map(|start| start.p95_us as f64 / 1e6));
}

fn queue(page: &mut Page, pool: &PoolStatus) {
    let lanes = [Lane::Control].into_iter().chain(Lane::QUEUED);
    let waiting = |lane| f64::from(pool.queued_by_lane.get(&lane).copied().unwrap_or(0));
    page.add(&definition::QUEUED, lanes.map(|lane| Point::new(&[lane.word()], waiting(lane))));
    page.one(&definition::QUEUE_BOUND, f64::from(pool.queue_bound));
    page.one(&definition::OLDEST_WAIT, pool.oldest_wait_ms.unwrap_or(0) as f64 / 1e3);
}
