//! `km_get_variable`, `km_set_variable`, `km_list_variables`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Done, Tool,
    declare::{Hints, Words},
    jobs,
    page::Page,
};
use crate::config::AccessClass;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Named {
    /// The variable's name; upper and lower case are the same.
    name: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Assignment {
    /// The variable's name: a letter, then letters, digits, spaces and underscores.
    name: String,
    /// Its new value; `%Delete%` deletes the variable.
    value: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Variable {
    /// The variable's name.
    name: String,
    /// Its value; null when it is not set.
    value: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Names {
    /// Names of the global variables, without passwords.
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

/// Longest subject that is shown, in characters.
const SUBJECT: usize = 60;

fn subject(name: &str) -> std::sync::Arc<str> {
    crate::util::text::brief(name, SUBJECT).into()
}

pub(super) fn get() -> Tool {
    const NAME: &str = "km_get_variable";
    Words {
        name: NAME,
        class: AccessClass::Read,
        title: "Get variable",
        description: "Reads a global Keyboard Maestro variable. The value is null when the variable is not set.",
        hints: Hints::READS,
    }
    .with(async |context, Named { name }: Named, caller| {
        let arguments = json!({ "name": name });
        jobs::run::<Variable>(&context, (NAME, "get_variable"), arguments, Some(subject(&name)), &caller).await
    })
}

pub(super) fn set() -> Tool {
    const NAME: &str = "km_set_variable";
    Words {
        name: NAME,
        class: AccessClass::Write,
        title: "Set variable",
        description: "Sets a global Keyboard Maestro variable.",
        hints: Hints::SETS,
    }
    .with(async |context, Assignment { name, value }: Assignment, caller| {
        let arguments = json!({ "name": name, "value": value });
        jobs::run::<Variable>(&context, (NAME, "set_variable"), arguments, Some(subject(&name)), &caller).await
    })
}

pub(super) fn list() -> Tool {
    const NAME: &str = "km_list_variables";
    Words {
        name: NAME,
        class: AccessClass::Read,
        title: "List variables",
        description: "Lists the names of the global Keyboard Maestro variables, page by page.",
        hints: Hints::READS,
    }
    .with(async |context, page: Page, caller| {
        let length = match page.length() {
            Ok(length) => length,
            Err(error) => return Done::plain(Err(error)),
        };
        let names = jobs::run::<Names>(&context, (NAME, "list_variables"), json!({}), None, &caller).await;
        names.map(|names| names.page(&page, length))
    })
}
