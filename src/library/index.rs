//! The index: every macro once, found by UUID or name.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use super::{
    entry::{Entry, GroupHead},
    graph::Graph,
};
use crate::macros::{Macro, MacroSource};

/// A macro that stands in two files; the first one counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// The UUID that both have.
    pub uid: String,
    /// The name of the one left out.
    pub name: String,
    /// The file of the one left out.
    pub file: PathBuf,
}

/// A place in a file that was left out because it cannot be understood; the rest of the file is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The file.
    pub file: PathBuf,
    /// Where in it: `group 2 “Text” › macro 5 “Greet”`, counted from 1.
    pub place: String,
    /// What is wrong.
    pub problem: String,
}

/// All macros of the library at one time.
#[derive(Debug, Default)]
pub struct Index {
    /// Counts up with every change; 0 before the first reading.
    pub revision: u64,
    /// The macros: files in the order of their names, macros as they stand in them.
    pub macros: Vec<Arc<Entry>>,
    /// The groups, in the same order; one that stands in several files stands here several times.
    pub groups: Vec<Arc<GroupHead>>,
    /// Files and folders that could not be read, and why.
    pub files_unreadable: Vec<(PathBuf, String)>,
    /// Macros left out because another has their UUID.
    pub duplicates: Vec<Duplicate>,
    /// Macros, groups and triggers left out because their keys have wrong types.
    pub left_out: Vec<LeftOut>,
    pub(super) graph: Graph,
    by_uid: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
}

/// Which macros [`Index::list`] gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Only those of this group (its exact name, or else without regard to case).
    pub group: Option<String>,
    /// Only enabled ones, or only disabled ones.
    pub enabled: Option<bool>,
    /// Only those whose name or group holds this text, without regard to case.
    pub query: Option<String>,
    /// At most so many.
    pub limit: usize,
    /// Leaves out so many first.
    pub offset: usize,
}

impl Default for Filter {
    fn default() -> Self {
        Self { group: None, enabled: None, query: None, limit: usize::MAX, offset: 0 }
    }
}

/// Some of the macros that a filter lets through.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The macros.
    pub macros: Vec<Arc<Entry>>,
    /// How many the filter lets through in all.
    pub total: usize,
    /// The offset of the next page; `None` when this is the last.
    pub next_offset: Option<usize>,
}

/// No single macro is meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// None has this name or UUID.
    #[error("there is no macro “{wanted}”{}", nearest_words(.nearest))]
    Missing {
        /// What was asked for.
        wanted: String,
        /// Names that look like it, the likest first.
        nearest: Vec<String>,
    },
    /// Several have this name.
    #[error("{} macros are called “{wanted}”; name one by its UUID: {}", .candidates.len(), candidate_words(.candidates))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// UUID, group and name of each.
        candidates: Vec<(String, String, String)>,
    },
}

fn nearest_words(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!("; did you mean “{}”?", nearest.join("”, “")) }
}

fn candidate_words(candidates: &[(String, String, String)]) -> String {
    candidates.iter().map(|(uid, group, name)| format!("{uid} (“{name}” in {group})")).collect::<Vec<_>>().join(", ")
}

/// Names offered for one that is missing.
const NEAREST: usize = 3;
/// How alike a name must be to be offered, from 0 to 1.
const ALIKE: f64 = 0.75;

impl Index {
    /// Puts an index together from the macros of the files in their order; of macros with one UUID the first counts.
    #[must_use]
    pub fn build<'a>(revision: u64, files: impl IntoIterator<Item = &'a [Arc<Entry>]>) -> Self {
        let mut index = Self { revision, ..Self::default() };
        files.into_iter().flatten().for_each(|entry| index.add(entry));
        index.graph = Graph::build(&index.macros, &index.by_uid);
        index
    }

    fn add(&mut self, entry: &Arc<Entry>) {
        if self.by_uid.contains_key(&entry.uid) {
            let (uid, name, file) = (entry.uid.clone(), entry.name.clone(), entry.file().to_owned());
            return self.duplicates.push(Duplicate { uid, name, file });
        }
        let position = self.macros.len();
        self.by_uid.insert(entry.uid.clone(), position);
        self.by_name.entry(entry.folded.clone()).or_default().push(position);
        self.macros.push(Arc::clone(entry));
    }

    /// The number of the macro with this UUID (case does not matter).
    pub(super) fn number(&self, uid: &str) -> Option<usize> {
        self.by_uid.get(uid).or_else(|| self.by_uid.get(&uid.trim().to_uppercase())).copied()
    }

    /// The macro with this UUID (case does not matter).
    #[must_use]
    pub fn get(&self, uid: &str) -> Option<&Arc<Entry>> {
        self.number(uid).map(|number| &self.macros[number])
    }

    /// Names that several macros have, without regard to case, with the macros; in the order of the names. Macros without a name
    /// are left out.
    #[must_use]
    pub fn duplicate_names(&self) -> Vec<Vec<Arc<Entry>>> {
        let several = self.by_name.iter().filter(|(name, positions)| positions.len() > 1 && !name.is_empty());
        let mut several: Vec<_> = several.collect();
        several.sort_unstable_by_key(|(name, _)| *name);
        let entries = |positions: &Vec<usize>| positions.iter().map(|position| Arc::clone(&self.macros[*position])).collect();
        several.into_iter().map(|(_, positions)| entries(positions)).collect()
    }

    /// The group with this UUID, or else with this name (case does not matter); of several the first.
    #[must_use]
    pub fn find_group(&self, wanted: &str) -> Option<&Arc<GroupHead>> {
        let (uid, name) = (wanted.trim().to_uppercase(), wanted.to_lowercase());
        self.groups.iter().find(|head| head.uid == uid).or_else(|| self.groups.iter().find(|head| head.folded == name))
    }

    /// The macro with this UUID, or else with exactly this name, or else with this name in another case.
    ///
    /// # Errors
    /// [`FindError`] when there is none, with the names most like it, or when there are several, with all of them.
    pub fn find(&self, wanted: &str) -> Result<&Arc<Entry>, FindError> {
        if let Some(entry) = self.get(wanted) {
            return Ok(entry);
        }
        let named = self.by_name.get(&wanted.to_lowercase()).map_or(&[][..], Vec::as_slice);
        let exact: Vec<usize> = named.iter().copied().filter(|position| self.macros[*position].name == wanted).collect();
        match if exact.is_empty() { named } else { &exact } {
            [] => Err(FindError::Missing { wanted: wanted.to_owned(), nearest: self.nearest(wanted) }),
            [position] => Ok(&self.macros[*position]),
            several => {
                let candidate = |position: &usize| {
                    let entry = &self.macros[*position];
                    (entry.uid.clone(), entry.group.clone(), entry.name.clone())
                };
                Err(FindError::Ambiguous { wanted: wanted.to_owned(), candidates: several.iter().map(candidate).collect() })
            }
        }
    }

    fn nearest(&self, wanted: &str) -> Vec<String> {
        let wanted = wanted.to_lowercase();
        let alike = |name: &String| (strsim::jaro_winkler(&wanted, name), name.clone());
        let mut names: Vec<(f64, String)> =
            self.by_name.keys().filter(|name| !name.is_empty()).map(alike).filter(|(alike, _)| *alike >= ALIKE).collect();
        names.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.cmp(&right.1)));
        let spelled = |(_, name): (f64, String)| self.by_name[&name].first().map(|position| self.macros[*position].name.clone());
        names.into_iter().take(NEAREST).filter_map(spelled).collect()
    }

    /// The macros that a filter lets through, in the order of the index.
    #[must_use]
    pub fn list(&self, filter: &Filter) -> Page {
        let group = filter.group.as_ref().map(|group| group.to_lowercase());
        let query = filter.query.as_ref().map(|query| query.to_lowercase());
        let fits = |entry: &&Arc<Entry>| {
            group.as_ref().is_none_or(|group| entry.head.folded == *group)
                && filter.enabled.is_none_or(|enabled| entry.enabled == enabled)
                && query
                    .as_ref()
                    .is_none_or(|query| entry.folded.contains(query.as_str()) || entry.head.folded.contains(query.as_str()))
        };
        let fitting: Vec<&Arc<Entry>> = self.macros.iter().filter(fits).collect();
        let total = fitting.len();
        let macros: Vec<_> = fitting.into_iter().skip(filter.offset).take(filter.limit).cloned().collect();
        let end = filter.offset.saturating_add(macros.len());
        Page { next_offset: (end < total && !macros.is_empty()).then_some(end), macros, total }
    }
}

impl MacroSource for Index {
    fn find_by_uid(&self, uid: &str) -> Option<Arc<Macro>> {
        self.get(uid).map(|entry| Arc::clone(&entry.definition))
    }
}
