//! The table of calculations and tokens: `tests/data/expressions.toml`.

use std::{collections::BTreeMap, fs, path::Path};

use kmtop::macros::{
    HostError,
    calculation::{self, Scope},
    desktop::Desktop,
    tokens::{Clipboard, Escapes, TokenScope, evaluate, expand, lack},
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    variables: BTreeMap<String, String>,
    dictionaries: BTreeMap<String, BTreeMap<String, String>>,
    clipboards: Clipboards,
    desktop: Desktop,
    group: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clipboards {
    history: Vec<String>,
    named: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    kind: String,
    source: String,
    cases: Vec<(String, String)>,
}

impl Scope for Table {
    fn variable(&mut self, name: &str) -> Result<Option<String>, HostError> {
        Ok(self.variables.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone()))
    }

    fn now(&mut self) -> jiff::Zoned {
        "2017-09-05T14:07:09.25[America/New_York]".parse().unwrap()
    }

    fn random(&mut self) -> f64 {
        0.5
    }

    fn clipboard_seed(&mut self) -> Result<u64, HostError> {
        Ok(7)
    }

    fn desktop(&self) -> Option<&Desktop> {
        Some(&self.desktop)
    }
}

impl TokenScope for Table {
    fn simple(&mut self, _: &str) -> Result<Option<String>, HostError> {
        Ok(None)
    }

    fn clipboard(&mut self, which: Clipboard<'_>) -> Result<Option<String>, HostError> {
        Ok(match which {
            Clipboard::System | Clipboard::Trigger => self.clipboards.history.first(),
            Clipboard::Past(place) => self.clipboards.history.get(place),
            Clipboard::Named(name) => self.clipboards.named.get(name),
        }
        .cloned())
    }

    fn dictionary_value(&mut self, dictionary: &str, key: &str) -> Result<Option<String>, HostError> {
        let entries = self.dictionary(dictionary)?;
        Ok(entries.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value))
    }

    fn dictionary(&mut self, dictionary: &str) -> Result<Vec<(String, String)>, HostError> {
        let found = self.dictionaries.iter().find(|(known, _)| known.eq_ignore_ascii_case(dictionary));
        Ok(found.into_iter().flat_map(|(_, entries)| entries.clone()).collect())
    }

    fn variables(&mut self) -> Result<Vec<(String, String)>, HostError> {
        Ok(self.variables.clone().into_iter().collect())
    }
}

impl Table {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/expressions.toml");
        toml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    }

    /// What is wrong with a case, if anything is.
    fn fault(&mut self, kind: &str, input: &str, expected: &str) -> Option<String> {
        let given = match kind {
            "calculation" => evaluate(input, self).map(|value| value.to_string()).map_err(|error| error.to_string()),
            "token" => expand(input, Escapes::Process, self).map_err(|error| error.to_string()),
            "refused" => match calculation::evaluate(input, self) {
                Ok(value) => return Some(format!("gives {value}")),
                Err(error) => Ok(contained(&error.to_string(), expected)),
            },
            "lacking" => match lack(input, Some(&self.desktop)) {
                None => return Some("lacks nothing".to_owned()),
                Some(lack) => Ok(contained(&lack.to_string(), expected)),
            },
            other => return Some(format!("is of the kind {other}, which is none")),
        };
        (given.as_deref() != Ok(expected)).then(|| format!("gives {given:?}, not {expected:?}"))
    }
}

/// The part when it is in the text, else the whole text.
fn contained(text: &str, part: &str) -> String {
    if text.contains(part) { part.to_owned() } else { text.to_owned() }
}

#[test]
fn every_case_of_the_table_gives_what_it_should() {
    let mut table = Table::read();
    let groups = std::mem::take(&mut table.group);
    let mut faults = Vec::new();
    for Group { kind, source, cases } in &groups {
        assert!(!source.is_empty());
        for (input, expected) in cases {
            let fault = table.fault(kind, input, expected);
            faults.extend(fault.map(|fault| format!("{kind} {input:?} {fault} ({source})")));
        }
    }
    assert_eq!(faults, Vec::<String>::new());
    let count: usize = groups.iter().map(|group| group.cases.len()).sum();
    assert!(count >= 150, "the table has {count} cases");
}

#[test]
fn a_wrong_value_would_be_found() {
    let mut table = Table::read();
    assert!(table.fault("calculation", "1 + 1", "3").is_some());
    assert!(table.fault("refused", "1 + 1", "2").is_some());
    assert!(table.fault("lacking", "%Variable%Name%", "Name").is_some());
}
