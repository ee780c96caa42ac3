//! Intervals as tables for other programs: CSV, or one JSON object a line.
//!
//! | file | what it is |
//! |---|---|
//! | `table` | which columns there are, and an Interval's rows |
//! | `sheet` | rows as text |

mod sheet;
mod table;

pub use sheet::{Format, Sheet};
pub use table::Table;
