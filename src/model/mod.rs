//! Plain data that everybody speaks: what a call was, what happened in a second, what is wrong, what may be asked.
//!
//! Nothing here acts. Every type is serde data, so that a live server, an attached console and a recording tell the same story.
//! Times named `…_ms` are milliseconds; calendar times are milliseconds since 1970. A number that nobody knows is `None`, never 0.

mod access;
mod call;
mod command;
mod contract;
mod desktop;
mod frame;
mod health;
mod interval;
mod job;
mod judgement;
mod notice;
mod policy;
mod pool;
mod queue;
mod recycling;
mod server;
mod sizing;
mod system;
mod time_spent;
mod trace;
mod trial;

pub use access::{Allowance, Approval, Decision, HeldCall, Security, SecurityEvent, SecurityKind};
pub use call::{CallRecord, Ending, Transport};
pub use command::{APPROVAL, Change, Command, CommandError, Reply, Resize};
pub use contract::{Contract, ContractStatus};
pub use desktop::{Application, Desktop, Rectangle, Screen, Window};
pub use frame::{CacheFrame, EngineFrame, Frame, IoFrame, ScoreCost, ScoreFrame, ToolFrame, Totals};
pub use health::{Check, Condition, Health};
pub use interval::{Event, Gauges, Interval, SparseHistogram, State, ToolInterval};
pub use job::{Certainty, Job, JobError, Outcome, Phase, RunError};
pub use judgement::{
    Advice, AdviceOutcome, AdviceState, Alert, AlertState, ContextCost, Prediction, ResultCost, RiskClass, Severity,
};
pub use notice::{Notice, NoticeKind};
pub use policy::{Goal, Policy, PolicyChange, Profile, Strategy};
pub use pool::{PoolCounters, PoolStatus, WorkerState, WorkerStatus};
pub use queue::{Breaker, BreakerState, Lane, RecycleReason, ShedReason, SlowCall, Spread};
pub use recycling::Recycling;
pub use server::{Client, EngineStatus, ServerInfo};
pub use sizing::{Autopilot, Decided, DecisionInputs, DecisionPath, SizeDecision, SizingStatus, UsualLoad};
pub use system::{Disk, Memory, Network, OpenFiles, ProcessSample, SystemSample};
pub use time_spent::{Bottleneck, Cause, Laws, Phases};
pub use trace::Trace;
pub use trial::{TrialArm, TrialEffect, TrialKind, TrialStatus};
