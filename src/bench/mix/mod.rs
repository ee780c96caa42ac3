//! What is called: operations by weight, each with calls whose arguments are filled in anew each time.

mod file;
mod ready;
mod template;

use std::sync::Arc;

use fastrand::Rng;
use serde_json::Value;

pub use file::read;
pub(super) use ready::restrict;
pub use ready::{MACRO, NAMES, WAITING_MACRO, large_values, ready};
pub use template::Template;

use super::BenchError;

/// One kind of work.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its name in the report.
    pub name: String,
    /// Its share of all calls, relative to the others, over 0.
    pub weight: f64,
    /// Its calls, made in turn.
    pub calls: Vec<Template>,
}

/// A call that is about to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// The tool.
    pub tool: Arc<str>,
    /// Its arguments, an object.
    pub arguments: Value,
}

/// Operations by weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    operations: Vec<Operation>,
    total: f64,
}

impl Mix {
    /// A mix of these operations.
    ///
    /// # Errors
    /// When there are none, one has no call, or two have one name.
    pub fn new(operations: Vec<Operation>) -> Result<Self, BenchError> {
        if operations.is_empty() {
            return Err(BenchError::new("there is nothing to call; name operations with --mix, --call or --mix-file"));
        }
        for (place, operation) in operations.iter().enumerate() {
            let name = &operation.name;
            if operation.calls.is_empty() {
                return Err(BenchError::new(format!("the operation {name} calls nothing")));
            }
            if !(operation.weight > 0.0 && operation.weight.is_finite()) {
                return Err(BenchError::new(format!("the weight of {name} must be over 0")));
            }
            if operations[..place].iter().any(|other| other.name == *name) {
                return Err(BenchError::new(format!("two operations are called {name}")));
            }
        }
        let total = operations.iter().map(|operation| operation.weight).sum();
        Ok(Self { operations, total })
    }

    /// All operations.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The share of an operation, 0 to 1.
    #[must_use]
    pub fn share(&self, place: usize) -> f64 {
        self.operations.get(place).map_or(0.0, |operation| operation.weight / self.total)
    }

    /// The place of the operation that calls this tool, or that has this name.
    #[must_use]
    pub fn find(&self, tool: &str) -> Option<usize> {
        self.operations
            .iter()
            .position(|operation| operation.name == tool || operation.calls.iter().any(|call| *call.tool == *tool))
    }

    /// Chooses an operation by weight.
    pub fn choose(&self, random: &mut Rng) -> usize {
        let mut left = random.f64() * self.total;
        for (place, operation) in self.operations.iter().enumerate() {
            left -= operation.weight;
            if left < 0.0 {
                return place;
            }
        }
        self.operations.len() - 1
    }

    /// The `turn`-th call of an operation, from 0, with its arguments filled in.
    pub fn ask(&self, place: usize, turn: u64, random: &mut Rng) -> Ask {
        let calls = &self.operations[place].calls;
        let length = u64::try_from(calls.len()).unwrap_or(1);
        let chosen = usize::try_from(turn % length).unwrap_or(0);
        let template = &calls[chosen];
        // Calls that belong together, such as set and get, count alike.
        Ask { tool: Arc::clone(&template.tool), arguments: template.fill(turn / length + 1, random) }
    }

    /// Every tool that may be called.
    #[must_use]
    pub fn tools(&self) -> Vec<&str> {
        let mut tools: Vec<&str> =
            self.operations.iter().flat_map(|operation| &operation.calls).map(|call| &*call.tool).collect();
        tools.sort_unstable();
        tools.dedup();
        tools
    }

    /// Fails when it would run a macro that is not kmtop's own: a load test never runs the user's.
    ///
    /// # Errors
    /// With the macro's name and what to use instead.
    pub fn check_macros(&self) -> Result<(), BenchError> {
        for call in self.operations.iter().flat_map(|operation| &operation.calls) {
            let named = call.arguments.get("macro").and_then(Value::as_str).unwrap_or_default();
            if &*call.tool == "km_run_macro" && ![MACRO, WAITING_MACRO].contains(&named) {
                return Err(BenchError::new(format!(
                    "a load test runs only kmtop's own macros, \"{MACRO}\" and \"{WAITING_MACRO}\", and not \"{named}\"; \
                     to measure one of yours: kmtop profile km_run_macro '{{\"macro\":\"{named}\"}}' -n 100"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mix(weights: &[(&str, f64)]) -> Mix {
        let operation = |(name, weight): &(&str, f64)| Operation {
            name: (*name).to_owned(),
            weight: *weight,
            calls: vec![Template::new(name, serde_json::json!({})).expect("plain")],
        };
        Mix::new(weights.iter().map(operation).collect()).expect("a mix")
    }

    #[test]
    fn operations_come_by_weight_and_again_from_the_seed() {
        let mix = mix(&[("a", 0.4), ("b", 0.3), ("c", 0.2), ("d", 0.1)]);
        let draw = |seed| {
            let mut random = Rng::with_seed(seed);
            (0..20_000).map(|_| mix.choose(&mut random)).collect::<Vec<_>>()
        };
        let drawn = draw(9);
        assert_eq!(drawn, draw(9));
        for (place, share) in [0.4, 0.3, 0.2, 0.1].into_iter().enumerate() {
            let found = drawn.iter().filter(|chosen| **chosen == place).count() as f64 / 20_000.0;
            assert!((found - share).abs() < 0.015, "{place}: {found}");
            assert!((mix.share(place) - share).abs() < 1e-9);
        }
    }

    #[test]
    fn calls_of_one_operation_are_made_in_turn() {
        let call = |tool: &str| Template::new(tool, serde_json::json!({ "n": "{{counter}}" })).expect("a template");
        let operation = Operation { name: "pair".to_owned(), weight: 1.0, calls: vec![call("set"), call("get")] };
        let mix = Mix::new(vec![operation]).expect("a mix");
        let mut random = Rng::with_seed(1);
        let asked: Vec<String> = (0..4)
            .map(|turn| mix.ask(0, turn, &mut random))
            .map(|ask| format!("{} {}", ask.tool, ask.arguments["n"].as_str().expect("text")))
            .collect();
        assert_eq!(asked, ["set 1", "get 1", "set 2", "get 2"]);
        assert_eq!(mix.tools(), ["get", "set"]);
        assert_eq!((mix.find("get"), mix.find("pair"), mix.find("x")), (Some(0), Some(0), None));
    }

    #[test]
    fn what_cannot_be_a_mix_is_refused() {
        assert!(Mix::new(Vec::new()).is_err());
        let one = mix(&[("a", 1.0)]).operations()[0].clone();
        assert!(Mix::new(vec![one.clone(), one.clone()]).is_err_and(|error| error.to_string().contains("two")));
        assert!(Mix::new(vec![Operation { calls: Vec::new(), ..one.clone() }]).is_err());
        assert!(Mix::new(vec![Operation { weight: f64::NAN, ..one }]).is_err());
    }

    #[test]
    fn no_macro_of_the_user_is_run() {
        let run = |name: &str| {
            let call = Template::new("km_run_macro", serde_json::json!({ "macro": name })).expect("a template");
            Mix::new(vec![Operation { name: "x".to_owned(), weight: 1.0, calls: vec![call] }]).expect("a mix").check_macros()
        };
        assert!(run(MACRO).is_ok() && run(WAITING_MACRO).is_ok());
        let error = run("Delete Everything").expect_err("the user's");
        assert!(error.to_string().contains("kmtop profile"), "{error}");
    }
}
