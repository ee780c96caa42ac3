//! What becomes of each action of a macro, with what the macros that it calls come to.

use std::slice::Iter;

use super::{entry::Entry, index::Index};
use crate::macros::{Action, CalledMacro, Finding, Mode, Profile, portability};

impl Index {
    /// What becomes of each action of a macro that is switched on. A call is as good as the macro that it calls, with all that
    /// this one calls; the macro itself need not be in the index.
    #[must_use]
    pub fn findings(&self, entry: &Entry, profile: &Profile) -> Vec<Finding> {
        let mut findings = portability(&entry.definition, profile).actions;
        let mut targets = Vec::with_capacity(findings.len());
        collect(entry.definition.actions.iter(), &mut targets);
        for (finding, target) in findings.iter_mut().zip(targets) {
            if let Some((mode, reason)) = target.and_then(|call| self.call(&call))
                && mode > finding.mode
            {
                (finding.mode, finding.reason) = (mode, reason);
            }
        }
        findings
    }

    /// What becomes of a call; `None` when there is nothing to say.
    fn call(&self, call: &CalledMacro) -> Option<(Mode, String)> {
        let uid = &call.uid;
        let Some(called) = self.get(uid) else {
            return Some((Mode::Refuse, format!("it calls the macro {uid}, which is not among these macros")));
        };
        if !called.enabled {
            return Some((Mode::Refuse, format!("it calls the macro “{}”, which is disabled", called.name)));
        }
        if call.as_subroutine && called.definition.subroutine().is_none() {
            return Some((
                Mode::Refuse,
                format!("it calls the macro “{}” as a subroutine, and that has no Subroutine trigger", called.name),
            ));
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
fn collect(actions: Iter<'_, Action>, targets: &mut Vec<Option<CalledMacro>>) {
    for action in actions.filter(|action| action.enabled) {
        targets.push(action.call());
        action.blocks.values().for_each(|block| collect(block.iter(), targets));
    }
}
