//! What is promised.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{analysis::default_contract, model::Contract};

/// Megabytes that kmtop itself may take, and percent of one processor, where nobody says otherwise.
const OWN: (f64, f64) = (100.0, 50.0);

/// What is promised of tools and of kmtop itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Promises {
    /// Contracts that somebody set, by tool.
    set: BTreeMap<String, Contract>,
    memory_mb: Option<f64>,
    cpu_percent: Option<f64>,
    /// Whether tools without a contract of their own have the default one, and kmtop itself its usual bounds.
    defaults: bool,
}

/// A file of contracts that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PromiseError(String);

/// A file of contracts, or the settings, of which all else is left alone.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File {
    contract: Vec<Contract>,
    process: Process,
}

/// `[process]`: kmtop itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Process {
    memory_mb: Option<f64>,
    cpu_percent: Option<f64>,
}

impl Promises {
    /// These contracts, and the defaults for all else.
    #[must_use]
    pub fn new(contracts: &[Contract]) -> Self {
        let set = contracts.iter().map(|contract| (contract.tool.clone(), contract.clone())).collect();
        Self { set, memory_mb: None, cpu_percent: None, defaults: true }
    }

    /// Those of a TOML file with `[[contract]]` and `[process]`, and nothing else: what it does not name is not promised.
    ///
    /// # Errors
    /// When it is no TOML, a contract is not sound, or it promises nothing; with the line, where there is one.
    pub fn read(text: &str) -> Result<Self, PromiseError> {
        let file: File = toml::from_str(text).map_err(|error| PromiseError(error.to_string().trim_end().to_owned()))?;
        let mut set = BTreeMap::new();
        for contract in file.contract {
            let tool = contract.tool.clone();
            contract.check().map_err(|what| PromiseError(format!("the contract of \"{tool}\" {what}")))?;
            if set.insert(tool.clone(), contract).is_some() {
                return Err(PromiseError(format!("there are two contracts of \"{tool}\"")));
            }
        }
        let Process { memory_mb, cpu_percent } = file.process;
        if [memory_mb, cpu_percent].iter().flatten().any(|limit| !(*limit > 0.0 && limit.is_finite())) {
            return Err(PromiseError("`memory_mb` and `cpu_percent` of [process] must be over 0".to_owned()));
        }
        if set.is_empty() && memory_mb.is_none() && cpu_percent.is_none() {
            return Err(PromiseError(
                "it promises nothing; write [[contract]] with `tool` and some of p50_ms, p95_ms, p99_ms, success_percent and rate_per_s, \
                 or [process] with memory_mb and cpu_percent"
                    .to_owned(),
            ));
        }
        Ok(Self { set, memory_mb, cpu_percent, defaults: false })
    }

    /// What a running server promises now. Those that are the defaults stay defaults.
    pub fn follow<'a>(&mut self, contracts: impl Iterator<Item = &'a Contract>) {
        for contract in contracts.filter(|contract| **contract != default_contract(&contract.tool)) {
            self.set.insert(contract.tool.clone(), contract.clone());
        }
    }

    /// The contract of a tool, and whether somebody set it; `None` where nothing is promised of it.
    pub(super) fn of(&self, tool: &str) -> Option<(Contract, bool)> {
        match self.set.get(tool) {
            Some(contract) => Some((contract.clone(), true)),
            None => self.defaults.then(|| (default_contract(tool), false)),
        }
    }

    /// The tools whose contract somebody set.
    pub(super) fn tools(&self) -> impl Iterator<Item = &str> {
        self.set.keys().map(String::as_str)
    }

    /// Megabytes and percent of a processor that kmtop itself may take, and whether somebody set them.
    pub(super) fn own(&self) -> [(Option<f64>, bool); 2] {
        let usual = |set: Option<f64>, usual: f64| (set.or(self.defaults.then_some(usual)), set.is_some());
        [usual(self.memory_mb, OWN.0), usual(self.cpu_percent, OWN.1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_promises_what_it_names_and_nothing_else() {
        let promises =
            Promises::read("[[contract]]\ntool = \"km_run_macro\"\np95_ms = 80\n[process]\nmemory_mb = 90\n").expect("sound");
        assert_eq!(promises.of("km_run_macro").and_then(|(contract, _)| contract.p95_ms), Some(80.0));
        assert_eq!(promises.of("health_check"), None);
        assert_eq!(promises.own(), [(Some(90.0), true), (None, false)]);
        let usual = Promises::new(&[]);
        assert_eq!(usual.of("health_check").map(|(contract, set)| (contract.p95_ms, set)), Some((Some(10.0), false)));
        assert_eq!(usual.own(), [(Some(100.0), false), (Some(50.0), false)]);
        let mut followed = usual.clone();
        let other = Contract { tool: "health_check".into(), p95_ms: Some(3.0), ..Contract::default() };
        followed.follow([&other, &default_contract("km_run_macro")].into_iter());
        assert_eq!(followed.tools().collect::<Vec<_>>(), ["health_check"]);
        // The settings may be given as they are.
        let settings = "allow = [\"read\"]\n[[contract]]\ntool = \"a\"\np50_ms = 5\n[pool]\nmin = 2\n";
        assert!(Promises::read(settings).expect("sound").of("a").is_some());
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, words) in [
            ("", "promises nothing"),
            ("[[contract]]\ntool = \"a\"\np95 = 5", "unknown field `p95`"),
            ("[[contract]]\ntool = \"a\"\np95_ms = -5", "the contract of \"a\" has a `p95_ms` that is not over 0"),
            ("[[contract]]\ntool = \"a\"\n[[contract]]\ntool = \"a\"", "two contracts"),
            ("[process]\nmemory_mb = 0", "must be over 0"),
            ("[process", "line 1"),
        ] {
            let error = Promises::read(text).expect_err(text).to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
