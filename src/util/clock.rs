//! One anchor that pairs the monotonic clock (spans) with the calendar clock (people).

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Pairs an [`Instant`] with the calendar time at which it was taken.
///
/// Spans and deadlines are reckoned in `Instant`, which never jumps; a calendar time is derived only to be shown or stored.
#[derive(Debug, Clone, Copy)]
pub struct Anchor {
    instant: Instant,
    unix: Duration,
}

impl Anchor {
    /// Takes both clocks now. A calendar clock before 1970 counts as 1970.
    #[must_use]
    pub fn now() -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { instant: Instant::now(), unix }
    }

    /// Milliseconds since 1970 at `instant`; instants before the anchor clamp to the anchor.
    #[must_use]
    pub fn unix_ms(&self, instant: Instant) -> u64 {
        let at = self.unix + instant.saturating_duration_since(self.instant);
        u64::try_from(at.as_millis()).unwrap_or(u64::MAX)
    }

    /// The same with a calendar that was set by so many seconds.
    #[cfg(test)]
    pub(crate) fn set_by(self, seconds: i64) -> Self {
        let by = Duration::from_secs(seconds.unsigned_abs());
        Self { unix: if seconds < 0 { self.unix.saturating_sub(by) } else { self.unix + by }, ..self }
    }
}

/// Milliseconds since 1970, now.
#[must_use]
pub fn unix_ms() -> u64 {
    Anchor::now().unix_ms(Instant::now())
}

/// A span in whole microseconds, saturating.
#[must_use]
pub fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// A span in whole milliseconds, saturating.
#[must_use]
pub fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
