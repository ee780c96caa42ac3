//! Checks a macro and everything that it calls, before anything runs.

use std::{collections::HashSet, fmt, sync::Arc};

use super::{
    super::{
        data::{CalledMacro, Macro, MacroSource},
        host::{Host, HostError},
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

/// What becomes of a macro with everything that it calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The worst mode of all actions that it could reach.
    pub mode: Mode,
    /// The first action that is refused.
    pub first: Option<Box<Refused>>,
    /// How many are refused.
    pub refused: usize,
    /// How many macros were looked at.
    pub macros: usize,
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
    let reach = look(definition, profile, &mut |uid| host.macro_by_uid(uid))?;
    reach.first.map_or(Ok(()), |first| Err(NotRun::Refused { first, count: reach.refused }))
}

/// What becomes of a macro and of all that it calls, whether it is enabled or not.
#[must_use]
pub fn reach(definition: &Arc<Macro>, profile: &Profile, macros: &dyn MacroSource) -> Reach {
    let nothing = Reach { mode: Mode::Run, first: None, refused: 0, macros: 0 };
    look(definition, profile, &mut |uid| Ok(macros.find_by_uid(uid))).unwrap_or(nothing)
}

/// Finds a macro by its UUID.
type Find<'a> = dyn FnMut(&str) -> Result<Option<Arc<Macro>>, HostError> + 'a;

fn look(definition: &Arc<Macro>, profile: &Profile, find: &mut Find<'_>) -> Result<Reach, HostError> {
    let mut seen = HashSet::from([definition.uid.to_uppercase()]);
    let mut waiting = vec![Arc::clone(definition)];
    let mut reach = Reach { mode: Mode::Run, first: None, refused: 0, macros: 0 };
    while let Some(current) = waiting.pop() {
        reach.macros += 1;
        let mut calls = Vec::new();
        walk(&current.actions, &mut |action, place| {
            let finding = |reason| Finding {
                path: place.path(),
                readable: place.readable(),
                kind: action.kind.clone(),
                mode: Mode::Refuse,
                reason,
            };
            let (mode, reason) = verdict(action, profile);
            reach.mode = reach.mode.max(mode);
            if mode == Mode::Refuse {
                reach.refuse(&current, finding(reason));
            } else if let Some(call) = action.call() {
                calls.push((call, finding(String::new())));
            }
        });
        for (CalledMacro { uid, as_subroutine: subroutine }, mut finding) in calls {
            let is_new = seen.insert(uid.clone());
            // A macro that was looked at may still be no subroutine.
            if !is_new && !subroutine {
                continue;
            }
            let found = find(&uid)?;
            finding.reason = match &found {
                None => format!("it calls the macro {uid}, which is not in the library"),
                Some(called) if !called.enabled => format!("it calls the macro “{}”, which is disabled", called.name),
                Some(called) if subroutine && called.subroutine().is_none() => {
                    format!("it calls the macro “{}” as a subroutine, and that has no Subroutine trigger", called.name)
                }
                Some(_) if seen.len() > MOST_MACROS => format!("it calls more than {MOST_MACROS} macros"),
                Some(called) => {
                    if is_new {
                        waiting.push(Arc::clone(called));
                    }
                    continue;
                }
            };
            reach.refuse(&current, finding);
        }
    }
    Ok(reach)
}

impl Reach {
    fn refuse(&mut self, current: &Macro, finding: Finding) {
        self.mode = Mode::Refuse;
        self.refused += 1;
        self.first.get_or_insert_with(|| {
            Box::new(Refused { macro_uid: current.uid.clone(), macro_name: current.name.clone(), finding })
        });
    }
}
