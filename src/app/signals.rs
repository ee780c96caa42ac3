//! Signals of the operating system as events of this program.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What the operating system asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// To end: SIGTERM, SIGINT, SIGQUIT.
    End,
    /// The terminal hung up, or there is none and the settings are to be read again: SIGHUP.
    Hangup,
    /// The terminal has another size: SIGWINCH.
    Resize,
}

/// The signals that kmtop takes.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hangup: Signal,
    window: Signal,
}

impl Signals {
    /// Takes the signals over, from now on.
    pub(super) fn take() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hangup: signal(SignalKind::hangup())?,
            window: signal(SignalKind::window_change())?,
        })
    }

    /// The next one. Safe to abandon while it waits.
    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::End,
            _ = self.interrupt.recv() => Asked::End,
            _ = self.quit.recv() => Asked::End,
            _ = self.hangup.recv() => Asked::Hangup,
            _ = self.window.recv() => Asked::Resize,
        }
    }

    /// Waits until the program is asked to end.
    pub(super) async fn end(&mut self) {
        self.end_or(|| {}).await;
    }

    /// The same for a server without a terminal, whom SIGHUP tells to read its settings again.
    pub(super) async fn end_or(&mut self, reload: impl Fn()) {
        loop {
            match self.next().await {
                Asked::End => return,
                Asked::Hangup => reload(),
                Asked::Resize => {}
            }
        }
    }
}
