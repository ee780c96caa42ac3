//! The collections that For Each goes over.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{
    super::{
        calculation::format_number,
        data::{Action, flag_of},
        desktop::Desktop,
        host::{FileKind, MAX_ENTRIES},
        json,
        portability::{expression_refusal, text_refusal},
        profile::Profile,
        tokens::Escapes,
        variables::{Reach, reach},
    },
    error::Trouble,
    source::{self, Fields, text, word},
    state::Runner,
};

/// Deepest folder below the one that is listed.
const DEEPEST: usize = 64;

/// What a collection holds, one after the other.
pub(super) enum Items {
    /// Numbers, made as they are needed.
    Range {
        /// The first.
        start: f64,
        /// How many there are.
        count: u64,
        /// How many have been given.
        given: u64,
        /// From each to the next: 1 or -1.
        step: f64,
    },
    /// Texts.
    List(std::vec::IntoIter<String>),
}

impl Iterator for Items {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        match self {
            Self::Range { start, count, given, step } => {
                if *given >= *count {
                    return None;
                }
                let number = *start + *given as f64 * *step;
                *given += 1;
                Some(format_number(number))
            }
            Self::List(texts) => texts.next(),
        }
    }
}

/// The collections of an action.
pub(super) fn collections(action: &Action) -> &[Value] {
    let list = action.fields.get("Collections").and_then(|collections| collections.get("CollectionList")?.as_array());
    list.map_or(&[], Vec::as_slice)
}

/// Why the collections of an action cannot be gone over here; `None` when they can.
pub(super) fn refusal(action: &Action, profile: &Profile) -> Option<String> {
    collections(action).iter().enumerate().find_map(|(index, collection)| {
        let reason = match collection.as_object() {
            Some(collection) => collection_refusal(collection, profile)?,
            None => "is none".into(),
        };
        Some(format!("collection {} {reason}", index + 1))
    })
}

fn collection_refusal(collection: &Fields, profile: &Profile) -> Option<String> {
    let texts = |keys: &[&str]| keys.iter().find_map(|key| text_refusal(&text(collection, key), profile));
    let reason = match word(collection, "CollectionType") {
        "Range" => {
            ["StartExpression", "EndExpression"].iter().find_map(|key| expression_refusal(&text(collection, key), profile))
        }
        "LinesIn" => source::refusal(collection, profile),
        "SubstringsIn" => {
            substrings_refusal(collection).or_else(|| source::refusal(collection, profile)).or_else(|| texts(&["Search"]))
        }
        "Files" => sort_refusal(collection).or_else(|| texts(&["Path"])),
        "DictionaryKeys" => texts(&["Dictionary"]),
        "JSON" => json_refusal(collection).or_else(|| texts(&["Text"])),
        "Variables" | "Dictionaries" | "PastClipboards" => None,
        "Applications" if profile.desktop.as_ref().is_some_and(|desktop| desktop.running.is_some()) => None,
        "Applications" => {
            return Some("goes over the running applications; name them in [engine.simulate] to pretend some".into());
        }
        other => return Some(format!("goes over {other}, which needs macOS")),
    };
    reason.map(|reason| format!("cannot be gone over: {reason}"))
}

fn substrings_refusal(collection: &Fields) -> Option<String> {
    let (kind, result) = (word(collection, "SearchKind"), word(collection, "ResultType"));
    if !matches!(kind, "" | "Match") {
        return Some(format!("it searches by “{kind}”, which kmtop does not know"));
    }
    (!matches!(result, "" | "String")).then(|| format!("it gives “{result}”, which kmtop does not know"))
}

fn sort_refusal(collection: &Fields) -> Option<String> {
    let order = word(collection, "SortOrder");
    (!matches!(order, "" | "Alphabetical" | "None" | "Unsorted"))
        .then(|| format!("it sorts by “{order}”, which kmtop does not know"))
}

fn json_refusal(collection: &Fields) -> Option<String> {
    let result = word(collection, "ResultType");
    (!matches!(result, "" | "Key" | "Value")).then(|| format!("it gives “{result}”, which kmtop does not know"))
}

fn flag(collection: &Fields, key: &str) -> Option<bool> {
    flag_of(collection.get(key)?)
}

impl Runner<'_> {
    /// What a collection holds now.
    pub(super) fn items(&mut self, collection: &Fields) -> Result<Items, Trouble> {
        let list = match word(collection, "CollectionType") {
            "Range" => return self.range(collection),
            "LinesIn" => {
                let blank = flag(collection, "IncludeBlankLines") == Some(true);
                let text = self.text_from(collection)?;
                text.lines().filter(|line| blank || !line.trim().is_empty()).map(str::to_owned).collect()
            }
            "SubstringsIn" => self.substrings(collection)?,
            "Files" => self.folder(collection)?,
            "Variables" => {
                let all = self.host.variables()?;
                all.into_iter().map(|(name, _)| name).filter(|name| reach(name) == Reach::Global).collect()
            }
            "Dictionaries" => self.host.dictionaries()?,
            "DictionaryKeys" => {
                let name = self.expand(&text(collection, "Dictionary"), Escapes::Process)?;
                self.host.dictionary(name.trim())?.into_iter().map(|(key, _)| key).collect()
            }
            "JSON" => self.members(collection)?,
            "PastClipboards" => self.past_clipboards()?,
            "Applications" => {
                let applications = self.desktop.as_ref().and_then(Desktop::applications);
                applications.unwrap_or_default().into_iter().map(|application| application.name.clone()).collect()
            }
            other => return Err(Trouble::Failed(format!("a collection of {other} is not gone over here"))),
        };
        Ok(Items::List(list.into_iter()))
    }

    fn range(&mut self, collection: &Fields) -> Result<Items, Trouble> {
        let start = self.number(&text(collection, "StartExpression"))?;
        let end = self.number(&text(collection, "EndExpression"))?;
        let step = if flag(collection, "Upwards") == Some(false) { -1.0 } else { 1.0 };
        let span = (end - start) * step;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates; steps are limited anyway"
        )]
        let count = if span >= 0.0 { (span.floor() as u64).saturating_add(1) } else { 0 };
        Ok(Items::Range { start, count, given: 0, step })
    }

    fn substrings(&mut self, collection: &Fields) -> Result<Vec<String>, Trouble> {
        let pattern = self.expand(&text(collection, "Search"), Escapes::Keep)?;
        let regex = self.regex(&pattern, false).map_err(|error| Trouble::Failed(error.to_string()))?;
        let text = self.text_from(collection)?;
        let mut list = Vec::new();
        for found in regex.find_iter(&text) {
            let found = found.map_err(|error| Trouble::Failed(error.to_string()))?;
            list.push(text.get(found.range()).unwrap_or_default().to_owned());
        }
        Ok(list)
    }

    /// The keys or values of a JSON document, which is written out or in a variable.
    fn members(&mut self, collection: &Fields) -> Result<Vec<String>, Trouble> {
        let failed = |error: json::JsonError| Trouble::Failed(error.to_string());
        let given = self.expand(&text(collection, "Text"), Escapes::Process)?;
        let document = if given.trim_start().starts_with(['{', '[']) {
            given
        } else {
            let (name, path) = json::split(given.trim());
            let whole = self.read(name)?.unwrap_or_default();
            let part = json::get(&whole, path, self).map_err(failed)?;
            part.ok_or_else(|| Trouble::Failed(format!("there is no JSON at “{}”", given.trim())))?
                .text(json::Form { strict: true, pretty: false })
        };
        if word(collection, "ResultType") != "Value" {
            return json::keys(&document).map_err(failed);
        }
        let values = json::elements(&document).map_err(failed)?;
        Ok(values.into_iter().map(|value| value.text(json::Form { strict: false, pretty: false })).collect())
    }

    fn folder(&mut self, collection: &Fields) -> Result<Vec<String>, Trouble> {
        let root = self.path(&text(collection, "Path"))?;
        let invisible = flag(collection, "IncludeInvisibles") == Some(true);
        let recursive = flag(collection, "Recursive") == Some(true);
        let mut found = Vec::new();
        let mut waiting: Vec<(PathBuf, usize)> = vec![(root, 0)];
        while let Some((folder, depth)) = waiting.pop() {
            self.count_step()?;
            for path in self.host.list_folder(&folder)?.into_iter().filter(|path| invisible || !is_hidden(path)) {
                if found.len() >= MAX_ENTRIES {
                    return Err(Trouble::Failed(format!("the folder holds more than {MAX_ENTRIES} files")));
                }
                found.push(path.to_string_lossy().into_owned());
                // A link to a folder is listed and not entered: it may lead back up.
                let info = if recursive && depth < DEEPEST { self.host.file_info(&path, false)? } else { None };
                if info.is_some_and(|info| info.kind == FileKind::Folder) {
                    waiting.push((path, depth + 1));
                }
            }
        }
        found.sort_by_cached_key(|path| path.to_lowercase());
        Ok(found)
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}
