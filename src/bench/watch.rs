//! What the target says of itself each second, when it is a kmtop whose control socket we have.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hdrhistogram::Histogram;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::quantile::Summary;
use crate::{
    link::{Link, LinkEvent, Listener, Offer, Requests},
    metrics,
    model::{CallRecord, Interval, SparseHistogram, ToolInterval},
};

/// Follows a server.
pub struct Track {
    heard: Arc<Mutex<Heard>>,
    /// A link whose requests are gone ends.
    _requests: Requests,
}

#[derive(Default)]
struct Heard {
    points: Vec<Point>,
    calls: Vec<CallRecord>,
    keep_calls: bool,
}

/// The target in one second.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Point {
    /// When it ended, milliseconds since 1970.
    pub time_ms: u64,
    /// How long it was, in milliseconds.
    pub length_ms: u32,
    /// Live workers at its end.
    pub live: u16,
    /// Busy workers at its end.
    pub busy: u16,
    /// Workers there should be.
    pub target: u16,
    /// Jobs waiting for a worker at its end.
    pub queued: u32,
    /// Busy share of the live workers, 0 to 1.
    pub utilisation: Option<f32>,
    /// The server's processor time, in percent of one processor.
    pub server_cpu_percent: Option<f32>,
    /// The server's resident memory in bytes.
    pub server_rss_bytes: Option<u64>,
    /// The workers' processor time, in percent of one processor.
    pub workers_cpu_percent: Option<f32>,
    /// The workers' resident memory in bytes.
    pub workers_rss_bytes: Option<u64>,
    /// Workers whose memory is known.
    #[serde(skip)]
    weighed: u16,
    /// Counts since the server started: started, recycled, crashed, killed workers; shed and timed out jobs.
    #[serde(skip)]
    counts: [u64; 6],
    #[serde(skip)]
    tools: Vec<ToolInterval>,
}

/// The target over a while.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Numbers {
    /// Live workers × time.
    pub worker_seconds: f64,
    /// Busy workers × time.
    pub busy_seconds: f64,
    /// Workers started.
    pub spawned: u64,
    /// Workers retired.
    pub recycled: u64,
    /// Workers that died.
    pub crashed: u64,
    /// Workers killed.
    pub killed: u64,
    /// Jobs turned away.
    pub shed: u64,
    /// Jobs that met their deadline.
    pub timeouts: u64,
    /// The server's mean processor time, in percent of one processor.
    pub server_cpu_percent: Option<f64>,
    /// The workers' mean processor time, in percent of one processor.
    pub workers_cpu_percent: Option<f64>,
    /// The server's most resident memory in bytes.
    pub server_rss_bytes: Option<u64>,
    /// The workers' most resident memory in bytes, together.
    pub workers_rss_bytes: Option<u64>,
    /// The wait for a worker.
    pub queued: Summary,
    /// The time at a worker.
    pub ran: Summary,
    /// What the server itself added.
    pub overhead: Summary,
    /// The whole call as the server saw it.
    pub total: Summary,
}

struct Ear(Arc<Mutex<Heard>>);

impl Listener for Ear {
    fn offer(&self, event: LinkEvent) -> Offer {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            LinkEvent::Interval(interval) => heard.take(&interval),
            LinkEvent::Welcome(welcome) => {
                // The last one holds even before a second has passed.
                if let Some(last) = welcome.intervals.last() {
                    heard.take(last);
                }
            }
            LinkEvent::Reply { .. }
            | LinkEvent::Answer { .. }
            | LinkEvent::Archive(_)
            | LinkEvent::Playback(_)
            | LinkEvent::Recording(_)
            | LinkEvent::Lost { .. } => {}
        }
        Offer::Taken
    }
}

impl Heard {
    fn take(&mut self, interval: &Interval) {
        if self.points.last().is_none_or(|last| last.time_ms < interval.time_ms) {
            self.points.push(Point::of(interval));
            if self.keep_calls {
                self.calls.extend(interval.calls.iter().cloned());
            }
        }
    }
}

impl Point {
    fn of(interval: &Interval) -> Self {
        let gauges = &interval.gauges;
        let state = interval.state.as_deref();
        let workers = state.map(|state| &state.system.workers).filter(|workers| !workers.is_empty());
        let counts = state.map(|state| state.pool.counters).unwrap_or_default();
        Self {
            time_ms: interval.time_ms,
            length_ms: interval.length_ms,
            live: gauges.live,
            busy: gauges.busy,
            target: gauges.target,
            queued: gauges.queued,
            utilisation: gauges.utilisation,
            server_cpu_percent: gauges.own_cpu_percent,
            server_rss_bytes: gauges.own_rss_bytes,
            workers_cpu_percent: workers.and_then(|workers| workers.iter().map(|worker| worker.cpu_percent).sum()),
            weighed: workers.map_or(0, |workers| u16::try_from(workers.len()).unwrap_or(u16::MAX)),
            workers_rss_bytes: workers.map(|workers| workers.iter().map(|worker| worker.rss_bytes).sum()),
            counts: [counts.spawned, counts.recycled, counts.crashed, counts.killed, counts.shed, counts.timeouts],
            tools: interval.tools.clone(),
        }
    }

    /// The tools whose calls ended in it.
    pub(super) fn tools(&self) -> &[ToolInterval] {
        &self.tools
    }

    /// Resident memory of the server and its workers in bytes.
    #[must_use]
    pub fn rss_bytes(&self) -> Option<u64> {
        Some(self.server_rss_bytes? + self.workers_rss_bytes.unwrap_or(0))
    }
}

impl Track {
    /// Begins to follow the server behind this link; keeps its single calls if they are wanted.
    #[must_use]
    pub fn follow(link: Link, keep_calls: bool) -> Self {
        let heard = Arc::new(Mutex::new(Heard { keep_calls, ..Heard::default() }));
        Self { heard: Arc::clone(&heard), _requests: link.open(Ear(heard)) }
    }

    fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest second.
    #[must_use]
    pub fn latest(&self) -> Option<Point> {
        self.heard().points.last().cloned()
    }

    /// The seconds that ended between the two, in milliseconds since 1970.
    #[must_use]
    pub fn between(&self, from_ms: u64, to_ms: u64) -> Vec<Point> {
        self.heard().points.iter().filter(|point| point.time_ms > from_ms && point.time_ms <= to_ms).cloned().collect()
    }

    /// The single calls that came in, and no longer keeps them.
    #[must_use]
    pub fn take_calls(&self) -> Vec<CallRecord> {
        std::mem::take(&mut self.heard().calls)
    }

    /// Waits until a second is known that ended at `time_ms` or later, at most `limit`.
    pub async fn wait_for(&self, time_ms: u64, limit: Duration) {
        self.wait_until(limit, |point| point.time_ms >= time_ms).await;
    }

    /// Waits until the newest second tells the memory of every live worker, at most `limit`: a server that has just started has not
    /// looked at its workers yet, and would seem to have grown by all of them.
    pub async fn wait_for_memory(&self, limit: Duration) {
        self.wait_until(limit, |point| point.weighed >= point.live && point.live >= point.target).await;
    }

    async fn wait_until(&self, limit: Duration, good: impl Fn(&Point) -> bool) {
        let deadline = Instant::now() + limit;
        while self.latest().is_none_or(|point| !good(&point)) && Instant::now() < deadline {
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// What these seconds come to; `before` is the second before them, which counts begin from.
#[must_use]
pub(super) fn numbers(before: Option<&Point>, points: &[Point]) -> Option<Numbers> {
    let last = points.last()?;
    let seconds = |point: &Point| f64::from(point.length_ms) / 1_000.0;
    let begun = before.or(points.first()).map_or([0; 6], |point| point.counts);
    let [spawned, recycled, crashed, killed, shed, timeouts] =
        std::array::from_fn(|place| last.counts[place].saturating_sub(begun[place]));
    let mean = |of: fn(&Point) -> Option<f32>| {
        let known: Vec<f64> = points.iter().filter_map(of).map(f64::from).collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    let tools = || points.iter().flat_map(|point| &point.tools);
    Some(Numbers {
        worker_seconds: points.iter().map(|point| f64::from(point.live) * seconds(point)).sum(),
        busy_seconds: points
            .iter()
            .map(|point| f64::from(point.utilisation.unwrap_or(0.0)) * f64::from(point.live) * seconds(point))
            .sum(),
        spawned,
        recycled,
        crashed,
        killed,
        shed,
        timeouts,
        server_cpu_percent: mean(|point| point.server_cpu_percent),
        workers_cpu_percent: mean(|point| point.workers_cpu_percent),
        server_rss_bytes: points.iter().filter_map(|point| point.server_rss_bytes).max(),
        workers_rss_bytes: points.iter().filter_map(|point| point.workers_rss_bytes).max(),
        queued: summary(tools().map(|tool| &tool.queued)),
        ran: summary(tools().map(|tool| &tool.ran)),
        overhead: summary(tools().map(|tool| &tool.overhead)),
        total: summary(tools().map(|tool| &tool.total)),
    })
}

fn summary<'a>(parts: impl Iterator<Item = &'a SparseHistogram>) -> Summary {
    let mut whole: Histogram<u32> = metrics::latency();
    for part in parts {
        if let Ok(Some(part)) = metrics::decode(part)
            && let Err(error) = whole.add(&part)
        {
            tracing::warn!(%error, "a histogram of the target could not be added");
        }
    }
    Summary::of(&whole, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Gauges, State};

    fn interval(second: u64, live: u16, spawned: u64, micros: &[u64]) -> Interval {
        let mut total = metrics::latency();
        for micros in micros {
            metrics::record(&mut total, *micros);
        }
        let mut state = State::default();
        state.pool.counters.spawned = spawned;
        Interval {
            time_ms: second * 1_000,
            length_ms: 1_000,
            gauges: Gauges { live, utilisation: Some(0.5), own_rss_bytes: Some(1_000 * second), ..Gauges::default() },
            tools: vec![ToolInterval { total: metrics::encode(&total), ..ToolInterval::default() }],
            state: Some(Box::new(state)),
            ..Interval::default()
        }
    }

    #[test]
    fn seconds_are_merged() {
        let points: Vec<Point> =
            [interval(1, 2, 5, &[9]), interval(2, 4, 7, &[100, 200]), interval(3, 4, 8, &[300])].iter().map(Point::of).collect();
        let numbers = numbers(points.first(), &points[1..]).expect("numbers");
        assert_eq!((numbers.spawned, numbers.server_rss_bytes, numbers.workers_rss_bytes), (3, Some(3_000), None));
        assert!((numbers.worker_seconds - 8.0).abs() < 1e-9 && (numbers.busy_seconds - 4.0).abs() < 1e-9);
        assert_eq!((numbers.total.calls, numbers.total.max_us, numbers.queued.calls), (3, Some(300), 0));
        assert_eq!(super::numbers(None, &[]), None);
    }
}
