//! `km_list_dictionaries`, `km_get_dictionary`, `km_set_dictionary`, `km_delete_dictionary_key`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Done, Tool,
    declare::{Hints, Words},
    jobs,
    macros::aside,
    own_files,
    page::Page,
};
use crate::config::AccessClass;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// The dictionary's name; upper and lower case are the same.
    name: String,
    /// `next_cursor` of the page before.
    #[serde(default)]
    cursor: Option<String>,
    /// Keys on a page, 1 to 5000; 500 when not given.
    #[serde(default)]
    limit: Option<usize>,
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
    /// Give this as `cursor` for the next page; null on the last.
    #[serde(default)]
    next_cursor: Option<String>,
}

impl Names {
    fn page(self, page: &Page, length: usize) -> Self {
        let (names, next_cursor) = page.of(self.names, length, |name| name);
        Self { names, next_cursor }
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Dictionary {
    /// The dictionary's name.
    name: String,
    /// Its values by key; empty when there is no such dictionary.
    values: BTreeMap<String, String>,
    /// Give this as `cursor` for the next page; null on the last.
    #[serde(default)]
    next_cursor: Option<String>,
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

pub(super) fn list() -> Tool {
    const NAME: &str = "km_list_dictionaries";
    Words {
        name: NAME,
        class: AccessClass::Read,
        title: "List dictionaries",
        description: "Lists the names of the Keyboard Maestro dictionaries, page by page.",
        hints: Hints::READS,
    }
    .with(async |context, page: Page, caller| {
        let length = match page.length() {
            Ok(length) => length,
            Err(error) => return Done::plain(Err(error)),
        };
        let names = match own_files::of(&context) {
            Some(files) => aside(move || Ok(files.dictionaries()?)).await.map(|names| Names { names, next_cursor: None }),
            None => jobs::run::<Names>(&context, (NAME, "list_dictionaries"), json!({}), None, &caller).await,
        };
        names.map(|names| names.page(&page, length))
    })
}

pub(super) fn get() -> Tool {
    const NAME: &str = "km_get_dictionary";
    Words {
        name: NAME,
        class: AccessClass::Read,
        title: "Get dictionary",
        description: "Reads the keys and values of a Keyboard Maestro dictionary, page by page.",
        hints: Hints::READS,
    }
    .with(async |context, Wanted { name, cursor, limit }: Wanted, caller| {
        let page = Page { cursor, limit };
        let length = match page.length() {
            Ok(length) => length,
            Err(error) => return Done::plain(Err(error)),
        };
        let about = jobs::subject(&name);
        let whole = if let Some(files) = own_files::of(&context) {
            let read = move || {
                let values = files.dictionary(&name)?.into_iter().collect();
                Ok(Dictionary { name, values, next_cursor: None })
            };
            aside(read).await.about(about)
        } else {
            let arguments = json!({ "name": name });
            jobs::run::<Dictionary>(&context, (NAME, "get_dictionary"), arguments, Some(about), &caller).await
        };
        whole.map(|Dictionary { name, values, .. }| {
            let (values, next_cursor) = page.of(values.into_iter().collect(), length, |(key, _)| key);
            Dictionary { name, values: values.into_iter().collect(), next_cursor }
        })
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
        jobs::run::<Changed>(&context, (NAME, "set_dictionary_value"), arguments, Some(jobs::subject(&name)), &caller).await
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
        jobs::run::<Changed>(&context, (NAME, "set_dictionary_value"), arguments, Some(jobs::subject(&name)), &caller).await
    })
}
