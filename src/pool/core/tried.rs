//! What is tried out on the pool: a size that nobody set by hand, and other limits of life for part of the workers.

use std::time::Duration;

use tokio::time::Instant;

use super::{Core, Lives, Load, Size, recycle::Span};
use crate::model::{CommandError, Recycling, Resize};

/// Which workers something is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Every worker.
    All,
    /// Every second one: the others go on as before.
    Canary,
}

/// Whether the worker of this slot belongs to the canary, while there is one.
#[must_use]
pub fn is_canary(slot: u16) -> bool {
    slot.is_multiple_of(2)
}

/// The limits of life of the worker in this slot.
pub(super) fn lives(all: Lives, canary: Option<Lives>, slot: u16) -> Lives {
    canary.filter(|_| is_canary(slot)).unwrap_or(all)
}

impl From<Recycling> for Lives {
    fn from(wanted: Recycling) -> Self {
        let unless_0 = |number: u64| (number > 0).then_some(number);
        Self {
            calls: unless_0(wanted.calls),
            age: unless_0(wanted.age_s).map(Duration::from_secs),
            memory: unless_0(wanted.memory_mb).map(|megabytes| megabytes.saturating_mul(1_000_000)),
            ..Self::default()
        }
    }
}

impl From<Lives> for Recycling {
    fn from(lives: Lives) -> Self {
        Self {
            calls: lives.calls.unwrap_or_default(),
            age_s: lives.age.unwrap_or_default().as_secs(),
            memory_mb: lives.memory.unwrap_or_default() / 1_000_000,
        }
    }
}

impl<L: Load> Core<L> {
    /// Gives the pool a new size for this reason, which is not that somebody set it by hand.
    pub(in crate::pool) fn resize_for(
        &mut self,
        resize: Resize,
        why: String,
        now: Instant,
    ) -> Result<(Size, Size), CommandError> {
        let before = self.size;
        self.size = before.resized(resize)?;
        self.at_max.set(self.size.is_at_max(), now);
        self.reason = why;
        self.fill(now);
        self.shrink();
        self.replace_marked();
        self.assign(now);
        Ok((before, self.size))
    }

    /// Other limits of life for these workers, from their beginnings on; returns those that all had before. For all of them a canary ends.
    pub(in crate::pool) fn set_lives(&mut self, wanted: Recycling, part: Part, now: Instant) -> Recycling {
        let before = self.limits.lives;
        let wanted = Lives { heavy_percent: before.heavy_percent, ..Lives::from(wanted) };
        match part {
            Part::All => (self.limits.lives, self.canary) = (wanted, None),
            Part::Canary => self.canary = Some(wanted),
        }
        let (all, canary) = (self.limits.lives, self.canary);
        let chance = &mut self.chance;
        for slot in self.table.slots() {
            let lives = lives(all, canary, slot);
            if let Some(entry) = self.table.entry(slot) {
                let begun = entry.ready.unwrap_or(now);
                entry.span = Span::begin(&lives, begun, &mut *chance).weighing(entry.span);
            }
        }
        self.recycle(now);
        before.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_second_worker_has_the_limits_that_are_tried_out() {
        let (present, tried) =
            (Recycling { calls: 0, age_s: 1_800, memory_mb: 300 }, Recycling { calls: 50, ..Recycling::default() });
        let of = |slot| Recycling::from(lives(present.into(), Some(tried.into()), slot));
        assert_eq!([1, 2, 3, 4].map(of), [present, tried, present, tried]);
        assert_eq!(Recycling::from(lives(present.into(), None, 2)), present);
    }
}
