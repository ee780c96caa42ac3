//! Checks a macro and everything that it calls, before anything runs.

use std::{collections::HashSet, fmt, sync::Arc};

use super::{
    super::{
        data::Macro,
        host::Host,
        portability::{Finding, verdict, walk},
        profile::Profile,
        table::Mode,
    },
    error::NotRun,
};

/// Most macros that one may call, directly or through others.
const MOST_MACROS: usize = 2000;

/// An action that is not run here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The macro that holds it.
    pub macro_uid: String,
    /// That macro's name.
    pub macro_name: String,
    /// The action, and why.
    pub finding: Finding,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { path, readable, reason, .. } = &self.finding;
        write!(formatter, "macro “{}”, action {readable} at {path} is refused: {reason}", self.macro_name)
    }
}

/// Checks that a macro may run: it is enabled, and no action that it could reach is refused. Macros are checked once, so that
/// macros that call each other in a ring are no trouble.
///
/// # Errors
/// [`NotRun`] naming the first refused action and how many there are.
pub fn check(definition: &Arc<Macro>, profile: &Profile, host: &mut dyn Host) -> Result<(), NotRun> {
    if !definition.enabled {
        return Err(NotRun::Disabled { uid: definition.uid.clone(), name: definition.name.clone() });
    }
    let mut seen = HashSet::from([definition.uid.clone()]);
    let mut waiting = vec![Arc::clone(definition)];
    let (mut first, mut count) = (None, 0);
    while let Some(current) = waiting.pop() {
        let mut calls = Vec::new();
        let mut refuse = |finding: Finding| {
            count += 1;
            first.get_or_insert_with(|| {
                Box::new(Refused { macro_uid: current.uid.clone(), macro_name: current.name.clone(), finding })
            });
        };
        walk(&current.actions, &mut |action, place| {
            let finding = |reason| Finding {
                path: place.path(),
                readable: place.readable(),
                kind: action.kind.clone(),
                mode: Mode::Refuse,
                reason,
            };
            match verdict(action, profile) {
                (Mode::Refuse, reason) => refuse(finding(reason)),
                _ if action.kind == "ExecuteMacro" => {
                    calls.push((action.text("MacroUID").unwrap_or_default(), finding(String::new())));
                }
                _ => {}
            }
        });
        for (uid, mut finding) in calls {
            let uid = uid.to_uppercase();
            if !seen.insert(uid.clone()) {
                continue;
            }
            match host.macro_by_uid(&uid)? {
                Some(called) if called.enabled && seen.len() <= MOST_MACROS => waiting.push(called),
                Some(called) if called.enabled => {
                    finding.reason = format!("it calls more than {MOST_MACROS} macros");
                    refuse(finding);
                }
                Some(called) => {
                    finding.reason = format!("it calls the macro “{}”, which is disabled", called.name);
                    refuse(finding);
                }
                None => {
                    finding.reason = format!("it calls the macro {uid}, which is not in the library");
                    refuse(finding);
                }
            }
        }
    }
    first.map_or(Ok(()), |first| Err(NotRun::Refused { first, count }))
}
