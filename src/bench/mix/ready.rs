//! Operations that kmtop brings: on variables and macros of its own, which are removed afterwards.

use serde_json::{Value, json};

use super::{Mix, Operation, Template};
use crate::bench::BenchError;

/// The macro that load tests run: a few actions and no waiting.
pub const MACRO: &str = "kmtop Benchmark";
/// The macro that load tests run where work is to take its time: it waits as long as its parameter says, in seconds.
pub const WAITING_MACRO: &str = "kmtop Benchmark Wait";
/// The names of the operations that kmtop brings.
pub const NAMES: [&str; 7] = ["health", "variables", "macros", "list", "calculate", "tokens", "waiting"];

/// Tools and arguments, in turn.
fn calls(name: &str) -> Option<Vec<(&'static str, Value)>> {
    let variable = "kmtop Benchmark {{counter:100}}";
    Some(match name {
        "health" => vec![("health_check", json!({}))],
        "variables" => vec![
            ("km_set_variable", json!({ "name": variable, "value": "a value of usual length, {{random:1..1000000}}" })),
            ("km_get_variable", json!({ "name": variable })),
        ],
        "macros" => vec![("km_run_macro", json!({ "macro": MACRO, "parameter": "{{random:1..1000}}" }))],
        "list" => vec![
            ("km_list_macros", json!({ "query": "kmtop Benchmark", "limit": 20 })),
            ("km_search_macros", json!({ "text": "kmtop Benchmark", "limit": 5 })),
        ],
        "calculate" => vec![("km_calculate", json!({ "expression": "ROUND({{random:1..1000}} * 1.19)" }))],
        "tokens" => vec![("km_process_tokens", json!({ "text": "%ICUDateTime%HH:mm:ss% {{counter}}" }))],
        "waiting" => vec![("km_run_macro", json!({ "macro": WAITING_MACRO, "parameter": "0.01" }))],
        _ => return None,
    })
}

/// A mix of ready operations by weight.
///
/// # Errors
/// When there is none of such a name.
pub fn ready(weights: &[(String, f64)]) -> Result<Mix, BenchError> {
    let operation = |(name, weight): &(String, f64)| {
        let unknown = || BenchError::new(format!("there is no ready operation {name}; there are {}", NAMES.join(", ")));
        let calls = calls(name).ok_or_else(unknown)?;
        let calls = calls.into_iter().map(|(tool, arguments)| Template::new(tool, arguments)).collect::<Result<_, _>>()?;
        Ok(Operation { name: name.clone(), weight: *weight, calls })
    };
    Mix::new(weights.iter().map(operation).collect::<Result<_, BenchError>>()?)
}

/// Variables of growing size, from 1 KiB up to what fits a server whose longest value is `limit` bytes: each is set and read.
///
/// # Errors
/// Never with a limit over 2 KiB.
pub fn large_values(limit: usize) -> Result<Mix, BenchError> {
    // A request holds more than the value.
    let largest = limit.saturating_sub(1_024).max(1_024);
    let mut sizes: Vec<usize> =
        std::iter::successors(Some(1_024), |size| Some(size * 8)).take_while(|size| *size < largest).collect();
    sizes.push(largest);
    let operation = |size: usize| {
        let name = format!("kmtop Benchmark {size}");
        let value = format!("{{{{text:{size}}}}}");
        let calls = vec![
            Template::new("km_set_variable", json!({ "name": name, "value": value }))?,
            Template::new("km_get_variable", json!({ "name": name }))?,
        ];
        Ok(Operation { name: format!("{} KiB", size.div_ceil(1_024)), weight: 1.0, calls })
    };
    Mix::new(sizes.into_iter().map(operation).collect::<Result<_, BenchError>>()?)
}

/// What of a mix a target can take that has only these tools; with the names of what was left out.
///
/// # Errors
/// When nothing is left.
pub(in crate::bench) fn restrict(mix: &Mix, tools: &[String]) -> Result<(Mix, Vec<String>), BenchError> {
    let is_there = |operation: &Operation| operation.calls.iter().all(|call| tools.iter().any(|tool| **tool == *call.tool));
    let (kept, left_out): (Vec<Operation>, Vec<Operation>) = mix.operations().iter().cloned().partition(is_there);
    if kept.is_empty() {
        let shown: Vec<&str> = tools.iter().map(String::as_str).take(20).collect();
        return Err(BenchError::new(format!(
            "the target has none of the tools that would be called; say what to call with --call TOOL='{{…}}'. Its tools: {}",
            if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
        )));
    }
    Ok((Mix::new(kept)?, left_out.into_iter().map(|operation| operation.name).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_its_operation_and_no_other_has() {
        for name in NAMES {
            let mix = ready(&[(name.to_owned(), 1.0)]).expect(name);
            mix.check_macros().expect("only kmtop's own macros");
        }
        let error = ready(&[("nothing".to_owned(), 1.0)]).expect_err("unknown");
        assert!(error.to_string().contains("health, variables"), "{error}");
    }

    #[test]
    fn large_values_end_below_the_limit() {
        let mix = large_values(1 << 20).expect("a mix");
        let names: Vec<&str> = mix.operations().iter().map(|operation| operation.name.as_str()).collect();
        assert_eq!(names, ["1 KiB", "8 KiB", "64 KiB", "512 KiB", "1023 KiB"]);
        let ask = mix.ask(4, 0, &mut fastrand::Rng::with_seed(1));
        assert_eq!(ask.arguments["value"].as_str().map(str::len), Some((1 << 20) - 1_024));
    }

    #[test]
    fn a_target_gets_only_what_it_has() {
        let mix = ready(&[("health".to_owned(), 1.0), ("macros".to_owned(), 1.0)]).expect("a mix");
        let (kept, left_out) = restrict(&mix, &["health_check".to_owned()]).expect("health");
        assert_eq!((kept.tools(), left_out), (vec!["health_check"], vec!["macros".to_owned()]));
        assert!(restrict(&mix, &["echo".to_owned()]).is_err_and(|error| error.to_string().contains("echo")));
    }
}
