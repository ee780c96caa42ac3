//! Requests of clients by what they asked for: counted as they are answered, without a lock and without a ring, since of each only its
//! duration is kept.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwap;

use super::{BOUNDS_US, Buckets, OTHER};
use crate::model::Transport;

/// Most kinds of requests that are counted apart. Tools come and go while the server lives; those of one moment take far fewer.
const MOST: usize = 4_000;

/// A kind of request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operation {
    /// The method, out of a list of known ones.
    pub method: &'static str,
    /// The tool that was called, if it is registered.
    pub tool: Option<Arc<str>>,
    /// Why it came to nothing; `None` when it did not.
    pub failure: Option<Failure>,
    /// How the client came.
    pub transport: Transport,
    /// The version of the protocol, out of a list of known ones; `None` when it is not known.
    pub protocol: Option<&'static str>,
}

/// Why a request came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// A tool answered with an error.
    Tool,
    /// Its client cancelled it, or went away.
    Cancelled,
    /// It was answered with this JSON-RPC error.
    Code(i32),
}

impl fmt::Display for Failure {
    /// The value of OpenTelemetry's `error.type`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tool => formatter.write_str("tool_error"),
            Self::Cancelled => formatter.write_str("cancelled"),
            Self::Code(code) => write!(formatter, "{code}"),
        }
    }
}

/// Durations of one kind of request, added to from any thread.
#[derive(Debug, Default)]
struct Steps {
    counts: [AtomicU64; BOUNDS_US.len() + 1],
    sum_us: AtomicU64,
}

impl Steps {
    fn add(&self, micros: u64) {
        self.counts[Buckets::step(micros)].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(micros, Ordering::Relaxed);
    }

    fn read(&self) -> Buckets {
        Buckets::of(self.counts.each_ref().map(|count| count.load(Ordering::Relaxed)), self.sum_us.load(Ordering::Relaxed))
    }
}

/// All requests since the server started.
#[derive(Debug, Default)]
pub struct Operations {
    table: ArcSwap<HashMap<Operation, Arc<Steps>>>,
    /// Held while a kind is added, which is seldom.
    adding: Mutex<()>,
}

impl Operations {
    /// Counts a request that took so long, in microseconds.
    pub fn add(&self, operation: Operation, micros: u64) {
        if let Some(steps) = self.table.load().get(&operation) {
            return steps.add(micros);
        }
        self.adopt(operation).add(micros);
    }

    /// The place of a kind that is not there yet; beyond the bound that of all other tools.
    fn adopt(&self, mut operation: Operation) -> Arc<Steps> {
        let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        let known = self.table.load();
        if known.len() >= MOST && operation.tool.is_some() && !known.contains_key(&operation) {
            operation.tool = Some(OTHER.into());
        }
        if let Some(steps) = known.get(&operation) {
            return Arc::clone(steps);
        }
        let steps = Arc::<Steps>::default();
        let mut table = HashMap::clone(&known);
        table.insert(operation, Arc::clone(&steps));
        self.table.store(Arc::new(table));
        steps
    }

    /// The durations of each kind, in their order.
    pub fn totals(&self) -> BTreeMap<Operation, Buckets> {
        self.table.load().iter().map(|(operation, steps)| (operation.clone(), steps.read())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(tool: &str) -> Operation {
        Operation {
            method: "tools/call",
            tool: Some(tool.into()),
            failure: None,
            transport: Transport::Http,
            protocol: Some("2025-11-25"),
        }
    }

    #[test]
    fn every_request_is_counted_once_from_every_thread() {
        let operations = Operations::default();
        std::thread::scope(|scope| {
            for thread in 0..4_i32 {
                let operations = &operations;
                scope.spawn(move || {
                    for number in 0..1_000 {
                        operations.add(call(&format!("tool {}", number % 7)), 1_500);
                        operations.add(Operation { failure: Some(Failure::Code(thread)), ..call("one") }, 50);
                    }
                });
            }
        });
        let totals = operations.totals();
        assert_eq!(totals.len(), 7 + 4);
        assert_eq!(totals.values().map(Buckets::count).sum::<u64>(), 8_000);
        assert_eq!(totals.values().map(Buckets::sum_us).sum::<u64>(), 4_000 * 1_550);
    }

    #[test]
    fn kinds_are_bounded_and_no_request_is_lost() {
        let operations = Operations::default();
        for number in 0..MOST + 500 {
            operations.add(call(&number.to_string()), 1);
        }
        let totals = operations.totals();
        assert_eq!((totals.len(), totals[&call(OTHER)].count()), (MOST + 1, 500));
        operations.add(Operation { method: "ping", tool: None, ..call("") }, 1);
        assert_eq!(operations.totals().len(), MOST + 2, "a method without a tool has its place");
    }

    #[test]
    fn failures_are_named_as_open_telemetry_has_it() {
        let names = [Failure::Tool, Failure::Cancelled, Failure::Code(-32602)].map(|failure| failure.to_string());
        assert_eq!(names, ["tool_error", "cancelled", "-32602"]);
    }
}
