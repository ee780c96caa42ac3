//! The newest windows of a known state.

use serde::{Deserialize, Serialize};

use super::{Context, Source, Window};

/// Windows that are kept.
const KEPT: usize = 20;

/// A stored baseline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Its name.
    pub name: String,
    /// When it was last added to, milliseconds since 1970.
    pub saved_ms: u64,
    /// Its windows, oldest first, at most 20 of each source.
    pub windows: Vec<Window>,
}

impl Baseline {
    /// An empty one.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Adds windows; of each source the newest 20 stay. One that is there already is not added again. Says how many are new.
    pub fn add(&mut self, windows: Vec<Window>) -> usize {
        let known =
            |all: &[Window], new: &Window| all.iter().any(|window| (window.time_ms, window.source) == (new.time_ms, new.source));
        let mut added = 0;
        for window in windows {
            if !known(&self.windows, &window) {
                self.windows.push(window);
                added += 1;
            }
        }
        self.windows.sort_by_key(|window| window.time_ms);
        for source in [Source::Bench, Source::History] {
            let surplus = self.windows.iter().filter(|window| window.source == source).count().saturating_sub(KEPT);
            let mut left = surplus;
            self.windows.retain(|window| {
                let goes = window.source == source && left > 0;
                left -= usize::from(goes);
                !goes
            });
        }
        added
    }

    /// The windows that can be compared with a new one, and what kept the others from it.
    pub(super) fn like(&self, source: Source, context: &Context, any_host: bool) -> (Vec<&Window>, Vec<&'static str>) {
        let (mut like, mut others) = (Vec::new(), Vec::new());
        for window in self.windows.iter().filter(|window| window.source == source) {
            match context.differs(&window.context, any_host) {
                None => like.push(window),
                Some(why) => others.push(why),
            }
        }
        others.sort_unstable();
        others.dedup();
        (like, others)
    }
}
