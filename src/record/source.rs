//! What can be replayed: Intervals that are read by their place.

use std::{ops::Range, sync::Arc};

use crate::model::{Interval, ServerInfo};

/// Intervals in the order in which they came, read when they are wanted.
pub trait Source: Send {
    /// What it is, for people.
    fn name(&self) -> String;

    /// Who the server was at the Interval in this place.
    fn info(&mut self, place: usize) -> ServerInfo;

    /// The ends of all Intervals, milliseconds since 1970.
    fn times(&self) -> &[u64];

    /// The first place that can be shown; those before it only fill its graphs.
    fn first(&self) -> usize;

    /// The Intervals in these places; those that cannot be read are left out.
    fn read(&mut self, places: Range<usize>) -> Vec<Arc<Interval>>;

    /// What of it could not be read, for people.
    fn damage(&self) -> Option<String>;
}
