//! What the pool knows of each kind of work: how much of it runs, and how long it usually takes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use crate::model::Job;

/// Kinds of work that are remembered; one that does not run and was not used for longest goes first.
const KINDS: usize = 512;
/// Runs of one kind that its usual time is reckoned from, the newest.
const RECENT: usize = 64;
/// Fewer runs than this say nothing about what is usual.
const ENOUGH: usize = 20;
/// A slow run takes at least so long, and so many times its kind's 95th percentile.
pub(crate) const SLOW: Duration = Duration::from_secs(1);
const SLOW_FACTOR: u32 = 5;

/// All work, by its key and by what it uses.
#[derive(Debug, Default)]
pub(super) struct Work {
    kinds: HashMap<Arc<str>, Kind>,
    /// Jobs that run now, by the name whose limit they fall under.
    targets: BTreeMap<Arc<str>, u16>,
    turn: u64,
}

#[derive(Debug, Default)]
struct Kind {
    running: u16,
    /// The newest run times, in microseconds.
    recent: Vec<u32>,
    next: usize,
    used: u64,
}

impl Work {
    /// A job was given to a worker.
    pub(super) fn began(&mut self, job: &Job) {
        self.turn += 1;
        if !self.kinds.contains_key(&job.key) {
            self.make_room();
            self.kinds.insert(Arc::clone(&job.key), Kind::default());
        }
        if let Some(kind) = self.kinds.get_mut(&job.key) {
            kind.running += 1;
            kind.used = self.turn;
        }
        for target in job.counted() {
            *self.targets.entry(Arc::clone(target)).or_default() += 1;
        }
    }

    /// Its worker no longer has it. `ran` is how long it took, if it was done.
    pub(super) fn ended(&mut self, key: &str, targets: &[Arc<str>], ran: Option<Duration>) {
        if let Some(kind) = self.kinds.get_mut(key) {
            kind.running = kind.running.saturating_sub(1);
            if let Some(ran) = ran {
                kind.note(u32::try_from(ran.as_micros()).unwrap_or(u32::MAX));
            }
        }
        for target in targets {
            if let Some(running) = self.targets.get_mut(target) {
                *running = running.saturating_sub(1);
            }
        }
    }

    /// How many jobs of this key run now.
    pub(super) fn running(&self, key: &str) -> u16 {
        self.kinds.get(key).map_or(0, |kind| kind.running)
    }

    /// How many jobs under this name's limit run now.
    pub(super) fn using(&self, target: &str) -> u16 {
        self.targets.get(target).copied().unwrap_or_default()
    }

    /// The 95th percentile of the newest runs of this key; `None` while there are too few.
    pub(super) fn usual(&self, key: &str) -> Option<Duration> {
        let recent = &self.kinds.get(key)?.recent;
        if recent.len() < ENOUGH {
            return None;
        }
        let mut sorted = recent.clone();
        sorted.sort_unstable();
        Some(Duration::from_micros(u64::from(sorted[(sorted.len() * 95).div_ceil(100) - 1])))
    }

    /// Whether a job that took this long in all is slow for its kind.
    pub(super) fn is_slow(&self, key: &str, took: Duration) -> bool {
        took >= SLOW && self.usual(key).is_none_or(|usual| took >= usual * SLOW_FACTOR)
    }

    fn make_room(&mut self) {
        if self.kinds.len() < KINDS {
            return;
        }
        let idle = self.kinds.iter().filter(|(_, kind)| kind.running == 0);
        let oldest = idle.min_by_key(|(_, kind)| kind.used).map(|(key, _)| Arc::clone(key));
        oldest.and_then(|key| self.kinds.remove(&key));
    }
}

impl Kind {
    fn note(&mut self, micros: u32) {
        if self.recent.len() < RECENT {
            self.recent.push(micros);
        } else {
            self.recent[self.next % RECENT] = micros;
        }
        self.next += 1;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn job(key: &str) -> Job {
        Job { key: key.into(), targets: vec!["Finder".into()], ..Job::new("run_macro", Value::Null, "test", SLOW) }
    }

    #[test]
    fn slow_is_over_a_second_and_over_five_times_the_usual() {
        let mut work = Work::default();
        let seconds = Duration::from_secs;
        assert!(work.is_slow("backup", seconds(1)) && !work.is_slow("backup", Duration::from_millis(999)));
        for _ in 0..30 {
            work.began(&job("backup"));
            work.ended("backup", &[], Some(seconds(2)));
        }
        assert_eq!(work.usual("backup"), Some(seconds(2)));
        assert!(!work.is_slow("backup", seconds(9)) && work.is_slow("backup", seconds(10)));
    }

    #[test]
    fn what_runs_is_counted_and_old_kinds_go() {
        let mut work = Work::default();
        work.began(&job("first"));
        assert_eq!((work.running("first"), work.using("Finder")), (1, 1));
        for number in 0..2 * KINDS {
            let job = job(&number.to_string());
            work.began(&job);
            work.ended(&job.key, &job.targets, None);
        }
        assert_eq!((work.kinds.len(), work.running("first"), work.using("Finder")), (KINDS, 1, 1), "what runs is kept");
        work.ended("first", &["Finder".into()], None);
        assert_eq!((work.running("first"), work.using("Finder")), (0, 0));
    }
}
