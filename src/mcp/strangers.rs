//! How often somebody came with a wrong token. Guessing is answered with a request to wait, and told of once; the right token is
//! never kept waiting.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Wrong tokens that are answered plainly within [`SPAN`].
const MOST: u32 = 50;
/// The span in which they are counted.
const SPAN: Duration = Duration::from_secs(10);

/// Counts wrong tokens.
#[derive(Debug, Default)]
pub(super) struct Strangers(Mutex<Option<Count>>);

#[derive(Debug)]
struct Count {
    began: Instant,
    wrong: u32,
}

impl Strangers {
    /// Notes a wrong token; true when there have been too many of late.
    pub(super) fn note(&self) -> bool {
        self.note_at(Instant::now())
    }

    fn note_at(&self, now: Instant) -> bool {
        let mut count = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Count { began: now, wrong: 0 };
        let kept = count.take().filter(|count| now.duration_since(count.began) < SPAN).unwrap_or(fresh);
        let wrong = kept.wrong.saturating_add(1);
        *count = Some(Count { wrong, ..kept });
        if wrong == MOST + 1 {
            tracing::warn!("more than {MOST} requests with a wrong token within {SPAN:?}; the rest of them is asked to wait");
        }
        wrong > MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_is_slowed_and_forgotten() {
        let strangers = Strangers::default();
        let began = Instant::now();
        let turns: Vec<bool> = (0..=MOST).map(|_| strangers.note_at(began)).collect();
        assert_eq!(turns.iter().filter(|slowed| **slowed).count(), 1);
        assert!(turns[MOST as usize] && strangers.note_at(began + SPAN / 2));
        assert!(!strangers.note_at(began + SPAN));
    }
}
