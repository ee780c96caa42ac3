//! When workers are replaced, as it may be asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Limits of a worker's life; 0 is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recycling {
    /// Jobs after about which it is replaced.
    pub calls: u64,
    /// Seconds after about which it is replaced.
    pub age_s: u64,
    /// Megabytes from which on it is replaced at once.
    pub memory_mb: u64,
}

impl Recycling {
    /// What is different in `after`, for people.
    #[must_use]
    pub fn difference(self, after: Self) -> String {
        let never = |number: u64, unit: &str| if number == 0 { "never".to_owned() } else { format!("{number}{unit}") };
        let parts = [
            ("jobs", self.calls, after.calls, ""),
            ("age", self.age_s, after.age_s, " s"),
            ("memory", self.memory_mb, after.memory_mb, " MB"),
        ];
        let changed = parts.into_iter().filter(|(_, before, after, _)| before != after);
        let words =
            changed.map(|(name, before, after, unit)| format!("{name} {} -> {}", never(before, unit), never(after, unit)));
        format!("workers are replaced by {}", words.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_different_is_said() {
        let before = Recycling { calls: 0, age_s: 1_800, memory_mb: 300 };
        let after = Recycling { calls: 500, age_s: 7_200, ..before };
        assert_eq!(before.difference(after), "workers are replaced by jobs never -> 500, age 1800 s -> 7200 s");
    }
}
