//! A macro in the index, and the head of its group.

use std::{path::Path, sync::Arc};

use crate::macros::{Action, CalledMacro, Group, Macro, Mode, Profile, Targeting, portability};

/// A group without its macros.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupHead {
    /// The group's UUID, uppercase.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// Whether it is enabled.
    pub enabled: bool,
    /// In which applications its macros are active.
    pub targeting: Targeting,
    /// Keyboard Maestro's `Activate`: `Normal`, or how the group is switched on for a while.
    pub activation: Option<String>,
    /// The file that holds it. A group may stand in several files.
    pub file: Arc<Path>,
    /// Its name in lower case, for searching.
    pub(super) folded: String,
}

impl GroupHead {
    /// The head of a group.
    #[must_use]
    pub fn new(group: &Group, file: &Arc<Path>) -> Self {
        Self {
            uid: group.uid.clone(),
            name: group.name.clone(),
            enabled: group.enabled,
            targeting: group.targeting.clone(),
            activation: group.activation.clone(),
            file: Arc::clone(file),
            folded: group.name.to_lowercase(),
        }
    }
}

/// A macro in the index.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The macro's UUID, uppercase.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// Its group's name.
    pub group: String,
    /// Its group.
    pub head: Arc<GroupHead>,
    /// Whether it and its group are enabled.
    pub enabled: bool,
    /// How many actions it has, nested ones included.
    pub actions: usize,
    /// The worst mode of its own actions; [`Index::overall`](super::Index::overall) also counts the macros that it calls.
    pub mode: Mode,
    /// The macros that its enabled actions call, each once for each manner.
    pub calls: Vec<CalledMacro>,
    /// The macro itself.
    pub definition: Arc<Macro>,
    /// Its name in lower case, for searching.
    pub(super) folded: String,
}

impl Entry {
    /// The entry of a macro, judged under a profile.
    #[must_use]
    pub fn new(definition: Macro, head: &Arc<GroupHead>, profile: &Profile) -> Self {
        let mut calls = Vec::new();
        collect_calls(&definition.actions, &mut calls);
        calls.sort_unstable();
        calls.dedup();
        Self {
            uid: definition.uid.clone(),
            name: definition.name.clone(),
            group: definition.group.clone(),
            head: Arc::clone(head),
            enabled: definition.enabled,
            actions: definition.action_count(),
            mode: portability::mode(&definition, profile),
            calls,
            folded: definition.name.to_lowercase(),
            definition: Arc::new(definition),
        }
    }

    /// The file that holds it.
    pub fn file(&self) -> &Path {
        &self.head.file
    }
}

/// All macros of a group as entries, judged under a profile.
#[must_use]
pub fn entries(group: Group, file: &Arc<Path>, profile: &Profile) -> (Arc<GroupHead>, Vec<Arc<Entry>>) {
    let head = Arc::new(GroupHead::new(&group, file));
    let entries = group.macros.into_iter().map(|definition| Arc::new(Entry::new(definition, &head, profile))).collect();
    (head, entries)
}

fn collect_calls(actions: &[Action], calls: &mut Vec<CalledMacro>) {
    for action in actions.iter().filter(|action| action.enabled) {
        calls.extend(action.call());
        action.blocks.values().for_each(|block| collect_calls(block, calls));
    }
}
