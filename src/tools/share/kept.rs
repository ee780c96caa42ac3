//! Answers that are kept for a moment.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use tokio::time::Instant;

use super::{Key, State};

/// Most bytes of all of them.
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// Longest answer that is kept, in bytes.
const LONGEST: usize = 256 * 1024;

/// An answer.
struct Kept {
    value: Value,
    subject: Option<Arc<str>>,
    /// What held when it was made.
    state: State,
    made: Instant,
    /// Counts up with every answer that is kept.
    number: u64,
    bytes: usize,
}

/// The answers.
#[derive(Default)]
pub(super) struct Answers {
    by_key: HashMap<Key, Kept>,
    /// In the order in which they were made; some are gone or were made anew meanwhile.
    order: VecDeque<(Key, u64)>,
    made: u64,
    bytes: usize,
    counts: Counts,
}

/// What was asked for, and why it was not there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// How often an answer was asked for.
    pub(super) asked: u64,
    /// How often there was one.
    pub(super) found: u64,
    /// How often there was one that still held and was only too old.
    pub(super) expired: u64,
    /// Answers that still held and made room for others.
    pub(super) crowded_out: u64,
}

impl Answers {
    /// An answer no older than `lifetime` that still holds.
    pub(super) fn get(&mut self, key: &Key, state: State, lifetime: Duration) -> Option<(Value, Option<Arc<str>>)> {
        self.counts.asked += 1;
        let kept = self.by_key.get(key)?;
        let holds = kept.state == state;
        if !holds || kept.made.elapsed() >= lifetime {
            self.counts.expired += u64::from(holds);
            self.forget(key);
            return None;
        }
        self.counts.found += 1;
        Some((kept.value.clone(), kept.subject.clone()))
    }

    /// Keeps an answer; `bytes` is its length as JSON, roughly. Of more than `most` the oldest go.
    pub(super) fn put(
        &mut self,
        key: Key,
        (value, subject): (Value, Option<Arc<str>>),
        state: State,
        bytes: usize,
        (most, lifetime): (usize, Duration),
    ) {
        let bytes = bytes + key.arguments.len();
        if bytes > LONGEST {
            return;
        }
        self.forget(&key);
        self.made += 1;
        let number = self.made;
        self.order.push_back((key.clone(), number));
        self.by_key.insert(key, Kept { value, subject, state, made: Instant::now(), number, bytes });
        self.bytes += bytes;
        loop {
            let crowded = self.by_key.len() > most || self.bytes > MOST_BYTES;
            if !crowded && self.order.len() <= 2 * most {
                return;
            }
            let Some((oldest, number)) = self.order.pop_front() else { return };
            if let Some(kept) = self.by_key.get(&oldest).filter(|kept| kept.number == number) {
                self.counts.crowded_out += u64::from(crowded && kept.made.elapsed() < lifetime);
                self.forget(&oldest);
            }
        }
    }

    fn forget(&mut self, key: &Key) {
        if let Some(kept) = self.by_key.remove(key) {
            self.bytes -= kept.bytes;
        }
    }

    /// How many there are, their bytes, and what was asked for.
    pub(super) fn count(&self) -> (usize, usize, Counts) {
        (self.by_key.len(), self.bytes, self.counts)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MOST: usize = 1_000;
    const ROOM: (usize, Duration) = (MOST, SECOND);

    fn key(number: usize) -> Key {
        Key { tool: "km_get_variable".into(), arguments: format!("{{\"name\":\"{number}\"}}"), rights: "owner".into() }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_holds_until_its_time_or_its_state_is_over() {
        let mut answers = Answers::default();
        let state = State { ended: Some(1), changes: 1, revision: 1 };
        assert_eq!(answers.get(&key(1), state, SECOND), None);
        answers.put(key(1), (json!("a"), None), state, 3, ROOM);
        assert_eq!(answers.get(&key(1), state, SECOND), Some((json!("a"), None)));
        let other = Key { rights: "another".into(), ..key(1) };
        assert_eq!(answers.get(&other, state, SECOND), None, "who has other rights has another answer");
        tokio::time::advance(SECOND).await;
        assert_eq!(answers.get(&key(1), state, SECOND), None);
        answers.put(key(1), (json!("a"), None), state, 3, ROOM);
        assert_eq!(answers.get(&key(1), State { changes: 2, ..state }, SECOND), None);
        let counts = Counts { asked: 5, found: 1, expired: 1, crowded_out: 0 };
        assert_eq!(answers.count(), (0, 0, counts));
    }

    #[tokio::test(start_paused = true)]
    async fn there_is_an_end_to_what_is_kept() {
        let mut answers = Answers::default();
        let state = State { ended: Some(0), changes: 0, revision: 0 };
        answers.put(key(0), (json!("x"), None), state, LONGEST + 1, ROOM);
        assert_eq!(answers.count().0, 0, "too long");
        for number in 0..3 * MOST {
            answers.put(key(number), (json!(number), None), state, 4, ROOM);
            answers.put(key(1), (json!("again"), None), state, 4, ROOM);
        }
        assert!(answers.count().0 <= MOST && answers.order.len() <= 2 * MOST);
        assert!(answers.count().2.crowded_out > 0, "they still held");
        assert_eq!(answers.get(&key(1), state, SECOND), Some((json!("again"), None)), "the newest stay");
        for number in 0..100 {
            answers.put(key(number), (json!(number), None), state, LONGEST - 100, ROOM);
        }
        assert!(answers.count().1 <= MOST_BYTES, "{:?}", answers.count());
    }
}
