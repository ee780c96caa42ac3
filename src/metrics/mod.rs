//! Pure stores of numbers: how calls become Intervals, and Intervals become a Frame at any window.
//!
//! A call's path touches only the [`Recorder`]: one push onto a lock-free queue with a bound. The hub drains the queue into the
//! [`Store`] each tick, which closes one Interval; a [`Window`] rolls over Intervals, adding the newest and subtracting the
//! oldest, on the server and in every console alike.

mod buckets;
mod cumulative;
mod histogram;
mod kept;
mod merge;
mod operations;
mod recorder;
mod store;
mod window;

pub use buckets::{BOUNDS_US, Buckets};
pub use cumulative::{ClientTotals, Cumulative, OTHER, ToolTotals};
pub use histogram::{HistogramError, decode, encode, latency, record};
pub use kept::Kept;
pub use merge::{Merger, Steps, sum};
pub use operations::{Failure, Operation, Operations};
pub use recorder::{AnswerSize, Counter, InFlight, Recorder};
pub use store::{Moment, Store};
pub use window::{Rolling, Track, Window, quantile, system_only};
