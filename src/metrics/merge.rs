//! Several Intervals made one: how history looks from further away.

use std::{collections::BTreeMap, sync::Arc};

use hdrhistogram::Histogram;

use super::histogram::{decode, encode, latency};
use crate::model::{Event, Gauges, Interval, SparseHistogram, State, ToolInterval};

/// All that these count, in one.
#[must_use]
pub fn sum(histograms: impl IntoIterator<Item = Histogram<u32>>) -> Histogram<u32> {
    // A new one grows; one that was read back from bytes is as wide as those, and takes no longer times.
    histograms.into_iter().fold(latency(), |mut sum, histogram| {
        if let Err(error) = sum.add(histogram) {
            tracing::warn!(%error, "a histogram is left out");
        }
        sum
    })
}

/// Takes in Intervals, oldest first, and gives one that covers them all.
///
/// Counts are added and histograms merged, so a percentile is that of all calls together. Shares and rates are means over the time
/// in which they were known; what is a peak (waiting jobs, busy workers, the oldest wait) stays one; the rest is as it was at the end.
#[derive(Debug, Default)]
pub struct Merger<'a> {
    parts: Vec<&'a Interval>,
}

impl<'a> Merger<'a> {
    /// Adds the next Interval.
    pub fn add(&mut self, interval: &'a Interval) {
        self.parts.push(interval);
    }

    /// The one Interval, without calls; `None` when nothing was added.
    #[must_use]
    pub fn merged(&self) -> Option<Interval> {
        let last = self.parts.last()?;
        Some(Interval {
            sequence: last.sequence,
            time_ms: last.time_ms,
            length_ms: self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.length_ms)),
            gauges: self.gauges(&last.gauges),
            tools: self.tools(),
            calls: Vec::new(),
            events: self.events(),
            dropped: self.parts.iter().map(|part| part.dropped).sum(),
            state: self.state(),
        })
    }

    fn events(&self) -> Vec<Event> {
        self.parts.iter().flat_map(|part| part.events.iter().cloned()).collect()
    }

    fn state(&self) -> Option<Box<State>> {
        self.parts.iter().rev().find_map(|part| part.state.clone())
    }

    fn gauges(&self, last: &Gauges) -> Gauges {
        let mean = |number: fn(&Gauges) -> Option<f32>| {
            let known = self.parts.iter().filter_map(|part| Some((f64::from(number(&part.gauges)?), f64::from(part.length_ms))));
            let (sum, time) = known.fold((0.0, 0.0), |(sum, time), (number, length)| (sum + number * length, time + length));
            (time > 0.0).then(|| crate::util::numbers::narrow(sum / time))
        };
        let gauges = || self.parts.iter().map(|part| &part.gauges);
        Gauges {
            cpu_percent: mean(|gauges| gauges.cpu_percent),
            memory_percent: mean(|gauges| gauges.memory_percent),
            disk_read: mean(|gauges| gauges.disk_read),
            disk_write: mean(|gauges| gauges.disk_write),
            received: mean(|gauges| gauges.received),
            sent: mean(|gauges| gauges.sent),
            own_cpu_percent: mean(|gauges| gauges.own_cpu_percent),
            own_rss_bytes: gauges().filter_map(|gauges| gauges.own_rss_bytes).max(),
            queued: gauges().map(|gauges| gauges.queued).max().unwrap_or_default(),
            live: last.live,
            busy: gauges().map(|gauges| gauges.busy).max().unwrap_or_default(),
            target: last.target,
            utilisation: mean(|gauges| gauges.utilisation),
            oldest_wait_ms: gauges().map(|gauges| gauges.oldest_wait_ms).max().unwrap_or_default(),
        }
    }

    fn tools(&self) -> Vec<ToolInterval> {
        let mut by_name: BTreeMap<&Arc<str>, Vec<&ToolInterval>> = BTreeMap::new();
        for tool in self.parts.iter().flat_map(|part| &part.tools) {
            by_name.entry(&tool.tool).or_default().push(tool);
        }
        by_name.into_iter().map(|(name, parts)| merge_tool(name, &parts)).collect()
    }
}

fn merge_tool(name: &Arc<str>, parts: &[&ToolInterval]) -> ToolInterval {
    let phase = |of: fn(&ToolInterval) -> &SparseHistogram| merge_histograms(parts.iter().map(|part| of(part)));
    ToolInterval {
        tool: Arc::clone(name),
        calls: parts.iter().fold(0, |sum, part| sum.saturating_add(part.calls)),
        errors: parts.iter().fold(0, |sum, part| sum.saturating_add(part.errors)),
        queued: phase(|tool| &tool.queued),
        ran: phase(|tool| &tool.ran),
        total: phase(|tool| &tool.total),
        overhead: phase(|tool| &tool.overhead),
    }
}

/// One histogram of several. One whose bytes are damaged is left out.
fn merge_histograms<'a>(parts: impl Iterator<Item = &'a SparseHistogram>) -> SparseHistogram {
    let mut parts = parts.filter(|part| !part.0.is_empty());
    let Some(first) = parts.next() else { return SparseHistogram::default() };
    let Some(second) = parts.next() else { return first.clone() };
    let readable = [first, second].into_iter().chain(parts).filter_map(|part| {
        decode(part).unwrap_or_else(|error| {
            tracing::warn!(%error, "a histogram is left out");
            None
        })
    });
    encode(&sum(readable))
}

/// Merges a course of Intervals to steps: every Interval of a step becomes part of one.
#[derive(Debug)]
pub struct Steps {
    step_ms: u64,
    open: Vec<Interval>,
}

impl Steps {
    /// Steps of so many seconds, at least 1, counted from 1970.
    #[must_use]
    pub fn new(seconds: u64) -> Self {
        Self { step_ms: seconds.max(1) * 1_000, open: Vec::new() }
    }

    /// Takes in the next Interval; gives the step before, when this one begins another.
    pub fn push(&mut self, interval: Interval) -> Option<Interval> {
        let step = |interval: &Interval| interval.time_ms.saturating_sub(1) / self.step_ms;
        let done = self.open.last().is_some_and(|last| step(last) != step(&interval));
        let merged = if done { self.finish() } else { None };
        self.open.push(interval);
        merged
    }

    /// The last step.
    pub fn finish(&mut self) -> Option<Interval> {
        let open = std::mem::take(&mut self.open);
        // What is as coarse as the step already stays as it is.
        if open.len() == 1 {
            return open.into_iter().next();
        }
        let mut merger = Merger::default();
        for interval in &open {
            merger.add(interval);
        }
        merger.merged()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metrics::histogram;

    fn sparse(values: &[u64]) -> SparseHistogram {
        let mut made = latency();
        for value in values {
            histogram::record(&mut made, *value);
        }
        encode(&made)
    }

    fn counts(bytes: &SparseHistogram) -> Vec<(u64, u32)> {
        let Some(histogram) = decode(bytes).expect("own bytes") else { return Vec::new() };
        histogram.iter_recorded().map(|value| (value.value_iterated_to(), value.count_at_value())).collect()
    }

    fn interval(at: u64, tools: &[(&str, Vec<u64>)]) -> Interval {
        let tools = tools.iter().map(|(name, values)| ToolInterval {
            tool: Arc::from(*name),
            calls: u32::try_from(values.len()).expect("few"),
            errors: 1,
            total: sparse(values),
            queued: sparse(&values[..values.len() / 2]),
            ..ToolInterval::default()
        });
        let gauges = Gauges { queued: u32::try_from(at % 7).expect("small"), cpu_percent: Some(10.0), ..Gauges::default() };
        Interval { sequence: at, time_ms: at * 1_000, length_ms: 1_000, gauges, tools: tools.collect(), ..Interval::default() }
    }

    fn merge(parts: &[Interval]) -> Interval {
        let mut merger = Merger::default();
        for part in parts {
            merger.add(part);
        }
        merger.merged().expect("something was added")
    }

    proptest! {
        #[test]
        fn the_merge_equals_the_whole_however_it_is_grouped(
            seconds in proptest::collection::vec(proptest::collection::vec(1_u64..5_000_000_000, 0..6), 1..20),
            group in 1_usize..6,
        ) {
            let parts: Vec<Interval> =
                seconds.iter().enumerate().map(|(at, values)| interval(at as u64 + 1, &[("a", values.clone())])).collect();
            let groups: Vec<Interval> = parts.chunks(group).map(merge).collect();
            let (once, twice) = (merge(&parts), merge(&groups));
            let whole = sparse(&seconds.concat());
            for merged in [&once, &twice] {
                prop_assert_eq!(counts(&merged.tools[0].total), counts(&whole));
                prop_assert_eq!(merged.tools[0].calls as usize, seconds.concat().len());
                prop_assert_eq!(merged.length_ms as usize, seconds.len() * 1_000);
                prop_assert_eq!(merged.gauges.queued, parts.iter().map(|part| part.gauges.queued).max().unwrap_or_default());
                prop_assert_eq!(merged.gauges.cpu_percent, Some(10.0));
            }
            prop_assert_eq!(counts(&once.tools[0].queued), counts(&twice.tools[0].queued));
        }
    }

    #[test]
    fn means_are_over_known_time_and_peaks_stay() {
        let mut parts = [interval(1, &[]), interval(2, &[("b", vec![5])]), interval(3, &[("a", vec![9])])];
        parts[0].gauges = Gauges { cpu_percent: Some(90.0), busy: 4, live: 4, oldest_wait_ms: 70, ..Gauges::default() };
        parts[1].gauges = Gauges { cpu_percent: None, live: 2, ..Gauges::default() };
        parts[2].gauges = Gauges { cpu_percent: Some(30.0), live: 3, ..Gauges::default() };
        parts[2].length_ms = 3_000;
        let merged = merge(&parts);
        assert_eq!(merged.gauges.cpu_percent, Some(45.0));
        assert_eq!((merged.gauges.busy, merged.gauges.live, merged.gauges.oldest_wait_ms), (4, 3, 70));
        assert_eq!(merged.gauges.memory_percent, None, "what nobody knew stays unknown");
        assert_eq!(merged.tools.iter().map(|tool| &*tool.tool).collect::<Vec<_>>(), ["a", "b"]);
        assert!(Merger::default().merged().is_none());
    }

    #[test]
    fn damaged_bytes_are_left_out() {
        let good = sparse(&[10, 20]);
        let merged = merge_histograms([&SparseHistogram(vec![1, 2, 3]), &good, &SparseHistogram::default()].into_iter());
        assert_eq!(counts(&merged), counts(&good));
    }
}
