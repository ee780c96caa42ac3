//! What no fixed limit finds: memory that grows without end, levels that shift, numbers on their way to a limit, less than usual at this time of day.

mod leak;
mod shift;
mod slot;
mod trends;

#[cfg(test)]
pub(super) mod simulated;

pub use leak::Leak;
pub use shift::{Scale, Shift};
#[cfg(test)]
pub(super) use simulated::Dice;
pub use slot::{DAYS, DaySlots, SLOT_MS, Slot};
pub(super) use trends::{Trends, span};
