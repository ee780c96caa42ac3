//! Pure judgement: numbers over their limits become alerts, with a life of their own; where the time goes; what holds the server back.
//!
//! Everything here is a state machine on an injected clock: it is told what was measured and says what holds, so that live use,
//! simulation and tests run one code.
//!
//! | part | what it does |
//! |---|---|
//! | `rules` | the table of rules, and what each looks at |
//! | `judge` | the life of alerts: pending, firing, resolving; one for each cause; told once in five minutes |
//! | `detect` | leaks, shifts of a level, trends towards a limit, less than usual at this time of day |
//! | `calls` | the calls of the last minutes: where their time went, contracts, replays, the bottleneck |
//! | `score`, `baseline` | one number for it all, and how it was when nothing was wrong |
//! | `statistics` | medians, deviations, Mann–Kendall, Theil–Sen |

#[cfg(test)]
mod alarms;
mod analyst;
mod baseline;
mod calls;
mod detect;
mod judge;
mod rules;
mod score;
mod statistics;
mod watches;

pub use analyst::{Analyst, Setup};
pub use baseline::Baseline;
pub use calls::{Arrival, Done, Forecast, Inquiry, Trace, default_contract, forecast, replay};
pub use detect::{DAYS, DaySlots, Leak, SLOT_MS, Scale, Shift, Slot};
pub use judge::{Judge, Verdict};
pub use rules::{Observation, RULES, Rule, Scene, Stores, as_markdown};
pub use score::{Readings, score};
pub use statistics::{SIGMA, SortedRing, Trend, median};
