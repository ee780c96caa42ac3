//! What a run tells the server on its way: how far it is, and which variables it has set.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::macros::host::Reached;

/// Between two lines about how far a run is while it is inside of one of its own actions. Each of these is told of: it may take long.
const LATER: Duration = Duration::from_millis(250);
/// Names of variables that are gathered before they are told; at the latest at the job's end.
const MOST_NAMES: usize = 100;
/// Longest name of an action that is told, in characters.
const LONGEST_ACTION: usize = 80;

/// What was told of the job that runs, and what is still to be told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Whether anybody wants to know how far the run is.
    wanted: bool,
    last: Option<(Instant, usize)>,
    variables: BTreeSet<String>,
}

impl Told {
    /// A run begins.
    pub(super) fn begin(&mut self, wanted: bool) {
        *self = Self { wanted, ..Self::default() };
    }

    /// What to say of the run's place, if it is worth a line.
    pub(super) fn reached(&mut self, run: &str, place: Reached<'_>) -> Option<Value> {
        if !self.wanted {
            return None;
        }
        let now = Instant::now();
        if self.last.is_some_and(|(told, done)| done == place.done && now.duration_since(told) < LATER) {
            return None;
        }
        self.last = Some((now, place.done));
        let Reached { done, total, steps, action } = place;
        let action = crate::util::text::brief(action, LONGEST_ACTION);
        Some(json!({ "run": run, "done": done, "total": total, "steps": steps, "action": action }))
    }

    /// Notes that a global variable was set or deleted. True when it is time to tell.
    pub(super) fn set(&mut self, name: &str) -> bool {
        self.variables.insert(name.to_lowercase());
        self.variables.len() >= MOST_NAMES
    }

    /// The variables to tell of, if there are any.
    pub(super) fn take_variables(&mut self) -> Option<Value> {
        let names = std::mem::take(&mut self.variables);
        (!names.is_empty()).then(|| json!({ "names": names }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(done: usize) -> Reached<'static> {
        Reached { done, total: 3, steps: 7, action: "Pause\u{1b}" }
    }

    #[test]
    fn only_who_wants_it_is_told_and_not_of_everything() {
        let mut told = Told::default();
        assert_eq!(told.reached("r", at(0)), None);
        told.begin(true);
        let first = told.reached("r", at(0)).expect("the first");
        assert_eq!([&first["done"], &first["total"], &first["steps"]], [&json!(0), &json!(3), &json!(7)]);
        assert!(!first["action"].as_str().expect("text").contains('\u{1b}'), "{first}");
        assert_eq!(told.reached("r", at(0)), None, "nothing new so soon");
        told.last = Instant::now().checked_sub(LATER).map(|before| (before, 0));
        assert!(told.reached("r", at(0)).is_some(), "a sign of life");
        assert_eq!(told.reached("r", at(1)).map(|told| told["done"].clone()), Some(json!(1)));
        told.begin(false);
        assert_eq!(told.reached("r", at(2)), None);
    }

    #[test]
    fn variables_are_told_once_each() {
        let mut told = Told::default();
        assert_eq!(told.take_variables(), None);
        assert!(!told.set("Über") && !told.set("ÜBER") && !told.set("b"));
        assert_eq!(told.take_variables(), Some(json!({ "names": ["b", "über"] })));
        assert_eq!(told.take_variables(), None);
        assert_eq!((0..MOST_NAMES).filter(|number| told.set(&number.to_string())).count(), 1);
    }
}
