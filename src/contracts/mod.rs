//! Promises held against what was measured: of tools, and of kmtop itself. Pure.
//!
//! A promise is kept, broken, or could not be measured; the last is never taken for the first.
//!
//! | file | what it is |
//! |---|---|
//! | `promises` | what is promised: by the settings, by a file, by default |
//! | `measured` | what was measured: by a server's Intervals, by the JSON of a load test |
//! | `verdict` | each promise beside its number |

mod measured;
mod promises;
mod verdict;

pub use measured::{Collector, Load, Measured, ToolTimes};
pub use promises::{PromiseError, Promises};
pub use verdict::{Line, Outcome, Verdict, check};
