//! What a server that systemd started tells it: that it is ready, that its loop turns, that it ends.
//!
//! Everywhere else, and when the unit does not ask for it, none of this says anything.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::stack::Stack;
use crate::{hub, pool};

/// Ends the signs of life when it goes.
pub(super) struct Supervised {
    _beats: Option<DropGuard>,
}

impl Supervised {
    /// Says that the server is ready, and from now on that it lives, as often as the unit wants to hear it.
    pub(super) fn ready(stack: &Stack) -> Self {
        let url = stack.url().unwrap_or_default();
        say(&[NotifyState::Ready, NotifyState::Status(&format!("listening on {url}"))]);
        let beats = sd_notify::watchdog_enabled().map(|limit| {
            let stop = CancellationToken::new();
            let (hub, pool) = (stack.hub.clone(), stack.pool().clone());
            let alive = move || alive(hub.clone(), pool.clone());
            let beat = beat(limit, alive, || say(&[NotifyState::Watchdog]));
            let ended = stop.clone();
            tokio::spawn(async move { ended.run_until_cancelled(beat).await });
            stop.drop_guard()
        });
        Self { _beats: beats }
    }
}

/// Says that the server ends, with a word about what it waits for.
pub(super) fn stopping(words: &str) {
    say(&[NotifyState::Stopping, NotifyState::Status(words)]);
}

fn say(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "systemd could not be told how the server is");
    }
}

/// The owner of the numbers and that of the workers both answer: neither task hangs, nor the runtime that they share.
async fn alive(hub: hub::Handle, pool: pool::Handle) -> bool {
    pool.status().await.is_some() && hub.state().await.is_some()
}

/// Says three times in each span of `limit` that the server lives, but only after it has shown it.
async fn beat<L: Future<Output = bool>>(limit: Duration, alive: impl Fn() -> L, say: impl Fn()) {
    let mut ticks = tokio::time::interval((limit / 3).max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if alive().await {
            say();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, future::pending};

    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    /// How often a loop beats within ten limits, whose questions are answered up to the `lives`th.
    async fn beats(lives: u32, answer: bool) -> u32 {
        let (asked, heard) = (Cell::new(0), Cell::new(0));
        let alive = || {
            asked.set(asked.get() + 1);
            let hangs = asked.get() > lives;
            async move { if hangs { pending().await } else { answer } }
        };
        let _ = tokio::time::timeout(10 * LIMIT, beat(LIMIT, alive, || heard.set(heard.get() + 1))).await;
        heard.get()
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_turns_beats_three_times_in_each_span() {
        assert!((30..=31).contains(&beats(u32::MAX, true).await));
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_hangs_or_has_ended_falls_silent() {
        assert_eq!(beats(4, true).await, 4);
        assert_eq!(beats(u32::MAX, false).await, 0);
    }
}
