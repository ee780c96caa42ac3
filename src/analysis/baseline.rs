//! How the server was in its first quiet minutes, kept for each host.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::calls::Trace;

/// How long the server runs before its baseline is taken.
const AFTER_MS: u64 = 300_000;
/// How often kinds of work that are not known yet are looked for, in ms.
const EACH_MS: u64 = 60_000;
/// Fewer calls than this are no baseline of a kind of work.
const LEAST_CALLS: u64 = 20;
/// Most kinds of work that are remembered.
const MOST: usize = 500;

/// How a host's server was when nothing was wrong.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Baseline {
    /// The machine.
    pub host: String,
    /// When it was taken, milliseconds since 1970.
    pub taken_ms: u64,
    /// Busy share of the processors, in percent.
    pub cpu_percent: Option<f64>,
    /// Used share of memory, in percent.
    pub memory_percent: Option<f64>,
    /// 95th percentile of what kmtop added, in ms.
    pub added_p95_ms: Option<f64>,
    /// kmtop's own memory, in bytes.
    pub own_rss_bytes: Option<u64>,
    /// Mean microseconds of each kind of work's own: a macro is slow against itself only.
    pub own_us: Arc<BTreeMap<String, f64>>,
}

/// What the machine is like now.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Now {
    pub(super) cpu_percent: Option<f64>,
    pub(super) memory_percent: Option<f64>,
    pub(super) added_p95_ms: Option<f64>,
    pub(super) own_rss_bytes: Option<u64>,
    /// Nothing is over its limit.
    pub(super) quiet: bool,
}

/// Takes the baseline, and adds kinds of work as they come.
#[derive(Debug, Clone, Default)]
pub(super) struct Keeper {
    baseline: Baseline,
    began_ms: Option<u64>,
    looked_ms: u64,
}

impl Keeper {
    /// Goes on from what an earlier server of this host has kept.
    pub(super) fn new(host: &str, kept: Option<Baseline>) -> Self {
        let fresh = || Baseline { host: host.to_owned(), ..Baseline::default() };
        let baseline = kept.filter(|kept| kept.host == host).unwrap_or_else(fresh);
        Self { baseline, began_ms: None, looked_ms: 0 }
    }

    pub(super) fn baseline(&self) -> &Baseline {
        &self.baseline
    }

    /// Looks once a minute; returns whether there is something new to keep. What is seen while anything is wrong is not learnt.
    pub(super) fn look(&mut self, now_ms: u64, trace: &Trace, now: impl FnOnce() -> Now) -> bool {
        let began = *self.began_ms.get_or_insert(now_ms);
        if now_ms.saturating_sub(began) < AFTER_MS || now_ms.abs_diff(self.looked_ms) < EACH_MS {
            return false;
        }
        self.looked_ms = now_ms;
        let now = now();
        let mut kinds: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for call in trace.calls().filter(|call| call.worker && !call.failed) {
            let kind = kinds.entry(&call.key).or_default();
            *kind = (kind.0 + 1, kind.1 + call.own_us);
        }
        let unknown = |name: &str| !self.baseline.own_us.contains_key(name);
        let fresh: Vec<(String, f64)> = kinds
            .into_iter()
            .filter(|(name, (calls, _))| *calls >= LEAST_CALLS && unknown(name))
            .map(|(name, (calls, own))| (name.to_owned(), own as f64 / calls as f64))
            .take(MOST.saturating_sub(self.baseline.own_us.len()))
            .collect();
        let first = self.baseline.taken_ms == 0;
        if !now.quiet || (fresh.is_empty() && !first) {
            return false;
        }
        if first {
            let Now { cpu_percent, memory_percent, added_p95_ms, own_rss_bytes, .. } = now;
            let host = std::mem::take(&mut self.baseline.host);
            let own_us = Arc::clone(&self.baseline.own_us);
            self.baseline = Baseline { host, taken_ms: now_ms, cpu_percent, memory_percent, added_p95_ms, own_rss_bytes, own_us };
        }
        Arc::make_mut(&mut self.baseline.own_us).extend(fresh);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_taken_after_five_quiet_minutes_and_goes_on_from_what_was_kept() {
        let trace = Trace::default();
        let now = |quiet| Now { cpu_percent: Some(12.0), quiet, ..Now::default() };
        let mut keeper = Keeper::new("mini", None);
        assert!(!keeper.look(1_000, &trace, || now(true)));
        assert!(!keeper.look(301_000, &trace, || now(false)), "something is wrong");
        assert!(keeper.look(361_000, &trace, || now(true)));
        assert_eq!((keeper.baseline().taken_ms, keeper.baseline().cpu_percent), (361_000, Some(12.0)));
        assert!(!keeper.look(421_000, &trace, || now(true)), "nothing new");
        let kept = Some(keeper.baseline().clone());
        assert_eq!(Keeper::new("mini", kept.clone()).baseline().taken_ms, 361_000);
        assert_eq!(Keeper::new("other", kept).baseline().taken_ms, 0, "another machine's says nothing of this one");
    }
}
