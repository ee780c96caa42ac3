//! How often macros ran, kept in the format of Keyboard Maestro's own `Keyboard Maestro Macro Stats.plist`.

mod keeper;
mod table;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{self, Sender},
    },
    time::{Duration, SystemTime},
};

pub use table::{Statistic, Table};

use keeper::{Keeper, Message};

/// A handle to the statistics of macros. Clones are cheap and share one thread, which saves what is left and ends with the last
/// of them.
///
/// A run is one message; the file is written seconds later, many runs at once. Two processes may keep one file: each adds its
/// own runs to what the file holds when it writes.
#[derive(Debug, Clone)]
pub struct Statistics {
    keeper: Sender<Message>,
    problem: Option<Arc<str>>,
}

impl Statistics {
    /// Reads the file and starts. A file that cannot be understood is kept beside under another name, and the count starts anew;
    /// [`Statistics::problem`] says so.
    #[must_use]
    pub fn start(path: PathBuf) -> Self {
        let (sender, messages) = mpsc::channel();
        let (keeper, mut problem) = Keeper::open(path);
        if let Err(error) = std::thread::Builder::new().name("statistics".into()).spawn(move || keeper.run(&messages)) {
            problem = Some(format!("the thread for the statistics cannot be started: {error}"));
        }
        if let Some(problem) = &problem {
            tracing::warn!("{problem}");
        }
        Self { keeper: sender, problem: problem.map(Into::into) }
    }

    /// What was wrong with the file at the start, and what became of it.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Counts a run of a macro that began at `when`. `seconds_saved` is added to the time saved as it is: Keyboard Maestro
    /// reckons it from its own idea of an action's worth, which is not known, so that kmtop's own runs give 0. Never waits.
    pub fn record(&self, uid: &str, when: SystemTime, seconds_saved: f64) {
        let _ = self.keeper.send(Message::Record(uid.to_uppercase(), Statistic::of_run(when, seconds_saved)));
    }

    /// The statistics of one macro; `None` when it never ran.
    pub fn get(&self, uid: &str) -> Option<Statistic> {
        let (reply, answer) = mpsc::channel();
        self.keeper.send(Message::Get(uid.to_uppercase(), reply)).ok()?;
        answer.recv().ok()?
    }

    /// The statistics of all macros that ever ran.
    pub fn all(&self) -> Table {
        let (reply, answer) = mpsc::channel();
        let asked = self.keeper.send(Message::All(reply));
        asked.ok().and_then(|()| answer.recv().ok()).unwrap_or_default()
    }

    /// Saves now and waits for it, at most `limit`; false when it was not done in time or failed. For the end of the program.
    #[must_use]
    pub fn flush(&self, limit: Duration) -> bool {
        let (reply, answer) = mpsc::channel();
        self.keeper.send(Message::Flush(reply)).is_ok() && answer.recv_timeout(limit).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests;
