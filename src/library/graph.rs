//! Which macro calls which, and what becomes of a macro with all that it calls.

use std::{collections::HashMap, sync::Arc};

use super::{entry::Entry, index::Index};
use crate::macros::Mode;

/// The calls between the macros of an index; macros stand here by their number in it.
#[derive(Debug, Default)]
pub(super) struct Graph {
    callers: Vec<Vec<usize>>,
    overall: Vec<Mode>,
}

/// A call of a macro.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The UUID that is called.
    pub uid: String,
    /// The macro; `None` when the library has none of this UUID.
    pub entry: Option<Arc<Entry>>,
}

impl Graph {
    /// Follows every call twice at most, however the macros call each other, also in rings.
    pub(super) fn build(macros: &[Arc<Entry>], by_uid: &HashMap<String, usize>) -> Self {
        let mut graph =
            Self { callers: vec![Vec::new(); macros.len()], overall: macros.iter().map(|entry| entry.mode).collect() };
        for (caller, entry) in macros.iter().enumerate() {
            for call in &entry.calls {
                match by_uid.get(&call.uid) {
                    Some(called) => {
                        if graph.callers[*called].last() != Some(&caller) {
                            graph.callers[*called].push(caller);
                        }
                        // The engine does not start a macro that calls a disabled one, or as a subroutine one that is none.
                        let called = &macros[*called];
                        if !called.enabled || call.as_subroutine && called.definition.subroutine().is_none() {
                            graph.overall[caller] = Mode::Refuse;
                        }
                    }
                    None => graph.overall[caller] = Mode::Refuse,
                }
            }
        }
        graph.spread(Mode::Refuse);
        graph.spread(Mode::Simulate);
        graph
    }

    /// Whoever calls a macro of this mode is no better.
    fn spread(&mut self, mode: Mode) {
        let mut waiting: Vec<usize> = (0..self.overall.len()).filter(|number| self.overall[*number] == mode).collect();
        while let Some(called) = waiting.pop() {
            for caller in &self.callers[called] {
                if self.overall[*caller] < mode {
                    self.overall[*caller] = mode;
                    waiting.push(*caller);
                }
            }
        }
    }
}

impl Index {
    /// The worst mode of a macro and all macros that it calls, directly or through others; a call of a macro that is disabled or
    /// not in the library is refused. `None` for a UUID that is not in the index.
    #[must_use]
    pub fn overall(&self, uid: &str) -> Option<Mode> {
        self.number(uid).map(|number| self.graph.overall[number])
    }

    /// The macros that a macro calls itself; empty for a UUID that is not in the index.
    #[must_use]
    pub fn calls(&self, uid: &str) -> Vec<Call> {
        let calls = self.number(uid).map_or(&[][..], |number| self.macros[number].calls.as_slice());
        let mut uids: Vec<&String> = calls.iter().map(|call| &call.uid).collect();
        // One may be called in both manners.
        uids.dedup();
        uids.into_iter().map(|uid| Call { uid: uid.clone(), entry: self.get(uid).cloned() }).collect()
    }

    /// The macros that call a macro themselves; empty for a UUID that is not in the index.
    #[must_use]
    pub fn callers(&self, uid: &str) -> Vec<Arc<Entry>> {
        let callers = self.number(uid).map_or(&[][..], |number| self.graph.callers[number].as_slice());
        callers.iter().map(|number| Arc::clone(&self.macros[*number])).collect()
    }
}
