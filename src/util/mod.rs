//! Small things with no home of their own: clock, numbers, units, text made safe to show, files written whole.

pub mod clock;
pub mod deflate;
pub mod files;
pub mod numbers;
pub mod template;
pub mod text;
pub mod units;
