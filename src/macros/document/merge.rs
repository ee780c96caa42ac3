//! Adding the macros of one file to another.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{
    Dict, Document, Spot,
    edit::{loose_group, take_macros},
    identity, is_loose,
};
use crate::macros::read::ReadError;

/// What becomes of an incoming macro whose UUID is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// It is left out.
    Skip,
    /// It takes the place of the one that is there.
    Replace,
    /// It gets a UUID of its own, and so do the calls of it among the incoming macros.
    NewUid,
}

/// What adding macros did, by UUID.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// New ones, under the UUIDs that they have now.
    pub added: Vec<String>,
    /// Those that took the place of others.
    pub replaced: Vec<String>,
    /// Those that were left out because their UUID is taken.
    pub skipped: Vec<String>,
    /// Those that got a UUID of their own: the old and the new one. They are among the added ones, too.
    pub renamed: Vec<(String, String)>,
}

impl Document {
    /// Gives these macros new UUIDs, and changes every value that is one of the old ones: calls follow.
    pub fn rename(&mut self, new: &HashMap<String, String>) {
        self.identify();
        rename(&mut self.value, new);
    }

    /// Adds the groups and macros of another file. Macros of a group that is here already go into it; macros that cannot be read
    /// (see [`Contents::left_out`](crate::macros::read::Contents::left_out)) stay behind.
    ///
    /// # Errors
    /// [`ReadError::Shape`] when the other file holds no macros in a known shape.
    pub fn add(&mut self, mut other: Self, rule: Conflict, new_uid: &mut dyn FnMut() -> String) -> Result<Merged, ReadError> {
        let sound: HashSet<String> =
            other.contents()?.groups.into_iter().flat_map(|group| group.macros).map(|definition| definition.uid).collect();
        self.identify();
        other.identify();
        let mut merge =
            Merge { taken: self.spots().into_iter().map(|(spot, uid)| (uid, spot)).collect(), rule, merged: Merged::default() };
        if rule == Conflict::NewUid {
            let taken = other.macro_uids().into_iter().filter(|uid| merge.taken.contains_key(uid));
            let new: HashMap<String, String> = taken.map(|uid| (uid, new_uid().to_uppercase())).collect();
            rename(&mut other.value, &new);
            merge.merged.renamed.extend(new);
            merge.merged.renamed.sort();
        }
        let renamed: HashSet<String> = merge.merged.renamed.iter().map(|(_, new)| new.clone()).collect();
        let is_sound = |uid: &str| sound.contains(uid) || renamed.contains(uid);
        for item in std::mem::take(other.items_mut()) {
            let Value::Object(mut dict) = item else { continue };
            let (mut group, macros) = if is_loose(&dict) {
                (loose_group(), vec![Value::Object(dict)])
            } else {
                let macros = take_macros(&mut dict);
                (dict, macros)
            };
            let had_none = macros.is_empty();
            let macros =
                macros.into_iter().filter(|value| value.as_object().and_then(identity::given).is_some_and(|uid| is_sound(&uid)));
            let place = self.place_of(&identity::of_group(&group));
            let item = place.unwrap_or(self.items().len());
            let before = place.map_or(0, |item| super::macros_of(self.items()[item].as_object().unwrap_or(&Dict::new())).len());
            let mut fresh = Vec::new();
            for value in macros {
                merge.one(self, value, Spot { item, position: Some(before + fresh.len()) }, &mut fresh, new_uid);
            }
            match place.and_then(|item| self.items_mut().get_mut(item)).and_then(Value::as_object_mut) {
                Some(dict) => {
                    if let Value::Array(macros) = dict.entry("Macros").or_insert_with(|| Value::Array(Vec::new())) {
                        macros.append(&mut fresh);
                    }
                }
                None if fresh.is_empty() && !had_none => {}
                None => {
                    group.insert("Macros".into(), Value::Array(fresh));
                    self.items_mut().push(Value::Object(group));
                }
            }
        }
        Ok(merge.merged)
    }

    /// The entry that is the group with this identifier.
    fn place_of(&self, group: &str) -> Option<usize> {
        let is_it = |item: &Value| item.as_object().is_some_and(|dict| !is_loose(dict) && identity::of_group(dict) == group);
        self.items().iter().position(is_it)
    }
}

struct Merge {
    /// Every UUID of the file with its place; places of macros that are still on their way are known, too.
    taken: HashMap<String, Spot>,
    rule: Conflict,
    merged: Merged,
}

impl Merge {
    /// Adds one macro, which would stand at `spot`, to the fresh ones of its group, or does with it what the rule says.
    fn one(
        &mut self,
        document: &mut Document,
        mut value: Value,
        spot: Spot,
        fresh: &mut Vec<Value>,
        new_uid: &mut dyn FnMut() -> String,
    ) {
        let Some(mut uid) = value.as_object().and_then(identity::given) else { return };
        if let Some(place) = self.taken.get(&uid).copied() {
            match self.rule {
                Conflict::Skip => return self.merged.skipped.push(uid),
                Conflict::Replace => {
                    let on_its_way = place.position.and_then(|position| {
                        let first = spot.position? - fresh.len();
                        (place.item == spot.item && position >= first).then(|| position - first)
                    });
                    match on_its_way {
                        Some(position) => fresh[position] = value,
                        None => {
                            if let Some(place) = document.at_mut(place) {
                                *place = value;
                            }
                        }
                    }
                    return self.merged.replaced.push(uid);
                }
                // The same UUID twice in the incoming file: nobody can say which of them its calls mean.
                Conflict::NewUid => {
                    let new = new_uid().to_uppercase();
                    value["UID"] = new.clone().into();
                    self.merged.renamed.push((uid, new.clone()));
                    uid = new;
                }
            }
        }
        self.taken.insert(uid.clone(), spot);
        fresh.push(value);
        self.merged.added.push(uid);
    }
}

/// Changes every text that is one of these identifiers.
fn rename(value: &mut Value, new: &HashMap<String, String>) {
    match value {
        Value::String(text) => {
            if let Some(new) = new.get(&text.trim().to_uppercase()) {
                text.clone_from(new);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, new)),
        Value::Object(fields) => fields.values_mut().for_each(|field| rename(field, new)),
        _ => {}
    }
}
