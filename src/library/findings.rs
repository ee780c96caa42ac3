//! What becomes of each action of a macro, with what the macros that it calls come to.

use std::slice::Iter;

use super::{entry::Entry, index::Index};
use crate::macros::{Action, Finding, Mode, Profile, portability};

impl Index {
    /// What becomes of each action of a macro that is switched on. A call is as good as the macro that it calls, with all that
    /// this one calls; the macro itself need not be in the index.
    #[must_use]
    pub fn findings(&self, entry: &Entry, profile: &Profile) -> Vec<Finding> {
        let mut findings = portability(&entry.definition, profile).actions;
        let mut targets = Vec::with_capacity(findings.len());
        collect(entry.definition.actions.iter(), &mut targets);
        for (finding, target) in findings.iter_mut().zip(targets) {
            if let Some((mode, reason)) = target.and_then(|uid| self.call(uid))
                && mode > finding.mode
            {
                (finding.mode, finding.reason) = (mode, reason);
            }
        }
        findings
    }

    /// What becomes of a call; `None` when there is nothing to say.
    fn call(&self, uid: &str) -> Option<(Mode, String)> {
        let Some(called) = self.get(uid) else {
            return Some((Mode::Refuse, format!("it calls the macro {uid}, which is not among these macros")));
        };
        if !called.enabled {
            return Some((Mode::Refuse, format!("it calls the macro “{}”, which is disabled", called.name)));
        }
        match self.overall(uid)? {
            Mode::Run => None,
            Mode::Simulate => {
                Some((Mode::Simulate, format!("it calls the macro “{}”, of which some is only recorded", called.name)))
            }
            Mode::Refuse => Some((Mode::Refuse, format!("it calls the macro “{}”, which is refused", called.name))),
        }
    }
}

/// The macro that each action calls, in the order of the findings.
fn collect<'a>(actions: Iter<'a, Action>, targets: &mut Vec<Option<&'a str>>) {
    for action in actions.filter(|action| action.enabled) {
        let calls = matches!(action.kind.as_str(), "ExecuteMacro" | "ExecuteSubroutine");
        targets.push(action.word("MacroUID").map(str::trim).filter(|uid| calls && !uid.is_empty()));
        action.blocks.values().for_each(|block| collect(block.iter(), targets));
    }
}
