//! Telling when the time of a planned call has come.

use std::{sync::Arc, thread, time::Duration};

use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::Instant,
};

/// Longest sleep, after which it is asked whether anybody still listens.
const NAP: Duration = Duration::from_millis(100);

/// What tells the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// A thread that sleeps to the microsecond; the runtime's own timers know only milliseconds.
    Thread,
    /// The runtime's timers, whose clock may be a pretended one.
    Timer,
}

impl Pace {
    /// Gives the places of `times` since `start`, each when its time has come.
    pub(super) fn go(self, times: Arc<[Duration]>, start: Instant) -> UnboundedReceiver<usize> {
        let (sender, receiver) = unbounded_channel();
        match self {
            Self::Timer => {
                tokio::spawn(async move {
                    for (place, at) in times.iter().enumerate() {
                        tokio::time::sleep_until(start + *at).await;
                        if sender.send(place).is_err() {
                            return;
                        }
                    }
                });
            }
            Self::Thread => {
                let start = start.into_std();
                let tell = move || {
                    for (place, at) in times.iter().enumerate() {
                        loop {
                            let left = (start + *at).saturating_duration_since(std::time::Instant::now());
                            if left.is_zero() {
                                break;
                            }
                            if sender.is_closed() {
                                return;
                            }
                            thread::sleep(left.min(NAP));
                        }
                        if sender.send(place).is_err() {
                            return;
                        }
                    }
                };
                if let Err(error) = thread::Builder::new().name("bench-pace".into()).spawn(tell) {
                    tracing::error!(%error, "the thread that paces the load cannot be started");
                }
            }
        }
        receiver
    }
}
