//! What a crash left half done: its checkpoint, and how the next server takes it back.

use super::{Hub, door::exactly};
use crate::model::{Command, PoolStatus, Resize, Severity};

impl Hub {
    /// The command that puts everything where it is now, whatever becomes of this one; `None` where nothing stays of it that could be put
    /// back.
    pub(super) async fn checkpoint(&mut self, command: &Command) -> Option<Command> {
        match command {
            Command::ResizePool(_) => Some(Command::ResizePool(self.present_size().await?)),
            Command::SetPolicy { .. } => {
                Some(Command::SetPolicy { change: self.state.policy.whole(), size: Some(self.present_size().await?) })
            }
            Command::SetRecycling(_) => Some(Command::SetRecycling(self.parts.pool.status().await?.recycling)),
            Command::SetContract(contract) => Some(Command::SetContract(self.mind.contract(&contract.tool))),
            _ => None,
        }
    }

    async fn present_size(&mut self) -> Option<Resize> {
        let PoolStatus { min, max, target, .. } = self.parts.pool.status().await?;
        Some(exactly(crate::pool::Size { min, max, target }))
    }

    /// Takes back what a server before this one began and did not end: nobody knows how far it came. Everything goes to where it was
    /// before, the newest first, by the same functions that every change goes by.
    pub(super) async fn roll_back(&mut self) {
        for begun in self.journal.left_open() {
            let what = begun.text.clone();
            let came = match begun.inverse.clone() {
                Some(checkpoint) => self.make(checkpoint).await.map(|made| made.text),
                None => Ok("nothing of it stayed".to_owned()),
            };
            match came {
                Ok(came) => {
                    let change = self.journal.rolled_back(begun, self.now_ms()).await;
                    if let Some(change) = change {
                        self.mind.changed(&self.parts.judging, &change);
                    }
                    self.event(Severity::Warning, format!("rolled back, since a crash had left it open: {what} ({came})"));
                }
                // It stays open: the next start tries again.
                Err(error) => self.event(
                    Severity::Critical,
                    format!("a crash left this open, and it cannot be rolled back: {what}: {error}; set it by hand"),
                ),
            }
        }
        self.state.journal = self.journal.shown();
    }
}
