//! What waits for the owner's yes or no, as the settings name it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use toml::{Spanned, de::DeValue};

use super::choice::AccessClass;

/// One rule of `ask`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Ask {
    /// Every tool of this class.
    Class(AccessClass),
    /// This tool.
    Tool(String),
    /// Whatever runs or changes this macro, by its UUID or exact name, also through macros that call it.
    Macro(String),
}

impl FromStr for Ask {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(class) = AccessClass::ALL.into_iter().find(|class| class.word() == text) {
            return Ok(Self::Class(class));
        }
        let named = |rest: &str| Some(rest.trim().to_owned()).filter(|name| !name.is_empty());
        let tool = text.strip_prefix("tool:").and_then(named).map(Self::Tool);
        let rule = tool.or_else(|| text.strip_prefix("macro:").and_then(named).map(Self::Macro));
        rule.ok_or_else(|| format!("{text:?} is no class, no tool:NAME and no macro:NAME"))
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Class(class) => formatter.write_str(class.word()),
            Self::Tool(name) => write!(formatter, "tool:{name}"),
            Self::Macro(name) => write!(formatter, "macro:{name}"),
        }
    }
}

impl TryFrom<String> for Ask {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Ask> for String {
    fn from(ask: Ask) -> Self {
        ask.to_string()
    }
}

/// What to write.
pub(super) const WANTED: &str =
    "a list of classes, tools and macros, like [\"delete\", \"tool:km_import_macros\", \"macro:Empty Trash\"]";

/// Whether a value of a file is a list of such rules.
pub(super) fn are_rules(value: &Spanned<DeValue<'_>>) -> bool {
    let rule = |item: &Spanned<DeValue<'_>>| item.get_ref().as_str().is_some_and(|text| text.parse::<Ask>().is_ok());
    value.get_ref().as_array().is_some_and(|items| items.iter().all(rule))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_as_they_are_written() {
        for (text, rule) in [
            ("delete", Ask::Class(AccessClass::Delete)),
            ("files-write", Ask::Class(AccessClass::FilesWrite)),
            ("tool:km_delete_macro", Ask::Tool("km_delete_macro".into())),
            ("macro:Empty Trash", Ask::Macro("Empty Trash".into())),
        ] {
            assert_eq!(text.parse(), Ok(rule.clone()));
            assert_eq!(rule.to_string(), text);
        }
        for bad in ["", "erase", "tool:", "macro: ", "Delete", "km_delete_macro"] {
            assert!(bad.parse::<Ask>().is_err(), "{bad}");
        }
    }
}
