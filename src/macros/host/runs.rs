//! Other runs: those that a macro starts, cancels or waits for.

use std::{sync::Arc, time::Duration};

use super::{super::data::Macro, HostError};

/// Which runs a macro cancels. The run that asks is never among them: it ends itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Others {
    /// Every other one.
    All,
    /// Those of the macro with this UUID or name.
    Of(String),
}

/// How a macro's switch is to be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// On.
    Enable,
    /// Off.
    Disable,
    /// The other way round.
    Toggle,
}

impl Switch {
    /// The switch as Keyboard Maestro writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Enable => "Enable",
            Self::Disable => "Disable",
            Self::Toggle => "Toggle",
        }
    }

    /// The switch that Keyboard Maestro writes so.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        [Self::Enable, Self::Disable, Self::Toggle].into_iter().find(|switch| switch.word() == word)
    }
}

/// The macros of the library, and the runs beside this one.
pub trait Runs {
    /// What names this run: scripts get it as `KMINSTANCE`, texts as `%ExecutingInstance%`.
    fn instance(&mut self) -> String;

    /// The macro with this UUID, if there is one.
    ///
    /// # Errors
    /// When it cannot be asked for, or the run is cancelled meanwhile.
    fn macro_by_uid(&mut self, uid: &str) -> Result<Option<Arc<Macro>>, HostError>;

    /// Starts a macro as a run of its own, which outlives this one. Gives the number of the new run.
    ///
    /// # Errors
    /// When it cannot be started: it is unknown, or runs have started one another too deep.
    fn start_macro(&mut self, uid: &str, parameter: Option<&str>) -> Result<String, HostError>;

    /// Cancels other runs, and says how many.
    ///
    /// # Errors
    /// When nobody can be asked to.
    fn cancel_others(&mut self, which: &Others) -> Result<u64, HostError>;

    /// Whether a run of this macro goes on beside this one.
    ///
    /// # Errors
    /// When it is not known.
    fn is_executing(&mut self, uid: &str) -> Result<bool, HostError>;

    /// Switches a macro of the library on or off, for the runs to come.
    ///
    /// # Errors
    /// When the macro is unknown, or its file is not kmtop's to change.
    fn switch_macro(&mut self, uid: &str, switch: Switch) -> Result<(), HostError>;
}

/// Named locks that all runs on this machine share. A run holds each lock at most once; all that it holds it gives back at its end,
/// however it ends.
pub trait Semaphores {
    /// Takes a lock, waiting at most `limit` for it, for ever when `None`. False when the time was up. A lock that the run holds
    /// already is taken.
    ///
    /// # Errors
    /// When locks cannot be kept here, or the run is cancelled meanwhile.
    fn lock(&mut self, name: &str, limit: Option<Duration>) -> Result<bool, HostError>;

    /// Gives a lock back. False when this run does not hold it.
    ///
    /// # Errors
    /// When locks cannot be kept here.
    fn unlock(&mut self, name: &str) -> Result<bool, HostError>;

    /// Frees a lock, whoever holds it.
    ///
    /// # Errors
    /// When locks cannot be kept here.
    fn reset(&mut self, name: &str) -> Result<(), HostError>;

    /// Gives back every lock that the run holds.
    fn unlock_all(&mut self);
}
