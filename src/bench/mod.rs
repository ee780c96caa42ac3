//! Load tests: calls by plan against any MCP server, and what they took.
//!
//! The load is planned before the first call, from a seed; latency counts from the planned time. So a server that stands still for a while
//! pays for every call that would have come meanwhile, which a loop that waits for its answers would hide ("coordinated omission").
//!
//! | file | what it is |
//! |---|---|
//! | `scenario`, `settings`, `text`, `mix`, `schedule`, `replay` | what to call, and when |
//! | `target`, `line`, `visit` | the target, ways to it, what is brought to it and taken away again |
//! | `run` | making the calls |
//! | `tally`, `quantile`, `slo`, `watch`, `recovery` | what they took, how sure that is, whether it is good enough; the target's own numbers |
//! | `measure`, `search`, `sweep`, `usl`, `compare` | one measurement; the highest rate; throughput by workers; two servers in turns |
//! | `report`, `page`, `environment`, `live` | the result as text, JSON, HDR log and page; the view while it runs |
//! | `profile` | one operation, phase by phase |

mod compare;
mod environment;
mod line;
mod live;
mod measure;
mod mix;
mod page;
mod profile;
mod quantile;
mod recovery;
mod replay;
mod report;
mod run;
mod scenario;
mod schedule;
mod search;
mod settings;
mod slo;
mod sweep;
mod tally;
mod target;
mod text;
mod usl;
mod visit;
mod watch;

pub use compare::{ArmReport, BlockReport, Compared, Comparing};
pub use environment::Environment;
pub use line::{Line, Outcome};
pub use live::Live;
pub use measure::{Bench, Phase, Progress};
pub use mix::{Ask, MACRO, Mix, NAMES, Operation, Template, WAITING_MACRO, large_values, read as read_mix, ready};
pub use page::{page, profile_page};
pub use profile::{Ends, Profile, ProfileProgress, Usage, phases, profile_text};
pub use replay::plan as replay_plan;
pub use report::{Report, ToolReport, hdr_log, text as report_text};
pub use run::{Pace, Plan};
pub use scenario::{Scenario, Shape, Work, all as scenarios, find as find_scenario};
pub use schedule::{Arrivals, Stage};
pub use settings::{Arriving, ClientChoice, Settings};
pub use slo::Objective;
pub use sweep::{Step, Sweep, sweep};
pub use target::{Address, CLIENT, ClientKind};
pub use text::{rate, size, span, spans, stages, weights, workers};
pub use visit::{MACROS, Visit};
pub use watch::Track;

/// Why something could not be measured, for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BenchError(String);

impl BenchError {
    /// With these words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}
