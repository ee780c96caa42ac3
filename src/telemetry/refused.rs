//! Requests turned away at the door.

use std::sync::atomic::{AtomicU64, Ordering};

/// The statuses that are counted apart; all others count as the last.
const STATUSES: [u16; 8] = [400, 401, 403, 413, 415, 429, 431, 500];

/// Counts requests that were turned away before anything of MCP looked at them, by the status that they got.
#[derive(Debug, Default)]
pub struct Refused([AtomicU64; STATUSES.len()]);

impl Refused {
    /// Counts one that got this status.
    pub fn note(&self, status: u16) {
        let place = STATUSES.iter().position(|known| *known == status).unwrap_or(STATUSES.len() - 1);
        self.0[place].fetch_add(1, Ordering::Relaxed);
    }

    /// How many got each status.
    pub fn counts(&self) -> impl Iterator<Item = (u16, u64)> {
        STATUSES.iter().zip(&self.0).map(|(status, count)| (*status, count.load(Ordering::Relaxed)))
    }
}
