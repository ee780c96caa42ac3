//! Hot keys that start more than one macro.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    entry::Entry,
    index::Index,
    keys::{TELLING, key_name},
};
use crate::macros::Trigger;

/// A hot key of a macro.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hotkey {
    /// The key's code.
    pub code: u64,
    /// Carbon's modifiers, those that tell hot keys apart.
    pub modifiers: u64,
    /// When it fires: `Pressed`, `Released`, `WhileDown`, `LongPressed`, `Tapped` …
    pub fires: String,
}

impl Hotkey {
    /// The hot key of a trigger, if it is one and has a key.
    #[must_use]
    pub fn of(trigger: &Trigger) -> Option<Self> {
        let number = |key: &str| trigger.fields.get(key).and_then(serde_json::Value::as_u64);
        let code = number("KeyCode").filter(|_| trigger.kind == "HotKey")?;
        let fires = trigger.fields.get("FireType").and_then(serde_json::Value::as_str).unwrap_or("Pressed").to_owned();
        let hotkey = Self { code, modifiers: number("Modifiers").unwrap_or_default() & TELLING, fires };
        key_name(hotkey.code, hotkey.modifiers).map(|_| hotkey)
    }

    /// The key as macOS shows it: `⌃⌥K`.
    #[must_use]
    pub fn name(&self) -> String {
        key_name(self.code, self.modifiers).unwrap_or_default()
    }
}

/// A hot key with several macros that can be active at the same time.
#[derive(Debug, Clone, PartialEq)]
pub struct HotkeyConflict {
    /// The hot key.
    pub hotkey: Hotkey,
    /// The macros: each overlaps with at least one of the others.
    pub macros: Vec<Arc<Entry>>,
}

impl Index {
    /// Hot keys that enabled macros share, in groups that can be active in one application at the same time. In the order of
    /// their codes. Keyboard Maestro then shows a palette of the macros; often enough nobody meant that.
    #[must_use]
    pub fn hotkey_conflicts(&self) -> Vec<HotkeyConflict> {
        let mut users: BTreeMap<Hotkey, Vec<&Arc<Entry>>> = BTreeMap::new();
        for entry in self.macros.iter().filter(|entry| entry.enabled) {
            for hotkey in entry.definition.triggers.iter().filter_map(Hotkey::of) {
                let users = users.entry(hotkey).or_default();
                // A macro may have the same hot key twice.
                if users.last().is_none_or(|last| last.uid != entry.uid) {
                    users.push(entry);
                }
            }
        }
        let shared = users.into_iter().filter(|(_, users)| users.len() > 1);
        shared
            .flat_map(|(hotkey, users)| {
                overlapping(&users).into_iter().map(move |macros| HotkeyConflict { hotkey: hotkey.clone(), macros })
            })
            .collect()
    }
}

/// Parts the macros into those that overlap, directly or through others; what overlaps with nothing is left out.
fn overlapping(users: &[&Arc<Entry>]) -> Vec<Vec<Arc<Entry>>> {
    let mut left: Vec<&Arc<Entry>> = users.to_vec();
    let mut parts = Vec::new();
    while !left.is_empty() {
        let mut part = vec![left.remove(0)];
        let mut looked_at = 0;
        while let Some(one) = part.get(looked_at).copied() {
            looked_at += 1;
            let (with, without) = left.into_iter().partition(|other| one.head.targeting.overlaps(&other.head.targeting));
            left = without;
            part.extend::<Vec<_>>(with);
        }
        if part.len() > 1 {
            parts.push(part.into_iter().map(Arc::clone).collect());
        }
    }
    parts
}
