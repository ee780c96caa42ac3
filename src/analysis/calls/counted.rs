//! Counts of the last minutes, for the rules.

use std::{collections::VecDeque, sync::Arc};

use crate::{
    analysis::statistics::{RecentHistogram, STEP_S, Tally},
    model::{CallRecord, Interval},
    util::units,
};

/// Minutes over which failures are counted, in seconds: the rule's window, and the last minute.
const FAILURES_S: [u64; 2] = [300, 60];
/// Minutes of the response's percentile.
const ADDED_MINUTES: usize = 15;
/// Failures that are remembered, to tell of which kind they are.
const FAILURES: usize = 200;
/// Calls that are remembered as the slowest.
const SLOWEST: usize = 3;
/// How long a slow call is remembered, in ms.
const REMEMBERED_MS: u64 = 60_000;

/// What the rules on calls look at.
#[derive(Debug)]
pub(in crate::analysis) struct Counted {
    failures: Tally,
    added: RecentHistogram,
    failed: VecDeque<(u64, Arc<str>)>,
    slowest: Vec<CallRecord>,
}

impl Default for Counted {
    fn default() -> Self {
        Self {
            failures: Tally::new(STEP_S, &FAILURES_S),
            added: RecentHistogram::new(ADDED_MINUTES),
            failed: VecDeque::new(),
            slowest: Vec::new(),
        }
    }
}

impl Counted {
    /// Takes in the newest second.
    pub(in crate::analysis) fn push(&mut self, interval: &Interval) {
        let now = interval.time_ms;
        self.failures.advance(now);
        self.added.advance(now);
        self.slowest.retain(|call| now.saturating_sub(call.time_ms) < REMEMBERED_MS);
        let [window, _] = FAILURES_S;
        while self.failed.front().is_some_and(|(time, _)| now.saturating_sub(*time) > window * 1_000) {
            self.failed.pop_front();
        }
        for tool in &interval.tools {
            self.failures.add(u64::from(tool.calls), u64::from(tool.errors));
        }
        interval.calls.iter().for_each(|call| self.call(now, call));
    }

    fn call(&mut self, now: u64, call: &CallRecord) {
        if call.ending.is_error() {
            let code = call.code.clone().unwrap_or_else(|| Arc::from(call.ending.word()));
            self.failed.push_back((now, code));
            if self.failed.len() > FAILURES {
                self.failed.pop_front();
            }
        }
        let Some(added) = call.overhead_us() else { return };
        self.added.add(added);
        let at = self.slowest.partition_point(|other| other.overhead_us().unwrap_or_default() >= added);
        if at < SLOWEST {
            self.slowest.insert(at, call.clone());
            self.slowest.truncate(SLOWEST);
        }
    }

    /// Calls and failures in the rule's window.
    pub(in crate::analysis) fn failures(&self) -> (u64, u64) {
        self.failures.over(0)
    }

    /// Calls and failures in the last minute.
    pub(in crate::analysis) fn failures_in_a_minute(&self) -> (u64, u64) {
        self.failures.over(1)
    }

    /// The most frequent codes of failures, with their counts.
    pub(in crate::analysis) fn codes(&self) -> Option<String> {
        let mut counts: Vec<(&Arc<str>, usize)> = Vec::new();
        for (_, code) in &self.failed {
            match counts.iter_mut().find(|(known, _)| *known == code) {
                Some((_, count)) => *count += 1,
                None => counts.push((code, 1)),
            }
        }
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let words: Vec<String> = counts.iter().take(3).map(|(code, count)| format!("{code} {count}")).collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// How many of the failures of the last minute have one of these codes, and how many are remembered.
    pub(in crate::analysis) fn failures_with(&self, codes: &[&str], now_ms: u64) -> (usize, usize) {
        let newest = self.failed.iter().rev().take_while(|(time, _)| now_ms.saturating_sub(*time) < REMEMBERED_MS);
        newest.fold((0, 0), |(of, all), (_, code)| (of + usize::from(codes.contains(&&**code)), all + 1))
    }

    /// The 95th percentile of what kmtop added, over fifteen minutes, in ms; `None` of fewer than `least` calls.
    pub(in crate::analysis) fn added_p95_ms(&self, least: u64) -> Option<f64> {
        self.added.quantile_ms(0.95, least)
    }

    /// Calls of which it is known what kmtop added.
    pub(in crate::analysis) fn added_calls(&self) -> u64 {
        self.added.len()
    }

    /// The calls of the last minute to which most was added.
    pub(in crate::analysis) fn top_calls(&self) -> Vec<String> {
        let words = |call: &CallRecord| {
            let about = call.subject.as_ref().map(|subject| format!(" \"{subject}\"")).unwrap_or_default();
            let waited = call.queued_us.map(|queued| format!(", waited {}", units::span(queued))).unwrap_or_default();
            format!("#{} {}{about} +{}{waited}", call.id, call.tool, units::span(call.overhead_us().unwrap_or_default()))
        };
        self.slowest.iter().map(words).collect()
    }
}
