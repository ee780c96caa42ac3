//! How much a program has written so far, for who follows its call.

use std::{
    ops::Add,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// Between two lines about a program's output.
pub(super) const LATER: Duration = Duration::from_millis(250);

/// How much a program has written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amount {
    bytes: u64,
    /// Ends of lines.
    lines: u64,
}

impl Amount {
    /// That of a piece of output.
    pub(super) fn of(output: &[u8]) -> Self {
        let ends = output.split(|byte| *byte == b'\n').count() - 1;
        Self { bytes: output.len() as u64, lines: ends as u64 }
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { bytes: self.bytes + other.bytes, lines: self.lines + other.lines }
    }
}

/// What was told of a program's output.
#[derive(Debug)]
pub(super) struct Written {
    /// The name under which somebody hears of it.
    name: String,
    told: Amount,
    last: Option<Instant>,
}

impl Written {
    /// Nothing yet.
    pub(super) fn new(name: String) -> Self {
        Self { name, told: Amount::default(), last: None }
    }

    /// What to say of it now, if there is more than before and the last time was a while ago.
    pub(super) fn so_far(&mut self, now: Amount) -> Option<Value> {
        if now == self.told || self.last.is_some_and(|last| last.elapsed() < LATER) {
            return None;
        }
        (self.told, self.last) = (now, Some(Instant::now()));
        Some(json!({ "run": self.name, "lines": now.lines, "bytes": now.bytes }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_told_and_not_too_often() {
        let mut written = Written::new("call 7".into());
        let mut amount = Amount::of(b"one\ntwo");
        assert_eq!(written.so_far(Amount::default()), None, "nothing was written");
        assert_eq!(written.so_far(amount), Some(json!({ "run": "call 7", "lines": 1, "bytes": 7 })));
        amount = amount + Amount::of(b"\n\n");
        assert_eq!(written.so_far(amount), None, "so soon");
        written.last = Instant::now().checked_sub(LATER);
        assert_eq!(written.so_far(amount), Some(json!({ "run": "call 7", "lines": 3, "bytes": 9 })));
        written.last = Instant::now().checked_sub(LATER);
        assert_eq!(written.so_far(amount), None, "nothing new");
    }
}
