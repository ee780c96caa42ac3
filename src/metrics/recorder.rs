//! Where a call leaves its record: one push onto a lock-free queue with a bound.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

use crossbeam_queue::SegQueue;

use crate::model::CallRecord;

/// Takes call records from any thread and hands them to the hub at its tick.
///
/// Recording never waits and wakes nobody: waking a parked task costs 3 µs a call, a push 40 ns. A full queue drops the record
/// and counts it; the count is shown. The queue grows with what lies in it: one made in its full length took 11 MB of a server that
/// nobody calls.
#[derive(Debug)]
pub struct Recorder {
    calls: SegQueue<CallRecord>,
    capacity: usize,
    answers: SegQueue<AnswerSize>,
    dropped: AtomicU64,
    next_id: AtomicU64,
    /// Looked at when a tool comes and once a tick, never by a call.
    counters: Mutex<Vec<Arc<Counter>>>,
}

/// Counts the calls of one tool that are being answered.
#[derive(Debug)]
pub struct Counter {
    tool: Arc<str>,
    calls: AtomicU32,
}

/// How large one answer was, for those who pay for reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerSize {
    /// The tool.
    pub tool: Arc<str>,
    /// Who asked.
    pub client: Arc<str>,
    /// About so many bytes of JSON.
    pub bytes: u64,
    /// Rows of its longest list.
    pub rows: u64,
}

/// Sizes of answers that fit between two ticks; those beyond are not counted, for they are an estimate at best.
const ANSWERS: usize = 8_192;

/// A call that is being answered; dropping it takes the call off its tool's count.
#[derive(Debug)]
pub struct InFlight(Arc<Counter>);

impl Recorder {
    /// Records that fit between two ticks: more than a server on two cores can finish in a second.
    pub const CAPACITY: usize = 65_536;

    /// A recorder for these tools, to which others may come, whose queue holds `capacity` records (at least 1) and a few more
    /// when many threads push at one moment.
    #[must_use]
    pub fn new(tools: impl IntoIterator<Item = Arc<str>>, capacity: usize) -> Self {
        let recorder = Self {
            calls: SegQueue::new(),
            capacity: capacity.max(1),
            answers: SegQueue::new(),
            dropped: AtomicU64::new(0),
            next_id: AtomicU64::new(1),
            counters: Mutex::default(),
        };
        for tool in tools {
            let _ = recorder.counter(&tool);
        }
        recorder
    }

    fn counters(&self) -> MutexGuard<'_, Vec<Arc<Counter>>> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number for a new call.
    pub fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// The counter of a tool: the same one for the same name, also for a tool that goes and comes back while calls are under way.
    #[must_use]
    pub fn counter(&self, tool: &Arc<str>) -> Arc<Counter> {
        let mut counters = self.counters();
        if let Some(known) = counters.iter().find(|counter| counter.tool == *tool) {
            return Arc::clone(known);
        }
        let counter = Arc::new(Counter { tool: Arc::clone(tool), calls: AtomicU32::new(0) });
        counters.push(Arc::clone(&counter));
        counter
    }

    /// Forgets the counters that nobody holds any more: those of tools that are gone.
    pub fn forget_unused(&self) {
        self.counters().retain(|counter| Arc::strong_count(counter) > 1);
    }

    /// Leaves a finished call's record.
    pub fn record(&self, call: CallRecord) {
        if self.calls.len() < self.capacity {
            self.calls.push(call);
        } else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Leaves the size of an answer. A full queue drops it.
    pub fn note_answer(&self, answer: AnswerSize) {
        if self.answers.len() < ANSWERS {
            self.answers.push(answer);
        }
    }

    /// Takes the sizes that were left.
    pub fn take_answers(&self) -> Vec<AnswerSize> {
        std::iter::from_fn(|| self.answers.pop()).take(ANSWERS).collect()
    }

    /// Takes the oldest record that has not been taken.
    pub(super) fn take(&self) -> Option<CallRecord> {
        self.calls.pop()
    }

    /// Records dropped since the last question.
    pub(super) fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }

    /// Calls being answered now, by tool; tools without any are left out.
    #[must_use]
    pub fn in_flight(&self) -> Vec<(Arc<str>, u32)> {
        let counters = self.counters();
        let counts = counters.iter().map(|counter| (Arc::clone(&counter.tool), counter.calls.load(Ordering::Relaxed)));
        counts.filter(|(_, count)| *count > 0).collect()
    }
}

impl Counter {
    /// Counts a call until the guard drops.
    #[must_use]
    pub fn begin(self: &Arc<Self>) -> InFlight {
        self.calls.fetch_add(1, Ordering::Relaxed);
        InFlight(Arc::clone(self))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_that_goes_is_forgotten_once_its_calls_have_ended() {
        let recorder = Recorder::new([], 10);
        let name: Arc<str> = "resize".into();
        let counter = recorder.counter(&name);
        let call = counter.begin();
        drop(counter);
        recorder.forget_unused();
        assert_eq!(recorder.in_flight(), [(Arc::clone(&name), 1)], "its call goes on");
        let again = recorder.counter(&name);
        drop(call);
        assert!(recorder.in_flight().is_empty(), "one counter for one name");
        drop(again);
        recorder.forget_unused();
        assert!(recorder.counters().is_empty());
    }
}
