//! What a load test brings to a kmtop that is not its own, and takes away again.

use serde_json::{Value, json};

use super::{
    BenchError,
    mix::{self, MACRO, Mix, WAITING_MACRO},
    target::{Address, CLIENT},
};
use crate::client::Client;

/// The macros that load tests run.
pub const MACROS: &str = include_str!("../../assets/benchmark.kmmacros");

/// What the names of all variables of a test begin with.
const OURS: &str = "kmtop Benchmark ";
/// The place in such a name that is counted.
const COUNTED: &str = "{{counter:100}}";

/// What was brought to a target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visit {
    macros: bool,
    variables: Vec<String>,
}

/// The variables of its own that a mix sets.
fn variables(mix: &Mix) -> Vec<String> {
    let calls = mix.operations().iter().flat_map(|operation| &operation.calls);
    let names = calls
        .filter(|call| &*call.tool == "km_set_variable")
        .filter_map(|call| call.arguments["name"].as_str())
        .filter(|name| name.starts_with(OURS));
    let each = |name: &str| {
        if name.contains(COUNTED) {
            (1..=100).map(|number| name.replace(COUNTED, &number.to_string())).collect()
        } else {
            vec![name.to_owned()]
        }
    };
    names.flat_map(each).collect()
}

impl Visit {
    /// What of `mix` the target can take without anything being left behind, and what was left out, with why.
    ///
    /// # Errors
    /// When the target cannot be reached, or nothing is left to call.
    pub async fn look(address: &Address, mix: &Mix) -> Result<(Mix, Vec<String>), BenchError> {
        let tools = address.tools().await?;
        let has = |name: &str| tools.iter().any(|tool| tool == name);
        let can_import = matches!(address, Address::Url { .. }) && has("km_import_macros") && has("km_delete_macro");
        let usable: Vec<String> = tools.iter().filter(|tool| *tool != "km_run_macro" || can_import).cloned().collect();
        let (mix, left_out) = mix::restrict(mix, &usable)?;
        let why =
            |name| format!("{name} was left out: the target does not offer what it calls, or not what would remove its traces");
        Ok((mix, left_out.into_iter().map(why).collect()))
    }

    /// The same, and brings what that needs.
    ///
    /// # Errors
    /// When the target cannot be reached, nothing is left to call, or it does not take what is brought.
    pub async fn begin(address: &Address, mix: &Mix) -> Result<(Self, Mix, Vec<String>), BenchError> {
        let (mix, left_out) = Self::look(address, mix).await?;
        let visit = Self { macros: mix.tools().contains(&"km_run_macro"), variables: variables(&mix) };
        if visit.macros {
            let client = visit.client(address).await?;
            let answer = client.call("km_import_macros", json!({ "xml": MACROS, "conflict": "replace" })).await;
            client.close().await;
            if let Some(problem) = problem(answer) {
                return Err(BenchError::new(format!("kmtop's benchmark macros could not be imported: {problem}")));
            }
        }
        Ok((visit, mix, left_out))
    }

    async fn client(&self, address: &Address) -> Result<Client, BenchError> {
        match address {
            Address::Url { url, token } => Ok(Client::connect(url, token.as_deref(), CLIENT).await?),
            Address::Command(_) => Err(BenchError::new("a program that was started keeps nothing")),
        }
    }

    /// Takes away what was brought. Says what could not be.
    pub async fn end(self, address: &Address) -> Option<String> {
        if !self.macros && self.variables.is_empty() {
            return None;
        }
        let client = match self.client(address).await {
            Ok(client) => client,
            Err(error) => return Some(format!("what the test left at the target could not be removed: {error}")),
        };
        let mut problems = Vec::new();
        if self.macros {
            for name in [MACRO, WAITING_MACRO] {
                problems.extend(problem(client.call("km_delete_macro", json!({ "macro": name })).await));
            }
        }
        for name in &self.variables {
            // A text that every Keyboard Maestro takes for a deletion; a tool that deletes is rarely allowed.
            let arguments = json!({ "name": name, "value": "%Delete%" });
            problems.extend(problem(client.call("km_set_variable", arguments).await));
        }
        client.close().await;
        problems.first().map(|first| format!("not all that the test left at the target could be removed: {first}"))
    }
}

fn problem(answer: Result<crate::client::Answer, crate::client::ClientError>) -> Option<String> {
    match answer {
        Ok(answer) if answer.is_error => {
            let message = answer.value.as_ref().and_then(|value| value.pointer("/error/message")).and_then(Value::as_str);
            Some(message.unwrap_or("the tool failed").to_owned())
        }
        Ok(_) => None,
        Err(error) => Some(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_of_a_mix_are_known_by_name() {
        let names = variables(&mix::ready(&[("variables".to_owned(), 1.0)]).expect("a mix"));
        assert_eq!((names.len(), names[0].as_str(), names[99].as_str()), (100, "kmtop Benchmark 1", "kmtop Benchmark 100"));
        assert_eq!(variables(&mix::large_values(1 << 20).expect("a mix")).len(), 5);
        assert!(
            MACROS.contains(&format!("<string>{MACRO}</string>"))
                && MACROS.contains(&format!("<string>{WAITING_MACRO}</string>"))
        );
    }
}
