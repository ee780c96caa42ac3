//! The index: every macro once, found by UUID or name.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::macros::{Macro, MacroSource, Mode, Profile, portability};

/// A macro in the index.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The macro's UUID, uppercase.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// Its group's name.
    pub group: String,
    /// Whether it and its group are enabled.
    pub enabled: bool,
    /// How many actions it has, nested ones included.
    pub actions: usize,
    /// The worst mode of its actions; macros that it calls are not looked at.
    pub mode: Mode,
    /// The macro itself.
    pub definition: Arc<Macro>,
    /// Name and group in lower case, for searching.
    folded: String,
}

impl Entry {
    /// The entry of a macro.
    #[must_use]
    pub fn new(definition: Macro) -> Self {
        Self {
            uid: definition.uid.clone(),
            name: definition.name.clone(),
            group: definition.group.clone(),
            enabled: definition.enabled,
            actions: definition.action_count(),
            mode: portability::mode(&definition, &Profile::default()),
            folded: [definition.name.to_lowercase(), definition.group.to_lowercase()].join("\n"),
            definition: Arc::new(definition),
        }
    }
}

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

/// All macros of the library at one time.
#[derive(Debug, Default)]
pub struct Index {
    /// Counts up with every change; 0 before the first reading.
    pub revision: u64,
    /// The macros: files in the order of their names, macros as they stand in them.
    pub macros: Vec<Arc<Entry>>,
    /// Files and folders that could not be read, and why.
    pub files_unreadable: Vec<(PathBuf, String)>,
    /// Macros left out because another has their UUID.
    pub duplicates: Vec<Duplicate>,
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
    /// Puts an index together; of macros with one UUID the first counts.
    #[must_use]
    pub fn build<'a>(revision: u64, files: impl IntoIterator<Item = (&'a PathBuf, &'a [Arc<Entry>])>) -> Self {
        let mut index = Self { revision, ..Self::default() };
        for (file, entries) in files {
            for entry in entries {
                index.add(file, entry);
            }
        }
        index
    }

    fn add(&mut self, file: &Path, entry: &Arc<Entry>) {
        if self.by_uid.contains_key(&entry.uid) {
            self.duplicates.push(Duplicate { uid: entry.uid.clone(), name: entry.name.clone(), file: file.to_owned() });
            return;
        }
        let position = self.macros.len();
        self.by_uid.insert(entry.uid.clone(), position);
        self.by_name.entry(entry.name.to_lowercase()).or_default().push(position);
        self.macros.push(Arc::clone(entry));
    }

    /// The macro with this UUID, or else with exactly this name, or else with this name in another case.
    ///
    /// # Errors
    /// [`FindError`] when there is none, with the names most like it, or when there are several, with all of them.
    pub fn find(&self, wanted: &str) -> Result<&Arc<Entry>, FindError> {
        if let Some(position) = self.by_uid.get(&wanted.trim().to_uppercase()) {
            return Ok(&self.macros[*position]);
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
            group.as_ref().is_none_or(|group| entry.group.to_lowercase() == *group)
                && filter.enabled.is_none_or(|enabled| entry.enabled == enabled)
                && query.as_ref().is_none_or(|query| entry.folded.contains(query.as_str()))
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
        let position = self.by_uid.get(uid).or_else(|| self.by_uid.get(&uid.to_uppercase()))?;
        Some(Arc::clone(&self.macros[*position].definition))
    }
}
