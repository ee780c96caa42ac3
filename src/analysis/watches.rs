//! The watches that need no limit, each over its number: levels that shift, memory that leaks, calls that are missing.

use std::collections::BTreeMap;

use super::{
    detect::{DaySlots, Leak, Scale, Shift, span},
    rules::{Observation, Scene, find},
    statistics::{Course, STEP_MS, median},
};
use crate::model::Severity;

/// Calls whose times are kept in one step at most.
const MOST_CALLS: usize = 5_000;
/// Fewer calls than this in a step have no percentile and no mean.
const LEAST_CALLS: usize = 3;
/// Fewer calls than this in a step have no share of failures.
const LEAST_FOR_SHARE: usize = 5;

/// A number whose level is watched.
#[derive(Debug)]
struct Level {
    name: &'static str,
    unit: &'static str,
    /// Below this nobody minds, whatever it was.
    floor: f64,
    cause: &'static str,
    worst: Severity,
    shift: Shift,
}

impl Level {
    fn new(name: &'static str, unit: &'static str, floor: f64, (cause, worst): (&'static str, Severity)) -> Self {
        let scale = if unit == "%" { Scale::Arcsine } else { Scale::Logarithm };
        Self { name, unit, floor, cause, worst, shift: Shift::new(scale) }
    }

    fn observe(&self) -> Option<Observation> {
        let held = self.shift.held()?;
        let scale = if self.unit == "%" { 100.0 } else { 1.0 };
        let (now, usual) = (held.now * scale, held.usual * scale);
        if now < self.floor {
            return None;
        }
        let factor = now / usual.max(f64::EPSILON);
        let times = if factor < 100.0 { format!("{factor:.1} times") } else { "far over".to_owned() };
        let text = format!("{} is {now:.1} {}, {times} the {usual:.1} of the last half hour", self.name, self.unit);
        let limit = find("shift").warning;
        let evidence = format!("{now:.1} {} in three of the last four steps of ten seconds, {usual:.1} before", self.unit);
        let seen = Observation::holds("shift", self.name, (factor.max(limit), limit), text).with([evidence]);
        Some(seen.worst(self.worst).caused(self.cause))
    }
}

/// One step of ten seconds, as it fills.
#[derive(Debug, Default)]
struct Step {
    number: Option<u64>,
    added_us: Vec<f64>,
    waited_us: Vec<f64>,
    calls: usize,
    errors: usize,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Watches {
    levels: [Level; 4],
    step: Step,
    /// Calls a second.
    rate: Course,
    own: Leak,
    workers: BTreeMap<u32, Leak>,
    slots: DaySlots,
}

impl Default for Watches {
    fn default() -> Self {
        let levels = [
            Level::new("what kmtop adds (p95)", "ms", 10.0, ("pool", Severity::Warning)),
            Level::new("the mean wait for a worker", "ms", 10.0, ("pool", Severity::Warning)),
            Level::new("the share of failed calls", "%", 1.0, ("errors", Severity::Warning)),
            Level::new("the rate of calls", "/s", 1.0, ("shift", Severity::Info)),
        ];
        Self {
            levels,
            step: Step::default(),
            rate: Course::default(),
            own: Leak::default(),
            workers: BTreeMap::new(),
            slots: DaySlots::default(),
        }
    }
}

impl Watches {
    /// Takes in the newest second.
    pub(super) fn push(&mut self, scene: &Scene<'_>) {
        let interval = scene.interval;
        let now = interval.time_ms;
        let number = now / STEP_MS;
        if self.step.number.is_some_and(|open| number != open) {
            self.close();
        }
        self.step.number = Some(number);
        for call in &interval.calls {
            self.step.calls += 1;
            self.step.errors += usize::from(call.ending.is_error());
            if self.step.added_us.len() < MOST_CALLS {
                self.step.added_us.extend(call.overhead_us().map(|micros| micros as f64));
                self.step.waited_us.extend(call.queued_us.map(|micros| micros as f64));
            }
        }
        self.rate.push(now, Some(interval.calls.len() as f64 * 1_000.0 / f64::from(interval.length_ms.max(1))));
        if let Some(own) = scene.system.own {
            self.own.push(now, own.rss_bytes);
        }
        self.workers.retain(|pid, _| scene.system.workers.iter().any(|worker| worker.pid == *pid));
        for worker in &scene.system.workers {
            self.workers.entry(worker.pid).or_default().push(now, worker.rss_bytes);
        }
    }

    fn close(&mut self) {
        let mut step = std::mem::take(&mut self.step);
        let mean =
            |values: &[f64]| (values.len() >= LEAST_CALLS).then(|| values.iter().sum::<f64>() / values.len() as f64 / 1_000.0);
        let waited = mean(&step.waited_us);
        let share = (step.calls >= LEAST_FOR_SHARE).then(|| step.errors as f64 / step.calls as f64);
        let rate = (step.calls > 0).then(|| step.calls as f64 * 1_000.0 / STEP_MS as f64);
        let numbers = [p95_ms(&mut step.added_us), waited, share, rate];
        for (level, number) in self.levels.iter_mut().zip(numbers) {
            level.shift.push(number);
        }
    }

    /// What is usual at this time of day.
    pub(super) fn set_slots(&mut self, slots: DaySlots) {
        self.slots = slots;
    }

    /// What holds; `top_calls` are those of the last minute to which most was added.
    pub(super) fn observe(&self, scene: &Scene<'_>, top_calls: impl Fn() -> Vec<String>) -> Vec<Observation> {
        let mut seen: Vec<Observation> = self.levels.iter().filter_map(Level::observe).collect();
        for slow in seen.iter_mut().filter(|seen| seen.cause == "pool") {
            slow.evidence.extend(top_calls());
        }
        seen.extend(leak("kmtop", &self.own, find("own_memory").warning));
        for (pid, watched) in &self.workers {
            let slot = scene.pool.workers.iter().find(|worker| worker.pid == Some(*pid)).map(|worker| worker.slot);
            if let Some(slot) = slot {
                seen.extend(leak(&format!("worker {slot}"), watched, find("worker_memory").warning));
            }
        }
        seen.extend(self.missing(scene.interval.time_ms));
        seen
    }

    fn missing(&self, now_ms: u64) -> Option<Observation> {
        let window = find("throughput").window_s;
        let known = self.slots.began_ms == DaySlots::begin(now_ms) && !self.rate.points(window).is_empty();
        let rate = self.rate.mean(window).filter(|_| known)?;
        let missing = self.slots.missing(rate)?;
        let text = format!(
            "{rate:.1} calls a second in {} min, {:.0}% fewer than the {:.1} that are usual at this time",
            window / 60,
            missing.percent,
            missing.usual_per_s
        );
        let evidence = format!("the same ten minutes of {} days", self.slots.days.len());
        Some(Observation::holds("throughput", "calls", (missing.percent, find("throughput").warning), text).with([evidence]))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list, held within it")]
fn p95_ms(micros: &mut [f64]) -> Option<f64> {
    if micros.len() < LEAST_CALLS {
        return None;
    }
    // Of few calls the percentile is their largest, and a median of three steps takes no single one for a level.
    if micros.len() < 20 {
        return median(micros).and(micros.last().copied()).map(|most| most / 1_000.0);
    }
    let place = ((micros.len() as f64 * 0.95).ceil() as usize).saturating_sub(1);
    let (_, value, _) = micros.select_nth_unstable_by(place, f64::total_cmp);
    Some(*value / 1_000.0)
}

/// The alert of a leak, with when it meets the limit that its process has, in MB.
fn leak(subject: &str, watched: &Leak, limit_mb: f64) -> Option<Observation> {
    let found = watched.found()?;
    let rate = found.slope / 1e6;
    let hour = 3_600.0;
    let reaches = found.reaches(limit_mb * 1e6).map(|(hours, soonest, latest)| {
        format!(" and reaches {limit_mb} MB in {}", span(hours * hour, soonest * hour, latest * hour))
    });
    let text = format!("the memory of {subject} grows by {rate:.0} MB an hour{}", reaches.unwrap_or_default());
    let evidence = [
        format!("{:.0} MB now, {:.0} MB 15 minutes ago", found.end / 1e6, found.start / 1e6),
        format!("{:.0} to {:.0} MB an hour, Mann-Kendall z {:.1}", found.low / 1e6, found.high / 1e6, found.z),
    ];
    let limit = find("leak").warning;
    Some(Observation::holds("leak", subject, (rate.max(limit), limit), text).with(evidence))
}
