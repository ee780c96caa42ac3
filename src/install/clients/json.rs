//! One entry in a client's JSON file, put in or taken out without touching the rest.

use std::path::Path;

use jsonc_parser::{
    ParseOptions,
    cst::{CstInputValue, CstObject, CstRootNode},
    errors::ParseError,
};
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::install::error::InstallError;

/// Keys of an entry for a server that is reached over the network; beside a command they would contradict it.
const OF_NETWORK: [&str; 3] = ["url", "serverUrl", "headers"];

/// What a client takes for JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// JSON alone.
    Json,
    /// Also comments and commas at the end, as Visual Studio Code takes them.
    WithComments,
}

impl Dialect {
    fn options(self) -> ParseOptions {
        let more = self == Self::WithComments;
        ParseOptions {
            allow_comments: more,
            allow_trailing_commas: more,
            allow_loose_object_property_names: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        }
    }
}

/// A client's file as it was read.
#[derive(Debug, Clone, Copy)]
pub(super) struct File<'f> {
    pub(super) path: &'f Path,
    pub(super) text: &'f str,
    /// The key below which servers stand.
    pub(super) section: &'static str,
    pub(super) dialect: Dialect,
}

impl File<'_> {
    /// The text with this entry in it.
    pub(super) fn with(&self, name: &str, keys: &[(&'static str, Value)]) -> Result<String, InstallError> {
        let root = self.root()?;
        let top = match root.value() {
            None => root.object_value_or_set(),
            Some(_) => self.top(&root)?,
        };
        let servers = match self.only(&top, self.section)? {
            Some(servers) => servers,
            None => top.append(self.section, CstInputValue::Object(Vec::new())).object_value_or_set(),
        };
        match self.only(&servers, name)? {
            None => {
                let keys = keys.iter().map(|(key, value)| ((*key).to_owned(), input(value))).collect();
                servers.append(name, CstInputValue::Object(keys));
            }
            Some(entry) => {
                OF_NETWORK.iter().filter_map(|key| entry.get(key)).for_each(jsonc_parser::cst::CstObjectProp::remove);
                for (key, value) in keys {
                    put(&entry, key, value);
                }
            }
        }
        self.proven(root.to_string(), name)
    }

    /// The text without the entry of this name.
    pub(super) fn without(&self, name: &str) -> Result<String, InstallError> {
        let root = self.root()?;
        if root.value().is_none() {
            return Ok(self.text.to_owned());
        }
        let top = self.top(&root)?;
        if let Some(servers) = self.only(&top, self.section)? {
            self.only(&servers, name)?;
            if let Some(entry) = servers.get(name) {
                entry.remove();
            }
        }
        self.proven(root.to_string(), name)
    }

    fn root(&self) -> Result<CstRootNode, InstallError> {
        // The parser of syntax trees takes comments whatever it is told.
        if self.dialect == Dialect::Json
            && !self.text.trim().is_empty()
            && let Err(error) = serde_json::from_str::<IgnoredAny>(self.text)
        {
            let what = format!("is not what its program reads: {error}");
            return Err(InstallError::broken(self.path, Some((error.line(), error.column())), what));
        }
        self.parse(self.text).map_err(|error| {
            let place = (error.line_display(), error.column_display());
            InstallError::broken(self.path, Some(place), format!("is not what its program reads: {}", error.kind()))
        })
    }

    fn parse(&self, text: &str) -> Result<CstRootNode, ParseError> {
        CstRootNode::parse(text, &self.dialect.options())
    }

    fn top(&self, root: &CstRootNode) -> Result<CstObject, InstallError> {
        root.object_value().ok_or_else(|| InstallError::broken(self.path, None, "is no object in { and }"))
    }

    /// The object below a key that stands at most once.
    fn only(&self, object: &CstObject, key: &str) -> Result<Option<CstObject>, InstallError> {
        let mut found = object.properties().into_iter().filter(|property| property.decoded_name().as_deref() == Some(key));
        let Some(property) = found.next() else { return Ok(None) };
        if found.next().is_some() {
            return Err(InstallError::broken(self.path, None, format!("has \"{key}\" twice in one place")));
        }
        let value = property.object_value();
        value.map(Some).ok_or_else(|| InstallError::broken(self.path, None, format!("has a \"{key}\" that is no object")))
    }

    /// The new text, if nothing but the entry differs in it.
    fn proven(&self, text: String, name: &str) -> Result<String, InstallError> {
        let rest = |text: &str| self.parse(text).ok().map(|root| self.rest(root.to_serde_value(), name));
        if rest(&text).is_some_and(|after| rest(self.text) == Some(after)) {
            return Ok(text);
        }
        let what = "cannot be changed without changing more than the entry";
        Err(InstallError::new(self.path, what, "nothing was written; add what --print prints by hand"))
    }

    /// All but the entry; a section without any other is as none.
    fn rest(&self, whole: Option<Value>, name: &str) -> Value {
        let mut whole = whole.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        if let Some(top) = whole.as_object_mut() {
            if let Some(servers) = top.get_mut(self.section).and_then(Value::as_object_mut) {
                servers.remove(name);
            }
            if top.get(self.section).is_some_and(|servers| servers.as_object().is_some_and(serde_json::Map::is_empty)) {
                top.remove(self.section);
            }
        }
        whole
    }
}

/// Sets a key of an entry; of its variables those that are not kmtop's stay.
fn put(entry: &CstObject, key: &str, value: &Value) {
    match (entry.get(key), value) {
        (Some(there), Value::Object(fields)) if there.object_value().is_some() => {
            if let Some(object) = there.object_value() {
                fields.iter().for_each(|(name, value)| put(&object, name, value));
            }
        }
        (Some(there), value) => {
            // What is so already keeps its form.
            if there.value().and_then(|there| there.to_serde_value()).as_ref() != Some(value) {
                there.set_value(input(value));
            }
        }
        (None, value) => drop(entry.append(key, input(value))),
    }
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(flag) => CstInputValue::Bool(*flag),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(items) => CstInputValue::Array(items.iter().map(input).collect()),
        Value::Object(fields) => CstInputValue::Object(fields.iter().map(|(key, value)| (key.clone(), input(value))).collect()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn file(text: &str, dialect: Dialect) -> File<'_> {
        File { path: Path::new("/c.json"), text, section: "mcpServers", dialect }
    }

    fn keys() -> Vec<(&'static str, Value)> {
        vec![
            ("command", json!("/a \"b\"/kmtop")),
            ("args", json!(["--serve", "--stdio"])),
            ("env", json!({ "KMTOP_HOME": "/h" })),
        ]
    }

    fn value(text: &str) -> Value {
        CstRootNode::parse(text, &Dialect::WithComments.options()).expect("JSON").to_serde_value().expect("a value")
    }

    /// In and out again is the very text, whatever it looks like.
    #[test]
    fn in_and_out_again_leaves_no_trace() {
        let texts = [
            "{\n  \"z\": 1.50,\n  \"mcpServers\": {\n    \"other\": {\"command\": \"x\", \"odd\": [1,2 , 3]}\n  },\n  \"a\": {}\n}\n",
            "{\n\t\"mcpServers\": {\n\t\t\"other\": {}\n\t}\n}",
            "{\r\n    \"mcpServers\": {\r\n        \"other\": {}\r\n    }\r\n}\r\n",
            "{\n  // mine\n  \"mcpServers\": {\n    /* why */ \"other\": {}, // here\n  },\n}\n",
        ];
        for text in texts {
            let with = file(text, Dialect::WithComments).with("kmtop", &keys()).expect("in");
            assert_eq!(value(&with)["mcpServers"]["kmtop"]["command"], "/a \"b\"/kmtop", "{with}");
            let without = file(&with, Dialect::WithComments).without("kmtop").expect("out");
            assert_eq!(value(&without), value(text), "{without}");
            let comments =
                |text: &str| ["// mine", "/* why */", "// here", "1.50", "[1,2 , 3]"].map(|piece| text.contains(piece));
            assert_eq!(comments(&without), comments(text), "{without}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_or_empty_gets_one() {
        for text in ["", "\n", "{}", "{\n}\n"] {
            let with = file(text, Dialect::Json).with("kmtop", &keys()).expect("in");
            assert_eq!(value(&with)["mcpServers"]["kmtop"]["args"], json!(["--serve", "--stdio"]), "{with}");
        }
    }

    #[test]
    fn an_entry_that_is_there_keeps_its_own_keys() {
        let text =
            r#"{"mcpServers": {"kmtop": {"url": "http://x", "disabled": true, "env": {"MINE": "1", "KMTOP_HOME": "/old"}}}}"#;
        let with = file(text, Dialect::Json).with("kmtop", &keys()).expect("in");
        let entry = &value(&with)["mcpServers"]["kmtop"];
        assert_eq!(
            [&entry["disabled"], &entry["env"]["MINE"], &entry["env"]["KMTOP_HOME"], &entry["url"]],
            [&json!(true), &json!("1"), &json!("/h"), &Value::Null]
        );
        let again = file(&with, Dialect::Json).with("kmtop", &keys()).expect("in");
        assert_eq!(again, with, "a second time changes nothing");
    }

    #[test]
    fn a_broken_file_is_told_by_line_and_column() {
        let said = |text: &str, dialect| file(text, dialect).with("kmtop", &keys()).expect_err("broken").to_string();
        let missing = said("{\n  \"a\": 1\n  \"b\": 2\n}", Dialect::WithComments);
        assert!(missing.starts_with("/c.json:") && missing.contains("nothing was written"), "{missing}");
        let comment = said("{\n  // no\n}", Dialect::Json);
        assert!(comment.starts_with("/c.json:2:"), "{comment}");
        assert!(said("[]", Dialect::Json).contains("is no object"));
        assert!(said(r#"{"mcpServers": []}"#, Dialect::Json).contains("\"mcpServers\" that is no object"));
        assert!(said(r#"{"mcpServers": {}, "mcpServers": {}}"#, Dialect::Json).contains("twice"));
    }
}
