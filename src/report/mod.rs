//! What a server did over a while, from its history: what went wrong and since when, what was changed and whether that helped, what is
//! promised, where time goes, and what comes next.
//!
//! | file | what it is |
//! |---|---|
//! | `gather` | reads the history once, into numbers over time and numbers of the whole |
//! | `samples` | what the server thought of itself, looked at each minute: alerts, bottlenecks, advice |
//! | `incidents` | alerts that belong together, from their beginning to their end |
//! | `changes` | what was changed, and how it was before and after |
//! | `trends` | what rises, and when it would meet its limit; how long the pool lasts |
//! | `shape` | the report itself, whose JSON is a contract for scripts |
//! | `words`, `charts`, `document` | it for people: as Markdown and as a page |

mod changes;
mod charts;
mod document;
mod gather;
mod incidents;
mod samples;
mod shape;
mod trends;
mod words;

pub use document::{html, markdown};
pub use gather::{Asked, gather};
pub use shape::{
    Advised, Blamed, Capacity, ChangeEffect, Effect, Incident, Level, PhaseShares, Point, Report, Summary, ToolRow, TrendLine,
};
