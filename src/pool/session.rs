//! A worker's process while it lives: its channel, its life, and the process groups that it started.

use std::{collections::BTreeSet, time::Duration};

use tokio::time::timeout;

use crate::backend::{
    Channel, Fault, Life,
    protocol::{Message, Request},
};

/// How long a worker has to end once it was told to by a signal.
const TERMINATE_GRACE: Duration = Duration::from_secs(1);

/// A worker's process and what it has reported of its own children.
pub(super) struct Session {
    pub(super) channel: Channel,
    life: Box<dyn Life>,
    groups: BTreeSet<u32>,
}

impl Session {
    pub(super) fn new(channel: Channel, life: Box<dyn Life>) -> Self {
        Self { channel, life, groups: BTreeSet::new() }
    }

    pub(super) fn note_group(&mut self, process_group: u32, alive: bool) {
        if alive {
            self.groups.insert(process_group);
        } else {
            self.groups.remove(&process_group);
        }
    }

    /// Kills the worker and all that it has reported, once: later the numbers might belong to others.
    fn kill_now(&mut self) {
        let groups: Vec<u32> = std::mem::take(&mut self.groups).into_iter().collect();
        self.life.kill(&groups);
    }

    /// Kills the worker and all that it started, and waits until it is gone.
    pub(super) async fn kill(&mut self) -> String {
        self.kill_now();
        let how = self.life.ended().await;
        // A child may have been started while its report was still in the pipe.
        let late = timeout(Duration::from_millis(200), self.channel.last_groups()).await.unwrap_or_default();
        self.life.kill(&late);
        how
    }

    /// Cleans up after a fault, and says what became of the worker, for people.
    pub(super) async fn end_after(&mut self, fault: &Fault) -> String {
        // A closed pipe mostly means that the process is ending: its own word on why is worth a moment.
        let closed = matches!(fault, Fault::Ended | Fault::Pipe(_));
        let own_end = if closed { timeout(Duration::from_millis(100), self.life.ended()).await.ok() } else { None };
        self.kill().await;
        own_end.unwrap_or_else(|| fault.to_string())
    }

    /// Asks the worker to stop a job whose answer nobody wants any more, and waits for that answer for a while. With it the worker
    /// has cleaned up by itself.
    pub(super) async fn ask_to_stop(&mut self, id: u64, grace: Duration) {
        let asked = async {
            self.channel.send(&Request::Cancel { id }).await?;
            loop {
                match self.channel.next().await? {
                    Message::Result { .. } | Message::Error { .. } => return Ok::<_, Fault>(()),
                    Message::Group { process_group, alive: true, .. } => self.groups.insert(process_group),
                    Message::Group { process_group, .. } => self.groups.remove(&process_group),
                    _ => false,
                };
            }
        };
        // What comes of it is all the same: the worker goes either way.
        let _ = timeout(grace, asked).await;
    }

    /// Ends the worker and all that it started: first by the signal that may be caught, then by the one that may not.
    pub(super) async fn stop(&mut self) {
        let groups: Vec<u32> = self.groups.iter().copied().collect();
        self.life.terminate(&groups);
        let _ = timeout(TERMINATE_GRACE, self.life.ended()).await;
        // What it started may have outlived it.
        self.kill().await;
    }

    /// Asks the worker to go by ending its stdin; kills it when it does not.
    pub(super) async fn retire(&mut self) {
        self.channel.close().await;
        if timeout(Duration::from_secs(1), self.life.ended()).await.is_err() {
            self.kill().await;
        }
    }
}

impl Drop for Session {
    /// A server that is ended at once drops its workers where they stand: their scripts must not outlive them.
    fn drop(&mut self) {
        if self.life.pid().is_some() {
            self.kill_now();
        }
    }
}
