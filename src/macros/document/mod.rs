//! A macro file as it stands: every key of it, known or not, to be changed and written without loss.
//!
//! Macros and groups are named by UUID, made ones included: a macro without one has the same here as in [`contents`](super::read::contents).
//! The first change writes them into the file, so that they stay when macros of the same name come and go.

mod edit;
mod merge;

use serde_json::{Map, Value};

use super::{
    read::{Contents, Form, ReadError, contents_of, identity, property_list},
    write::{self, WriteError},
};

pub use edit::EditError;
pub use merge::{Conflict, Merged};

type Dict = Map<String, Value>;

/// A macro file in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    value: Value,
    form: Form,
}

/// Where a macro stands: the entry of the file, and its number in that group; alone when the entry is a macro without a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Spot {
    item: usize,
    position: Option<usize>,
}

impl Default for Document {
    /// A file without groups, in XML.
    fn default() -> Self {
        Self { value: Value::Array(Vec::new()), form: Form::Xml }
    }
}

impl Document {
    /// Reads a macro file.
    ///
    /// # Errors
    /// [`ReadError`] when it is no property list with macros in a known shape.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReadError> {
        let (value, form) = property_list(bytes)?;
        let document = Self { value, form };
        if document.is_of_known_shape() { Ok(document) } else { Err(ReadError::Shape(UNKNOWN.into())) }
    }

    /// The form that it was read in and is written in.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The whole of it, as [`kinds`](super::kinds) says.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// What it holds, as the engine sees it.
    ///
    /// # Errors
    /// [`ReadError::Shape`] when it holds no macros in a known shape.
    pub fn contents(&self) -> Result<Contents, ReadError> {
        contents_of(self.value.clone())
    }

    /// The file's bytes, in its form.
    ///
    /// # Errors
    /// [`WriteError`] when it holds a value that this form has no kind for.
    pub fn to_bytes(&self) -> Result<Vec<u8>, WriteError> {
        write::property_list(&self.value, self.form)
    }

    /// The file as XML, whatever its form.
    ///
    /// # Errors
    /// [`WriteError`] when it holds a value that XML has no kind for.
    pub fn to_xml(&self) -> Result<String, WriteError> {
        write::xml(&self.value)
    }

    /// A macro with all its keys; `None` when there is none of this UUID.
    pub fn macro_value(&self, uid: &str) -> Option<&Value> {
        self.find(uid).and_then(|spot| self.at(spot))
    }

    /// The UUIDs of its macros, in the order of the file.
    pub fn macro_uids(&self) -> Vec<String> {
        self.spots().into_iter().map(|(_, uid)| uid).collect()
    }

    fn is_of_known_shape(&self) -> bool {
        match &self.value {
            Value::Array(_) => true,
            Value::Object(top) => list_of(top).is_some() || top.contains_key("Macros") || top.contains_key("Actions"),
            _ => false,
        }
    }

    /// The entries: groups, and macros without one.
    fn items(&self) -> &[Value] {
        match &self.value {
            Value::Array(items) => items,
            Value::Object(top) => match list_of(top).map(|key| &top[key]) {
                Some(Value::Array(items)) => items,
                _ => std::slice::from_ref(&self.value),
            },
            _ => &[],
        }
    }

    /// The entries, to be changed. A file that is a single group or macro becomes a list of it.
    fn items_mut(&mut self) -> &mut Vec<Value> {
        let single = match &self.value {
            Value::Object(top) => list_of(top).is_none(),
            Value::Array(_) => false,
            _ => true,
        };
        if single {
            self.value = Value::Array(vec![self.value.take()]);
        }
        let list = match &mut self.value {
            Value::Object(top) => list_of(top).and_then(|key| top.get_mut(key)).and_then(Value::as_array_mut),
            value => value.as_array_mut(),
        };
        // One of the two shapes it is by now.
        list.unwrap_or_else(|| unreachable!("a document is a list or holds one"))
    }

    /// Every macro with its identifier, in the order of the file.
    fn spots(&self) -> Vec<(Spot, String)> {
        let mut loose = identity::Macros::of(identity::of_loose());
        let mut spots = Vec::new();
        for (item, value) in self.items().iter().enumerate() {
            let Value::Object(dict) = value else { continue };
            if is_loose(dict) {
                spots.push((Spot { item, position: None }, loose.next(dict)));
                continue;
            }
            let mut macros = identity::Macros::of(identity::of_group(dict));
            for (position, value) in macros_of(dict).iter().enumerate() {
                if let Value::Object(dict) = value {
                    spots.push((Spot { item, position: Some(position) }, macros.next(dict)));
                }
            }
        }
        spots
    }

    fn find(&self, uid: &str) -> Option<Spot> {
        let uid = uid.trim().to_uppercase();
        self.spots().into_iter().find(|(_, known)| *known == uid).map(|(spot, _)| spot)
    }

    fn at(&self, spot: Spot) -> Option<&Value> {
        let item = self.items().get(spot.item)?;
        match spot.position {
            None => Some(item),
            Some(position) => macros_of(item.as_object()?).get(position),
        }
    }

    fn at_mut(&mut self, spot: Spot) -> Option<&mut Value> {
        let item = self.items_mut().get_mut(spot.item)?;
        match spot.position {
            None => Some(item),
            Some(position) => item.get_mut("Macros")?.get_mut(position),
        }
    }

    /// Writes the made identifiers into the entries that have none.
    fn identify(&mut self) {
        for (spot, uid) in self.spots() {
            let dict = self.at_mut(spot).and_then(Value::as_object_mut);
            if let Some(dict) = dict.filter(|dict| identity::given(dict).is_none()) {
                dict.insert("UID".into(), uid.into());
            }
        }
        for dict in self.items_mut().iter_mut().filter_map(Value::as_object_mut).filter(|dict| !is_loose(dict)) {
            let uid = identity::of_group(dict);
            if identity::given(dict).is_none() {
                dict.insert("UID".into(), uid.into());
            }
        }
    }
}

const UNKNOWN: &str =
    "a property list, but no macro library: neither a list nor a dictionary with MacroGroups, Items, Macros or Actions";

/// The key under which a whole library has its entries.
fn list_of(top: &Dict) -> Option<&'static str> {
    ["MacroGroups", "Items"].into_iter().find(|key| top.get(*key).is_some_and(Value::is_array))
}

/// Whether an entry is a macro and no group.
fn is_loose(dict: &Dict) -> bool {
    dict.contains_key("Actions") && !dict.contains_key("Macros")
}

fn macros_of(group: &Dict) -> &[Value] {
    group.get("Macros").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests;
