//! What of macro files runs here: every action's verdict, and the sums.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{entry::Entry, index::Index, snapshot::Snapshot};
use crate::macros::{Finding, Mode, Profile};

/// What of macro files runs here.
#[derive(Debug, Serialize)]
pub struct Lint {
    /// The files, in the order of their names.
    pub files: Vec<LintedFile>,
    /// The sums.
    pub totals: Totals,
}

/// A macro file.
#[derive(Debug, Serialize)]
pub struct LintedFile {
    /// Where it is.
    pub path: String,
    /// Its macros.
    pub macros: Vec<LintedMacro>,
    /// Places that could not be understood: `[place, problem]` each.
    pub left_out: Vec<(String, String)>,
    /// Why it could not be read.
    pub error: Option<String>,
}

/// A macro.
#[derive(Debug, Serialize)]
pub struct LintedMacro {
    /// Its UUID.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// Its group.
    pub group: String,
    /// The worst of its actions, calls of other macros included.
    pub mode: Mode,
    /// Its actions that are switched on.
    pub actions: Vec<LintedAction>,
}

/// An action.
#[derive(Debug, Serialize)]
pub struct LintedAction {
    /// Where it stands: `actions[2].ThenActions[0]`.
    pub path: String,
    /// Its type.
    pub r#type: String,
    /// What becomes of it.
    pub mode: Mode,
    /// Why; empty when there is nothing to say.
    pub reason: String,
}

/// How many there are of what.
#[derive(Debug, Default, Serialize)]
pub struct Totals {
    /// Files, those that could not be read included.
    pub files: usize,
    /// Files that could not be read.
    pub errors: usize,
    /// Macros.
    pub macros: usize,
    /// Actions that are switched on, nested ones included.
    pub actions: usize,
    /// Macros that run.
    pub run: usize,
    /// Macros that run, with some of what they do recorded instead of done.
    pub simulate: usize,
    /// Macros that do not start.
    pub refuse: usize,
    /// Actions by what becomes of them.
    pub actions_by_mode: BTreeMap<&'static str, usize>,
}

impl LintedMacro {
    /// The verdict on a macro, with what it calls in `index`.
    #[must_use]
    pub fn of(entry: &Entry, index: &Index, profile: &Profile) -> Self {
        let actions: Vec<LintedAction> = index.findings(entry, profile).into_iter().map(LintedAction::from).collect();
        let mode = actions.iter().map(|action| action.mode).max().unwrap_or(Mode::Run);
        Self { uid: entry.uid.clone(), name: entry.name.clone(), group: entry.group.clone(), mode, actions }
    }
}

impl From<Finding> for LintedAction {
    fn from(finding: Finding) -> Self {
        Self { path: finding.path, r#type: finding.kind, mode: finding.mode, reason: finding.reason }
    }
}

impl Lint {
    /// Judges every macro of the files.
    #[must_use]
    pub fn of(snapshot: &Snapshot, profile: &Profile) -> Self {
        let file = |file: &super::FileRead| LintedFile {
            path: file.path.display().to_string(),
            macros: file.entries.iter().map(|entry| LintedMacro::of(entry, &snapshot.index, profile)).collect(),
            left_out: file.left_out.iter().map(|place| (place.place.clone(), place.problem.clone())).collect(),
            error: file.error.clone(),
        };
        let files: Vec<LintedFile> = snapshot.files.iter().map(file).collect();
        let totals = Totals::of(&files);
        Self { files, totals }
    }

    /// Why actions are refused: the reason, and how often which type has it; the most frequent first.
    #[must_use]
    pub fn refusals(&self) -> Vec<(&str, Vec<(&str, usize)>)> {
        let mut reasons: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        for action in self.files.iter().flat_map(|file| &file.macros).flat_map(|one| &one.actions) {
            if action.mode == Mode::Refuse {
                *reasons.entry(general(&action.reason)).or_default().entry(action.r#type.as_str()).or_default() += 1;
            }
        }
        let mut reasons: Vec<(&str, Vec<(&str, usize)>)> = reasons
            .into_iter()
            .map(|(reason, types)| {
                let mut types: Vec<(&str, usize)> = types.into_iter().collect();
                types.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
                (reason, types)
            })
            .collect();
        reasons.sort_by_key(|(_, types)| std::cmp::Reverse(types.iter().map(|(_, count)| count).sum::<usize>()));
        reasons
    }
}

/// A reason without the macro that it names, so that calls of many macros count as one reason.
fn general(reason: &str) -> &str {
    let calls = "it calls the macro ";
    match reason.rsplit_once(", ") {
        Some((named, why)) if named.starts_with(calls) => match why {
            "which is refused" => "it calls a macro that is refused",
            "which is disabled" => "it calls a macro that is disabled",
            "and that has no Subroutine trigger" => "it calls a macro as a subroutine that is none",
            _ => "it calls a macro that is not among these macros",
        },
        _ => reason,
    }
}

impl Totals {
    fn of(files: &[LintedFile]) -> Self {
        let mut totals = Self { files: files.len(), ..Self::default() };
        totals.actions_by_mode.extend([Mode::Run, Mode::Simulate, Mode::Refuse].map(|mode| (mode.word(), 0)));
        totals.errors = files.iter().filter(|file| file.error.is_some()).count();
        for one in files.iter().flat_map(|file| &file.macros) {
            totals.macros += 1;
            totals.actions += one.actions.len();
            *match one.mode {
                Mode::Run => &mut totals.run,
                Mode::Simulate => &mut totals.simulate,
                Mode::Refuse => &mut totals.refuse,
            } += 1;
            for action in &one.actions {
                *totals.actions_by_mode.entry(action.mode.word()).or_default() += 1;
            }
        }
        totals
    }
}
