//! From a property list's values to groups of macros.
//!
//! A key of a wrong type costs the macro or group that holds it, never the file. It is never guessed what was meant: an action
//! whose switch cannot be read must not run because of that.

use serde_json::Value;

use super::{
    super::data::{Group, Targeting},
    ReadError,
    actions::{Dict, Problem, read_macro, take_flag, take_text, word},
    identity::{self, LOOSE},
};

/// What a macro file holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Contents {
    /// The groups, in the order of the file.
    pub groups: Vec<Group>,
    /// What is wrong in it, and was left out: at most a hundred places, then one line that counts the rest.
    pub left_out: Vec<LeftOut>,
}

/// A group, macro or trigger that was left out because its keys have wrong types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it stands: `group 2 “Text” › macro 5 “Greet”`, counted from 1.
    pub place: String,
    /// What is wrong with it.
    pub problem: String,
}

/// Most places that are named.
const MOST_PLACES: usize = 100;

/// All groups of a file, whatever shape it has.
pub(super) fn contents(value: Value) -> Result<Contents, ReadError> {
    let items = match value {
        Value::Array(items) => items,
        Value::Object(mut top) => match (top.remove("MacroGroups"), top.remove("Items")) {
            (Some(Value::Array(groups)), _) => groups,
            (_, Some(Value::Array(items))) => items,
            _ if top.contains_key("Macros") || top.contains_key("Actions") => vec![Value::Object(top)],
            _ => return Err(shape("a dictionary without MacroGroups, Items, Macros or Actions")),
        },
        _ => return Err(shape("neither a list nor a dictionary")),
    };
    let mut reader = Reader::default();
    let mut loose = Vec::new();
    for (position, item) in items.into_iter().enumerate() {
        match item {
            Value::Object(dict) if dict.contains_key("Actions") && !dict.contains_key("Macros") => {
                loose.push(Value::Object(dict));
            }
            Value::Object(dict) => reader.group(position, dict),
            other => reader.leave_out(format!("entry {}", position + 1), format!("it is {}, not a dictionary", word(&other))),
        }
    }
    if !loose.is_empty() {
        let mut dict = Dict::new();
        dict.insert("Name".into(), LOOSE.into());
        dict.insert("Macros".into(), Value::Array(loose));
        reader.group(reader.contents.groups.len(), dict);
    }
    Ok(reader.finish())
}

fn shape(found: &str) -> ReadError {
    ReadError::Shape(format!("a property list, but no macro library: {found}"))
}

#[derive(Default)]
struct Reader {
    contents: Contents,
    /// How many places were not named any more.
    more: usize,
}

impl Reader {
    fn leave_out(&mut self, place: String, problem: Problem) {
        if self.contents.left_out.len() < MOST_PLACES {
            self.contents.left_out.push(LeftOut { place, problem });
        } else {
            self.more += 1;
        }
    }

    fn finish(mut self) -> Contents {
        if self.more > 0 {
            let place = format!("{} more places", self.more);
            self.contents.left_out.push(LeftOut { place, problem: "left out as well".into() });
        }
        self.contents
    }

    fn group(&mut self, position: usize, dict: Dict) {
        let place = place("group", position, &dict);
        match self.read_group(&place, dict) {
            Ok(group) => self.contents.groups.push(group),
            Err(problem) => self.leave_out(place, problem),
        }
    }

    fn read_group(&mut self, group_place: &str, mut dict: Dict) -> Result<Group, Problem> {
        let uid = identity::of_group(&dict);
        take_text(&mut dict, "UID")?;
        let name = take_text(&mut dict, "Name")?.unwrap_or_default();
        let enabled = take_flag(&mut dict, "IsActive")?.unwrap_or(true);
        let activation = take_text(&mut dict, "Activate")?;
        let targeting = targeting(&dict);
        // A smart group has search strings instead of macros.
        let macros = match dict.remove("Macros") {
            Some(Value::Array(macros)) => macros,
            None => Vec::new(),
            Some(other) => return Err(format!("its Macros are {}, not a list", word(&other))),
        };
        let mut group = Group { name, enabled, targeting, activation, macros: Vec::with_capacity(macros.len()), uid };
        let mut identities = identity::Macros::of(group.uid.clone());
        for (position, value) in macros.into_iter().enumerate() {
            let dict = match value {
                Value::Object(dict) => dict,
                other => {
                    let place = format!("{group_place} › macro {}", position + 1);
                    self.leave_out(place, format!("it is {}, not a dictionary", word(&other)));
                    continue;
                }
            };
            let uid = identities.next(&dict);
            let place = format!("{group_place} › {}", place("macro", position, &dict));
            let mut strange = Vec::new();
            match read_macro(dict, uid, &group, &mut strange) {
                Ok(definition) => group.macros.push(definition),
                Err(problem) => self.leave_out(place.clone(), problem),
            }
            for (trigger, problem) in strange {
                self.leave_out(format!("{place} › trigger {trigger}"), problem);
            }
        }
        Ok(group)
    }
}

/// In which applications a group is active. What cannot be understood counts as everywhere.
fn targeting(dict: &Dict) -> Targeting {
    let Some(Value::Object(targeting)) = dict.get("Targeting") else { return Targeting::All };
    let applications = || {
        let listed = targeting.get("TargetingApps").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let known_by = |app: &Value| {
            let by = |key: &str| app.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
            by("BundleIdentifier").or_else(|| by("Name")).map(str::to_lowercase)
        };
        listed.iter().filter_map(known_by).collect()
    };
    match targeting.get("Targeting").and_then(Value::as_str) {
        Some("Included") => Targeting::Included(applications()),
        Some("Excluded") => Targeting::Excluded(applications()),
        _ => Targeting::All,
    }
}

/// A place with its number, from 1, and its name.
fn place(what: &str, position: usize, dict: &Dict) -> String {
    match dict.get("Name").and_then(Value::as_str).filter(|name| !name.is_empty()) {
        Some(name) => format!("{what} {} “{name}”", position + 1),
        None => format!("{what} {}", position + 1),
    }
}
