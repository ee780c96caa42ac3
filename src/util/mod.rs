//! Small things with no home of their own: clock, units, text made safe to show.

pub mod clock;
