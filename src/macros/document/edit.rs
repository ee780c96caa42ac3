//! Changes of single macros and groups, and taking macros out as a file of their own.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{Dict, Document, Spot, identity, is_loose, macros_of};
use crate::macros::read::Form;

/// A change that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No macro has this UUID.
    #[error("the file holds no macro {0}")]
    NoMacro(String),
    /// No group has this UUID.
    #[error("the file holds no group {0}")]
    NoGroup(String),
}

impl Document {
    /// Enables or disables a macro; says whether that changed anything.
    ///
    /// # Errors
    /// [`EditError::NoMacro`].
    pub fn set_macro_enabled(&mut self, uid: &str, enabled: bool) -> Result<bool, EditError> {
        self.identify();
        let spot = self.find(uid).ok_or_else(|| EditError::NoMacro(uid.to_owned()))?;
        let dict = self.at_mut(spot).and_then(Value::as_object_mut);
        Ok(dict.is_some_and(|dict| switch(dict, enabled)))
    }

    /// Enables or disables a group, in every place where the file has it; says whether that changed anything.
    ///
    /// # Errors
    /// [`EditError::NoGroup`].
    pub fn set_group_enabled(&mut self, uid: &str, enabled: bool) -> Result<bool, EditError> {
        self.identify();
        let wanted = uid.trim().to_uppercase();
        let groups = self.items_mut().iter_mut().filter_map(Value::as_object_mut).filter(|dict| !is_loose(dict));
        let changes: Vec<bool> =
            groups.filter(|dict| identity::of_group(dict) == wanted).map(|dict| switch(dict, enabled)).collect();
        if changes.is_empty() { Err(EditError::NoGroup(uid.to_owned())) } else { Ok(changes.contains(&true)) }
    }

    /// Deletes a macro and gives what it was.
    ///
    /// # Errors
    /// [`EditError::NoMacro`].
    pub fn delete_macro(&mut self, uid: &str) -> Result<Value, EditError> {
        self.identify();
        let missing = || EditError::NoMacro(uid.to_owned());
        let spot = self.find(uid).ok_or_else(missing)?;
        let items = self.items_mut();
        match spot.position {
            None => Ok(items.remove(spot.item)),
            Some(position) => {
                let macros = items[spot.item].get_mut("Macros").and_then(Value::as_array_mut);
                Ok(macros.ok_or_else(missing)?.remove(position))
            }
        }
    }

    /// Takes out every macro with one of these UUIDs (uppercase), and gives them in the order of the file.
    pub fn take_macros(&mut self, uids: &HashSet<String>) -> Vec<(String, Value)> {
        self.identify();
        let wanted = self.spots().into_iter().filter(|(_, uid)| uids.contains(uid));
        let mut wanted: HashMap<Spot, String> = wanted.collect();
        let mut taken = Vec::new();
        let mut item = 0;
        self.items_mut().retain_mut(|value| {
            let here = item;
            item += 1;
            if let Some(uid) = wanted.remove(&Spot { item: here, position: None }) {
                taken.push((uid, value.take()));
                return false;
            }
            let mut position = 0;
            if let Some(macros) = value.get_mut("Macros").and_then(Value::as_array_mut) {
                macros.retain_mut(|value| {
                    let uid = wanted.remove(&Spot { item: here, position: Some(position) });
                    position += 1;
                    let keep = uid.is_none();
                    taken.extend(uid.map(|uid| (uid, value.take())));
                    keep
                });
            }
            true
        });
        taken
    }

    /// Puts macros in the places of those with the same UUIDs (uppercase); gives the UUIDs of those that have no place here.
    pub fn replace_macros(&mut self, mut new: HashMap<String, Value>) -> Vec<String> {
        self.identify();
        for (spot, uid) in self.spots() {
            if let Some(value) = new.remove(&uid)
                && let Some(place) = self.at_mut(spot)
            {
                *place = value;
            }
        }
        let mut without_place: Vec<String> = new.into_keys().collect();
        without_place.sort();
        without_place
    }

    /// These macros as a file of their own, in the form in which Keyboard Maestro exports: their groups with all keys, and of the
    /// macros only these, in the order of this file.
    ///
    /// # Errors
    /// [`EditError::NoMacro`] names the first that is not here.
    pub fn extract<Uid: AsRef<str>>(&self, uids: &[Uid]) -> Result<Self, EditError> {
        let wanted: HashSet<String> = uids.iter().map(|uid| uid.as_ref().trim().to_uppercase()).collect();
        let mut groups: Vec<(Option<usize>, Dict, Vec<Value>)> = Vec::new();
        let mut found = HashSet::new();
        for (spot, uid) in self.spots() {
            if !wanted.contains(&uid) || !found.insert(uid.clone()) {
                continue;
            }
            let Some(Value::Object(definition)) = self.at(spot) else { continue };
            let mut definition = definition.clone();
            definition.insert("UID".into(), uid.into());
            let item = spot.position.map(|_| spot.item);
            match groups.iter_mut().find(|(known, ..)| *known == item) {
                Some((_, _, macros)) => macros.push(Value::Object(definition)),
                None => groups.push((item, self.head(item), vec![Value::Object(definition)])),
            }
        }
        if let Some(missing) = wanted.iter().filter(|uid| !found.contains(*uid)).min() {
            return Err(EditError::NoMacro(missing.clone()));
        }
        let groups = groups.into_iter().map(|(_, mut group, macros)| {
            group.insert("Macros".into(), Value::Array(macros));
            Value::Object(group)
        });
        Ok(Self { value: Value::Array(groups.collect()), form: Form::Xml })
    }

    /// The group of an entry without its macros; that of macros without a group when there is none.
    fn head(&self, item: Option<usize>) -> Dict {
        let group = item.and_then(|item| self.items().get(item)).and_then(Value::as_object);
        let Some(group) = group else { return loose_group() };
        let mut head: Dict =
            group.iter().filter(|(key, _)| *key != "Macros").map(|(key, value)| (key.clone(), value.clone())).collect();
        head.insert("UID".into(), identity::of_group(group).into());
        head
    }

    /// The UUIDs of a group's macros, in the order of the file; empty when there is no such group.
    pub fn macro_uids_of_group(&self, uid: &str) -> Vec<String> {
        let wanted = uid.trim().to_uppercase();
        let group_of = |item: usize| match self.items()[item].as_object() {
            Some(dict) if !is_loose(dict) => identity::of_group(dict),
            _ => identity::of_loose(),
        };
        self.spots().into_iter().filter(|(spot, _)| group_of(spot.item) == wanted).map(|(_, uid)| uid).collect()
    }
}

/// The group that stands for macros without one.
pub(super) fn loose_group() -> Dict {
    [("Name", identity::LOOSE.to_owned()), ("UID", identity::of_loose())]
        .into_iter()
        .map(|(key, text)| (key.to_owned(), Value::String(text)))
        .collect()
}

/// Sets the switch of a macro or group; no switch means that it is on.
fn switch(dict: &mut Dict, enabled: bool) -> bool {
    let before = dict.get("IsActive").and_then(crate::macros::data::flag_of).unwrap_or(true);
    // Also writes over a switch that could not be read.
    dict.insert("IsActive".into(), enabled.into());
    before != enabled
}

/// Takes the macros out of a group.
pub(super) fn take_macros(group: &mut Dict) -> Vec<Value> {
    match group.get_mut("Macros") {
        Some(Value::Array(macros)) => std::mem::take(macros),
        _ => macros_of(group).to_vec(),
    }
}
