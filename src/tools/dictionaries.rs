//! `km_list_dictionaries`, `km_get_dictionary`, `km_set_dictionary`, `km_delete_dictionary_key`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Tool,
    declare::{Hints, Words},
    jobs,
    macros::aside,
    own_files,
};
use crate::config::AccessClass;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Named {
    /// The dictionary's name; upper and lower case are the same.
    name: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Assignment {
    /// The dictionary's name; a dictionary begins with its first key.
    name: String,
    /// The key; upper and lower case are the same.
    key: String,
    /// Its new value.
    value: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Key {
    /// The dictionary's name.
    name: String,
    /// The key.
    key: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Names {
    /// Names of the dictionaries.
    names: Vec<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Dictionary {
    /// The dictionary's name.
    name: String,
    /// Its values by key; empty when there is no such dictionary.
    values: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Changed {
    /// The dictionary's name.
    dictionary: String,
    /// The key.
    key: String,
    /// Its value; null when it is deleted.
    value: Option<String>,
}

/// Longest subject that is shown, in characters.
const SUBJECT: usize = 60;

fn subject(name: &str) -> std::sync::Arc<str> {
    crate::util::text::brief(name, SUBJECT).into()
}

pub(super) fn list() -> Tool {
    const NAME: &str = "km_list_dictionaries";
    Words {
        name: NAME,
        class: AccessClass::Read,
        title: "List dictionaries",
        description: "Lists the names of the Keyboard Maestro dictionaries.",
        hints: Hints::READS,
    }
    .with(async |context, Nothing {}: Nothing, caller| {
        if let Some(files) = own_files::of(&context) {
            return aside(move || Ok(Names { names: files.dictionaries()? })).await;
        }
        jobs::run::<Names>(&context, (NAME, "list_dictionaries"), json!({}), None, &caller).await
    })
}

pub(super) fn get() -> Tool {
    const NAME: &str = "km_get_dictionary";
    Words {
        name: NAME,
        class: AccessClass::Read,
        title: "Get dictionary",
        description: "Reads all keys and values of a Keyboard Maestro dictionary.",
        hints: Hints::READS,
    }
    .with(async |context, Named { name }: Named, caller| {
        if let Some(files) = own_files::of(&context) {
            let about = subject(&name);
            return aside(move || Ok(Dictionary { values: files.dictionary(&name)?.into_iter().collect(), name }))
                .await
                .about(about);
        }
        let arguments = json!({ "name": name });
        jobs::run::<Dictionary>(&context, (NAME, "get_dictionary"), arguments, Some(subject(&name)), &caller).await
    })
}

pub(super) fn set() -> Tool {
    const NAME: &str = "km_set_dictionary";
    Words {
        name: NAME,
        class: AccessClass::Write,
        title: "Set dictionary value",
        description: "Sets the value of a key of a Keyboard Maestro dictionary.",
        hints: Hints::SETS,
    }
    .with(async |context, Assignment { name, key, value }: Assignment, caller| {
        let arguments = json!({ "dictionary": name, "key": key, "value": value });
        jobs::run::<Changed>(&context, (NAME, "set_dictionary_value"), arguments, Some(subject(&name)), &caller).await
    })
}

pub(super) fn delete() -> Tool {
    const NAME: &str = "km_delete_dictionary_key";
    Words {
        name: NAME,
        class: AccessClass::Delete,
        title: "Delete dictionary key",
        description: "Deletes a key of a Keyboard Maestro dictionary.",
        hints: Hints::SETS,
    }
    .with(async |context, Key { name, key }: Key, caller| {
        let arguments = json!({ "dictionary": name, "key": key, "value": null });
        jobs::run::<Changed>(&context, (NAME, "set_dictionary_value"), arguments, Some(subject(&name)), &caller).await
    })
}
