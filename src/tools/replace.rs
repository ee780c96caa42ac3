//! `km_search_replace`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Done, Tool,
    clipboard::own_engine,
    declare::{Hints, Words},
    jobs,
};
use crate::config::AccessClass;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The text to search in.
    text: String,
    /// What is searched for.
    search: String,
    /// What takes its place; with `regex`, `$1` is the first group.
    replace: String,
    /// True: `search` is a regular expression.
    #[serde(default)]
    regex: bool,
    /// True: upper and lower case are the same.
    #[serde(default)]
    ignore_case: bool,
    /// True: only the first match.
    #[serde(default)]
    first: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Replaced {
    /// The text with its matches replaced.
    result: String,
    /// How many there were.
    count: usize,
}

pub(super) fn tool() -> Tool {
    const NAME: &str = "km_search_replace";
    Words {
        name: NAME,
        class: AccessClass::Read,
        title: "Search and replace",
        description: "Replaces text as Keyboard Maestro's Search and Replace does, in a text that you give; changes nothing else.",
        hints: Hints::READS,
    }
    .with(async |context, asked: Asked, caller| {
        if let Err(error) = own_engine(&context, "texts are searched and replaced") {
            return Done::plain(Err(error));
        }
        let Asked { text, search, replace, regex, ignore_case, first } = asked;
        let arguments = json!({
            "text": text, "search": search, "replace": replace, "regex": regex, "ignore_case": ignore_case, "first": first,
        });
        jobs::run::<Replaced>(&context, (NAME, "search_replace"), arguments, None, &caller).await
    })
}
