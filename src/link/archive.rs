//! What is kept beyond what a server hands to its screens: the history on the disk.

use std::{ops::Range, sync::Arc};

use crate::model::Interval;

/// Takes what was read: Intervals, oldest first, without what held at their ends; or why it cannot be read, for people.
pub type Reading = Box<dyn FnOnce(Result<Vec<Arc<Interval>>, String>) + Send>;

/// Reads what is kept between two times, in milliseconds since 1970, without making the caller wait.
pub type Archive = Arc<dyn Fn(Range<u64>, Reading) + Send + Sync>;
