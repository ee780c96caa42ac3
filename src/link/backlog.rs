//! Kept Intervals in columns: what an attaching console is handed instead of 40 MB of JSON.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::model::{CallRecord, Event, Gauges, Interval, ServerInfo, SparseHistogram, State, ToolInterval};

use super::Welcome;

/// A [`Welcome`] in columns: one array per number, and per tool only the Intervals in which it was called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backlog {
    /// Who the server is.
    pub info: ServerInfo,
    /// What holds now; `None` before the first Interval.
    pub state: Option<Box<State>>,
    /// Kept calls, oldest first.
    pub calls: Vec<CallRecord>,
    sequence: Vec<u64>,
    time_ms: Vec<u64>,
    length_ms: Vec<u32>,
    dropped: Vec<u64>,
    gauges: GaugeColumns,
    events: Vec<(usize, Event)>,
    tools: BTreeMap<Arc<str>, ToolColumns>,
}

/// Declares the columns of [`Gauges`] and both ways between them, so that a new gauge is named in one place here.
macro_rules! gauge_columns {
    ($($name:ident: $kind:ty),* $(,)?) => {
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        struct GaugeColumns { $($name: Vec<$kind>),* }

        impl GaugeColumns {
            fn push(&mut self, gauges: &Gauges) {
                $(self.$name.push(gauges.$name);)*
            }

            /// The gauges of one Interval; a column that is too short gives the default.
            fn get(&self, at: usize) -> Gauges {
                Gauges { $($name: self.$name.get(at).copied().unwrap_or_default()),* }
            }
        }
    };
}

gauge_columns! {
    cpu_percent: Option<f32>,
    memory_percent: Option<f32>,
    disk_read: Option<f32>,
    disk_write: Option<f32>,
    received: Option<f32>,
    sent: Option<f32>,
    own_cpu_percent: Option<f32>,
    own_rss_bytes: Option<u64>,
    queued: u32,
    live: u16,
    busy: u16,
    target: u16,
    utilisation: Option<f32>,
    oldest_wait_ms: u32,
}

/// One tool's Intervals; `at` counts places in the backlog.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct ToolColumns {
    at: Vec<usize>,
    calls: Vec<u32>,
    errors: Vec<u32>,
    queued: Vec<SparseHistogram>,
    ran: Vec<SparseHistogram>,
    total: Vec<SparseHistogram>,
    overhead: Vec<SparseHistogram>,
}

impl Backlog {
    /// Lays the welcome out in columns.
    #[must_use]
    pub fn pack(welcome: &Welcome) -> Self {
        let mut backlog = Self {
            info: welcome.info.clone(),
            state: welcome.intervals.last().and_then(|interval| interval.state.clone()),
            calls: welcome.calls.clone(),
            sequence: Vec::new(),
            time_ms: Vec::new(),
            length_ms: Vec::new(),
            dropped: Vec::new(),
            gauges: GaugeColumns::default(),
            events: Vec::new(),
            tools: BTreeMap::new(),
        };
        welcome.intervals.iter().for_each(|interval| backlog.push(interval));
        backlog
    }

    fn push(&mut self, interval: &Interval) {
        let at = self.sequence.len();
        self.sequence.push(interval.sequence);
        self.time_ms.push(interval.time_ms);
        self.length_ms.push(interval.length_ms);
        self.dropped.push(interval.dropped);
        self.gauges.push(&interval.gauges);
        self.events.extend(interval.events.iter().map(|event| (at, event.clone())));
        for tool in &interval.tools {
            self.tools.entry(Arc::clone(&tool.tool)).or_default().push(at, tool);
        }
    }

    /// The welcome back. Columns of unequal length, which only a damaged or foreign source has, give defaults.
    #[must_use]
    pub fn unpack(self) -> Welcome {
        let mut intervals: Vec<Interval> = (0..self.sequence.len()).map(|at| self.interval(at)).collect();
        for (at, event) in self.events {
            if let Some(interval) = intervals.get_mut(at) {
                interval.events.push(event);
            }
        }
        for (name, columns) in self.tools {
            columns.spread(&name, &mut intervals);
        }
        if let Some(last) = intervals.last_mut() {
            last.state = self.state;
        }
        Welcome { info: self.info, intervals: intervals.into_iter().map(Arc::new).collect(), calls: self.calls }
    }

    fn interval(&self, at: usize) -> Interval {
        Interval {
            sequence: self.sequence[at],
            time_ms: self.time_ms.get(at).copied().unwrap_or_default(),
            length_ms: self.length_ms.get(at).copied().unwrap_or(1_000),
            gauges: self.gauges.get(at),
            dropped: self.dropped.get(at).copied().unwrap_or_default(),
            ..Interval::default()
        }
    }
}

impl ToolColumns {
    fn push(&mut self, at: usize, tool: &ToolInterval) {
        self.at.push(at);
        self.calls.push(tool.calls);
        self.errors.push(tool.errors);
        self.queued.push(tool.queued.clone());
        self.ran.push(tool.ran.clone());
        self.total.push(tool.total.clone());
        self.overhead.push(tool.overhead.clone());
    }

    fn spread(self, name: &Arc<str>, intervals: &mut [Interval]) {
        let numbers = self.at.into_iter().zip(self.calls).zip(self.errors);
        let histograms = self.queued.into_iter().zip(self.ran).zip(self.total.into_iter().zip(self.overhead));
        for (((at, calls), errors), ((queued, ran), (total, overhead))) in numbers.zip(histograms) {
            if let Some(interval) = intervals.get_mut(at) {
                interval.tools.push(ToolInterval { tool: Arc::clone(name), calls, errors, queued, ran, total, overhead });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Severity;

    fn interval(sequence: u64, tools: &[&str]) -> Interval {
        let histogram = SparseHistogram(vec![u8::try_from(sequence % 250).expect("under 250"), 7]);
        let tool = |name: &&str| ToolInterval {
            tool: Arc::from(*name),
            calls: 3,
            errors: 1,
            queued: SparseHistogram::default(),
            ran: histogram.clone(),
            total: histogram.clone(),
            overhead: histogram.clone(),
        };
        Interval {
            sequence,
            time_ms: sequence * 1_000,
            length_ms: 1_000,
            gauges: Gauges { cpu_percent: (!sequence.is_multiple_of(3)).then_some(12.5), queued: 4, ..Gauges::default() },
            tools: tools.iter().map(tool).collect(),
            events: vec![Event { time_ms: sequence, severity: Severity::Info, text: "said".into() }],
            ..Interval::default()
        }
    }

    #[test]
    fn columns_come_back_as_the_same_intervals() {
        let mut last = interval(40, &["b"]);
        last.state = Some(Box::new(State { calls: 9, ..State::default() }));
        let mut intervals: Vec<_> =
            (1..40).map(|at| Arc::new(interval(at, if at % 2 == 0 { &["a", "b"] } else { &[] }))).collect();
        intervals.push(Arc::new(last));
        let welcome = Welcome { info: ServerInfo { host: "mini".into(), ..ServerInfo::default() }, intervals, calls: Vec::new() };
        let json = serde_json::to_string(&Backlog::pack(&welcome)).expect("plain data");
        let back = serde_json::from_str::<Backlog>(&json).expect("own text").unpack();
        assert_eq!(back.intervals, welcome.intervals);
        assert_eq!(back.info.host, "mini");
    }

    #[test]
    fn uneven_columns_give_defaults_and_no_panic() {
        let mut backlog = Backlog::pack(&Welcome {
            info: ServerInfo::default(),
            intervals: vec![Arc::new(interval(1, &["a"])), Arc::new(interval(2, &["a"]))],
            calls: Vec::new(),
        });
        backlog.time_ms.truncate(1);
        backlog.gauges.queued.clear();
        backlog.tools.values_mut().for_each(|tool| tool.at = vec![9, 1]);
        let back = backlog.unpack();
        assert_eq!(back.intervals.len(), 2);
        assert_eq!(back.intervals[1].time_ms, 0);
    }
}
