//! What a console, a tool or the optimizer may ask of the server, and the journal of what was changed.

use serde::{Deserialize, Serialize};

use super::{Contract, Decision, PolicyChange, Recycling};

/// A request to change something. Every change in the server goes through one of these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Sets the pool's size.
    ResizePool(Resize),
    /// Applies a piece of advice by its id; `None` takes the most urgent one that is open.
    ApplyAdvice {
        /// The advice.
        id: Option<u64>,
    },
    /// Applies every piece of advice that is safe.
    ApplyAllSafe,
    /// Applies a piece of advice that needs approval.
    ApproveAdvice {
        /// The advice; `None` for the most urgent one that is open.
        id: Option<u64>,
        /// What whoever approves has typed: [`APPROVAL`].
        word: String,
    },
    /// Puts a piece of advice away for a while.
    DismissAdvice {
        /// The advice; `None` for the most urgent one that is open.
        id: Option<u64>,
    },
    /// Takes the newest change back that has not been taken back.
    UndoChange,
    /// Promises something of a tool from now on, until the server ends; a contract that promises nothing is kept by anything.
    SetContract(Contract),
    /// What only the owner can do: a line of the settings, or a step on the machine, in words. It is advised and never obeyed.
    ByHand(String),
    /// Sets what the server may do by itself, and what it is after.
    SetPolicy {
        /// What is to be different.
        change: PolicyChange,
        /// The pool's size to go with it; `None` for the one that the strategy keeps warm.
        size: Option<Resize>,
    },
    /// Sets when workers are replaced, until the server ends.
    SetRecycling(Recycling),
    /// Cancels all that runs and refuses more, or lifts that.
    StopAll {
        /// Whether it is lifted.
        lift: bool,
    },
    /// Starts workers that wait for their start at once.
    WarmAll,
    /// Replaces a worker: another one starts, and it goes when it has nothing to do.
    DrainWorker {
        /// Its slot.
        slot: u16,
    },
    /// Cancels the call of a worker and has the worker replaced; one that does not obey is killed.
    KillWorker {
        /// Its slot.
        slot: u16,
    },
    /// Answers a call that waits for the owner.
    AnswerCall {
        /// The call; `None` takes the only one that waits.
        id: Option<u64>,
        /// The answer.
        decision: Decision,
    },
    /// Takes a standing yes back.
    ForgetApproval {
        /// The approval.
        id: u64,
    },
    /// Reads the file of tokens anew, now and not at the next tick.
    ReadTokens,
}

/// What is typed to approve advice that is not safe.
pub const APPROVAL: &str = "apply";

/// A new size for the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resize {
    /// This many workers, within the pool's `min` and `max`.
    Target(u16),
    /// This many more or fewer, stopping at `min` and `max`.
    By(i16),
    /// New bounds; the target moves into them.
    Bounds {
        /// Smallest target; with 0 the pool may be told to let calls wait.
        min: u16,
        /// Largest target, up to [`Resize::LARGEST`].
        max: u16,
    },
    /// Bounds and target at once: what an undo puts back.
    Exactly {
        /// Smallest target.
        min: u16,
        /// Largest target.
        max: u16,
        /// The target.
        target: u16,
    },
}

impl Resize {
    /// More worker processes than this are refused: no machine that runs macros gains by them.
    pub const LARGEST: u16 = 512;
}

/// A command that was obeyed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// What was done, for people.
    pub text: String,
    /// The journal's entry, when something changed.
    pub change: Option<Change>,
}

/// A command that was not obeyed. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct CommandError {
    /// Stable code in `snake_case`.
    pub code: String,
    /// What is not so, and what to do.
    pub message: String,
}

impl CommandError {
    /// An error with this code and message.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }
}

/// One line of the journal of changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Counts up from 1 for each server.
    pub id: u64,
    /// When, milliseconds since 1970.
    pub time_ms: u64,
    /// Who asked: `console`, a client's name, `advice 3`.
    pub by: String,
    /// What was done, for people.
    pub text: String,
    /// The command that takes it back.
    pub inverse: Command,
    /// Whether it has been taken back.
    pub undone: bool,
}
