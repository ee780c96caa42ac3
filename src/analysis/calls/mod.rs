//! What the calls of the last minutes tell: how many fail, where their time went, what they were promised, what held them back.

mod beside;
mod contracts;
mod counted;
mod found;
mod inquiry;
mod kind;
mod replay;
mod trace;

pub(super) use contracts::Contracts;
pub use contracts::default_contract;
pub(super) use counted::Counted;
pub use inquiry::Inquiry;
pub(super) use inquiry::Machinery;
pub use replay::{Arrival, Forecast, forecast, replay};
pub use trace::{Done, Trace};
