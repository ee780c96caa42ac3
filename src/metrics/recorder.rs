//! Where a call leaves its record: one push into a bounded lock-free ring.

use std::sync::{
    Arc,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

use crossbeam_queue::ArrayQueue;

use crate::model::CallRecord;

/// Takes call records from any thread and hands them to the hub at its tick.
///
/// Recording never waits and wakes nobody: waking a parked task costs 3 µs a call, a push 40 ns. A full ring drops the record
/// and counts it; the count is shown.
#[derive(Debug)]
pub struct Recorder {
    ring: ArrayQueue<CallRecord>,
    answers: ArrayQueue<AnswerSize>,
    dropped: AtomicU64,
    next_id: AtomicU64,
    tools: Vec<(Arc<str>, AtomicU32)>,
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
pub struct InFlight {
    recorder: Arc<Recorder>,
    tool: usize,
}

impl Recorder {
    /// Records that fit between two ticks: more than a server on two cores can finish in a second.
    pub const CAPACITY: usize = 65_536;

    /// A recorder for these tools, whose ring holds `capacity` records (at least 1).
    #[must_use]
    pub fn new(tools: impl IntoIterator<Item = Arc<str>>, capacity: usize) -> Self {
        Self {
            ring: ArrayQueue::new(capacity.max(1)),
            answers: ArrayQueue::new(capacity.clamp(1, ANSWERS)),
            dropped: AtomicU64::new(0),
            next_id: AtomicU64::new(1),
            tools: tools.into_iter().map(|name| (name, AtomicU32::new(0))).collect(),
        }
    }

    /// The number for a new call.
    pub fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Counts a call of the tool at this place among the recorder's tools until the guard drops.
    #[must_use]
    pub fn begin(self: &Arc<Self>, tool: usize) -> InFlight {
        if let Some((_, count)) = self.tools.get(tool) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        InFlight { recorder: Arc::clone(self), tool }
    }

    /// Leaves a finished call's record.
    pub fn record(&self, call: CallRecord) {
        if self.ring.push(call).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Leaves the size of an answer. A full ring drops it.
    pub fn note_answer(&self, answer: AnswerSize) {
        let _ = self.answers.push(answer);
    }

    /// Takes the sizes that were left.
    pub fn take_answers(&self) -> Vec<AnswerSize> {
        std::iter::from_fn(|| self.answers.pop()).take(ANSWERS).collect()
    }

    /// Takes the oldest record that has not been taken.
    pub(super) fn take(&self) -> Option<CallRecord> {
        self.ring.pop()
    }

    /// Records dropped since the last question.
    pub(super) fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }

    /// Calls being answered now, by tool; tools without any are left out.
    #[must_use]
    pub fn in_flight(&self) -> Vec<(Arc<str>, u32)> {
        let counts = self.tools.iter().map(|(name, count)| (Arc::clone(name), count.load(Ordering::Relaxed)));
        counts.filter(|(_, count)| *count > 0).collect()
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some((_, count)) = self.recorder.tools.get(self.tool) {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
