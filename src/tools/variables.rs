//! `km_get_variable`, `km_get_variables`, `km_set_variable`, `km_set_variables`, `km_delete_variable`, `km_list_variables`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Done, Timings, Tool, ToolError,
    declare::{Hints, Words},
    jobs,
    macros::aside,
    own_files,
    page::Page,
};
use crate::{config::AccessClass, model::Certainty};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Named {
    /// The variable's name; upper and lower case are the same.
    name: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Several {
    /// 1 to 100 names.
    names: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Assignment {
    /// The variable's name: a letter, then letters, digits, spaces and underscores.
    name: String,
    /// Its new value; `%Delete%` deletes the variable.
    value: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Values {
    /// 1 to 100 new values by name.
    variables: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Variable {
    /// The variable's name.
    name: String,
    /// Its value; null when it is not set.
    value: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Variables {
    /// In the order of the names.
    variables: Vec<Variable>,
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

/// Most variables of one reading.
const MOST_NAMES: usize = 100;

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
        if let Err(error) = own_files::global(&context, &name) {
            return Done::plain(Err(error));
        }
        if let Some(files) = own_files::settled(&context) {
            let about = jobs::subject(&name);
            return aside(move || Ok(Variable { value: files.variable(&name)?, name })).await.about(about);
        }
        let arguments = json!({ "name": name });
        jobs::run::<Variable>(&context, (NAME, "get_variable"), arguments, Some(jobs::subject(&name)), &caller).await
    })
}

pub(super) fn get_many() -> Tool {
    const NAME: &str = "km_get_variables";
    Words {
        name: NAME,
        class: AccessClass::Read,
        title: "Get variables",
        description: "Reads several global variables at once.",
        hints: Hints::READS,
    }
    .with(async |context, Several { names }: Several, caller| {
        if !(1..=MOST_NAMES).contains(&names.len()) {
            let words = format!("names: name 1 to {MOST_NAMES} variables; these are {}", names.len());
            return Done::plain(Err(ToolError::refused("bad_arguments", words)));
        }
        if let Some(error) = names.iter().find_map(|name| own_files::global(&context, name).err()) {
            return Done::plain(Err(error));
        }
        if let Some(files) = own_files::settled(&context) {
            return aside(move || {
                let values = own_files::values(&files, &names)?;
                let variables = names.into_iter().zip(values).map(|(name, value)| Variable { name, value });
                Ok(Variables { variables: variables.collect() })
            })
            .await;
        }
        jobs::run::<Variables>(&context, (NAME, "get_variables"), json!({ "names": names }), None, &caller).await
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
        if let Err(error) = own_files::global(&context, &name) {
            return Done::plain(Err(error));
        }
        let _changing = own_files::changing(&context);
        let arguments = json!({ "name": name, "value": value });
        let done = jobs::run::<Variable>(&context, (NAME, "set_variable"), arguments, Some(jobs::subject(&name)), &caller).await;
        // Whoever hears of it and reads it again must not be given the value of before: the cache forgets first.
        context.share.changed_variables();
        context.news.variable(&name);
        done
    })
}

pub(super) fn set_many() -> Tool {
    const NAME: &str = "km_set_variables";
    Words {
        name: NAME,
        class: AccessClass::Write,
        title: "Set variables",
        description: "Sets several global variables at once, or none of them when a name or a value cannot be.",
        hints: Hints::SETS,
    }
    .with(async |context, Values { variables }: Values, caller| {
        if !(1..=MOST_NAMES).contains(&variables.len()) {
            let words = format!("variables: give 1 to {MOST_NAMES}; these are {}", variables.len());
            return Done::plain(Err(ToolError::refused("bad_arguments", words)));
        }
        if let Some(error) = variables.keys().find_map(|name| own_files::global(&context, name).err()) {
            return Done::plain(Err(error));
        }
        let _changing = own_files::changing(&context);
        if context.embedded {
            let values: Vec<_> = variables.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
            let arguments = json!({ "variables": values });
            return jobs::run::<Variables>(&context, (NAME, "set_variables"), arguments, None, &caller).await;
        }
        // Other engines take one at a time.
        let mut set = Variables { variables: Vec::new() };
        let mut timings = Timings::default();
        for (name, value) in variables {
            let arguments = json!({ "name": name, "value": value });
            let done = jobs::run::<Variable>(&context, (NAME, "set_variable"), arguments, None, &caller).await;
            timings = done.timings;
            match done.result {
                Ok(variable) => set.variables.push(variable),
                Err(error) => {
                    let outcome = if set.variables.is_empty() { error.outcome } else { Certainty::Unknown };
                    let message = format!("{name}: {} ({} were set before)", error.message, set.variables.len());
                    return Done { result: Err(ToolError { message, outcome, ..error }), timings, subject: None };
                }
            }
        }
        Done { result: Ok(set), timings, subject: None }
    })
}

pub(super) fn delete() -> Tool {
    const NAME: &str = "km_delete_variable";
    Words {
        name: NAME,
        class: AccessClass::Delete,
        title: "Delete variable",
        description: "Deletes a global Keyboard Maestro variable; one that is not set stays so.",
        hints: Hints::SETS,
    }
    .with(async |context, Named { name }: Named, caller| {
        if let Err(error) = own_files::global(&context, &name) {
            return Done::plain(Err(error));
        }
        let _changing = own_files::changing(&context);
        // The value that deletes a variable, in Keyboard Maestro as here.
        let arguments = json!({ "name": name, "value": "%Delete%" });
        let done = jobs::run::<Variable>(&context, (NAME, "set_variable"), arguments, Some(jobs::subject(&name)), &caller).await;
        done.map(|variable| Variable { value: None, ..variable })
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
        let names = match own_files::of(&context) {
            Some(files) => {
                let names = move || Ok(files.variables()?.into_iter().map(|(name, _)| name).collect());
                aside(names).await.map(|names| Names { names, next_cursor: None })
            }
            None => jobs::run::<Names>(&context, (NAME, "list_variables"), json!({}), None, &caller).await,
        };
        names.map(|names| names.page(&page, length))
    })
}
