//! How finely history is kept: seconds for an hour, ten seconds for a day, minutes for as long as is set.

use std::ops::RangeInclusive;

/// One fineness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Level {
    /// Seconds of one row; also its number in the tables.
    pub(super) seconds: u64,
}

/// The finest: Intervals as they came.
pub(super) const SECOND: Level = Level { seconds: 1 };
/// Between.
pub(super) const TEN: Level = Level { seconds: 10 };
/// The coarsest.
pub(super) const MINUTE: Level = Level { seconds: 60 };
/// All of them, the coarsest first.
pub(super) const LEVELS: [Level; 3] = [MINUTE, TEN, SECOND];

impl Level {
    /// The bucket that an Interval with this end belongs to.
    pub(super) fn bucket(self, time_ms: u64) -> u64 {
        time_ms.saturating_sub(1) / self.length_ms()
    }

    /// The ends that an Interval of this bucket may have.
    pub(super) fn ends(self, bucket: u64) -> RangeInclusive<u64> {
        bucket * self.length_ms() + 1..=(bucket + 1) * self.length_ms()
    }

    /// Milliseconds of a bucket.
    pub(super) fn length_ms(self) -> u64 {
        self.seconds * 1_000
    }
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Milliseconds for which seconds are kept.
    pub seconds_ms: u64,
    /// Milliseconds for which tens of seconds are kept.
    pub tens_ms: u64,
    /// Milliseconds for which minutes are kept.
    pub minutes_ms: u64,
    /// Bytes that the file may have. Beyond, the oldest goes, whatever its age.
    pub bytes: u64,
}

impl Keep {
    const HOUR_MS: u64 = 3_600_000;

    /// An hour of seconds, a day of tens, and so many days of minutes.
    #[must_use]
    pub fn days(days: u64, bytes: u64) -> Self {
        Self { seconds_ms: Self::HOUR_MS, tens_ms: 24 * Self::HOUR_MS, minutes_ms: days * 24 * Self::HOUR_MS, bytes }
    }

    /// For how long a level is kept, in milliseconds.
    pub(super) fn of(&self, level: Level) -> u64 {
        match level {
            SECOND => self.seconds_ms,
            TEN => self.tens_ms,
            _ => self.minutes_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_hold_the_intervals_that_end_in_them() {
        for (time_ms, bucket) in [(1, 0), (10_000, 0), (10_001, 1), (20_000, 1), (0, 0)] {
            assert_eq!(TEN.bucket(time_ms), bucket, "{time_ms}");
        }
        assert_eq!(TEN.ends(1), 10_001..=20_000);
        assert!(MINUTE.ends(MINUTE.bucket(60_000)).contains(&60_000));
    }
}
