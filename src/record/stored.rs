//! The history of a home as something that can be replayed.

use std::{collections::VecDeque, ops::Range, path::Path, sync::Arc};

use super::{RecordError, Source};
use crate::{
    history::{Mark, Reader},
    model::{Interval, ServerInfo},
};

/// Intervals that are read at once.
const PAGE: usize = 300;
/// Pages that are kept.
const MOST_KEPT: usize = 24;

/// A range of a history: each Interval as fine as it is kept.
#[derive(Debug)]
pub struct Stored {
    reader: Reader,
    marks: Vec<Mark>,
    times: Vec<u64>,
    pages: VecDeque<(usize, Vec<Arc<Interval>>)>,
    problem: Option<String>,
}

impl Stored {
    /// Opens the history and looks up what it holds between the two ends.
    ///
    /// # Errors
    /// [`RecordError`] when it cannot be read or holds nothing there.
    pub fn open(path: &Path, from_ms: u64, to_ms: u64) -> Result<Self, RecordError> {
        let reader = Reader::open(path)?;
        let marks = reader.marks(from_ms, to_ms)?;
        if marks.is_empty() {
            return Err(RecordError::Empty("the history at that time".to_owned()));
        }
        let times = marks.iter().map(|mark| mark.time_ms).collect();
        Ok(Self { reader, marks, times, pages: VecDeque::new(), problem: None })
    }

    fn page(&mut self, number: usize) -> &[Arc<Interval>] {
        if let Some(at) = self.pages.iter().position(|(known, _)| *known == number) {
            return &self.pages[at].1;
        }
        let end = self.marks.len().min((number + 1) * PAGE);
        let marks = self.marks.get(number * PAGE..end).unwrap_or_default();
        let read = self.reader.read(marks, true).unwrap_or_else(|error| {
            self.problem = Some(error.to_string());
            Vec::new()
        });
        if self.pages.len() >= MOST_KEPT {
            self.pages.pop_front();
        }
        self.pages.push_back((number, read.into_iter().map(Arc::new).collect()));
        self.pages.back().map(|(_, intervals)| intervals.as_slice()).unwrap_or_default()
    }
}

impl Source for Stored {
    fn name(&self) -> String {
        "history".to_owned()
    }

    fn info(&mut self, place: usize) -> ServerInfo {
        let time = self.times.get(place).copied().unwrap_or_default();
        self.reader.info(time).ok().flatten().unwrap_or_default()
    }

    fn times(&self) -> &[u64] {
        &self.times
    }

    fn first(&self) -> usize {
        0
    }

    fn read(&mut self, places: Range<usize>) -> Vec<Arc<Interval>> {
        let times = self.times.get(places.start..places.end.min(self.times.len())).unwrap_or_default().to_vec();
        let (Some(first), Some(last)) = (times.first(), times.last()) else { return Vec::new() };
        let (first, last) = (*first, *last);
        let mut intervals = Vec::with_capacity(times.len());
        for page in places.start / PAGE..=(places.end - 1) / PAGE {
            let wanted = self.page(page).iter().filter(|interval| (first..=last).contains(&interval.time_ms));
            intervals.extend(wanted.cloned());
        }
        intervals
    }

    fn damage(&self) -> Option<String> {
        self.problem.clone()
    }
}
