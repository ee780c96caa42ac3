//! A run of a load test as a window.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Context, Measured, Source, Window};
use crate::model::SparseHistogram;

/// What is compared of a whole run besides its tools: the way to the server and back is in it.
const AS_SEEN: &str = "as its client saw it: ";

impl Window {
    /// The JSON of `kmtop bench`: each tool as the target told of it, and each operation as its client saw it.
    ///
    /// # Errors
    /// When it is no such JSON, or one without histograms, with what is missing.
    pub fn of_bench(run: &Value) -> Result<Self, String> {
        let missing = |what: &str| format!("it is no result of `kmtop bench --json` of this version: `{what}` is missing");
        let parts = |name: &str| run[name].as_array().ok_or_else(|| missing(name));
        let mut operations = BTreeMap::new();
        for (name, part) in parts("tools")?.iter().map(|part| (&part["tool"], part)) {
            operations.insert(name.as_str().ok_or_else(|| missing("tools[].tool"))?.to_owned(), measured(part)?);
        }
        for part in parts("operations")? {
            let name = part["name"].as_str().ok_or_else(|| missing("operations[].name"))?;
            operations.insert(format!("{AS_SEEN}{name}"), measured(part)?);
        }
        let environment = &run["environment"];
        let time = environment["time"].as_str().and_then(|time| time.parse::<jiff::Timestamp>().ok());
        let time_ms = time.and_then(|time| u64::try_from(time.as_millisecond()).ok());
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let mut workers: Vec<u64> =
            run["track"].as_array().into_iter().flatten().filter_map(|point| point["live"].as_u64()).collect();
        workers.sort_unstable();
        Ok(Self {
            time_ms: time_ms.ok_or_else(|| missing("environment.time"))?,
            source: Source::Bench,
            context: Context {
                host: text(&environment["host"]).unwrap_or_default(),
                workers: workers.get(workers.len() / 2).and_then(|workers| u16::try_from(*workers).ok()),
                rate_per_s: run["rate"]["achieved_per_s"].as_f64().ok_or_else(|| missing("rate.achieved_per_s"))?,
                work: text(&run["work"]),
                version: text(&environment["version"]).unwrap_or_default(),
                git: text(&environment["git"]),
                optimized: environment["optimized"].as_bool(),
            },
            operations,
        })
    }
}

fn measured(part: &Value) -> Result<Measured, String> {
    let times = part["times"].as_str().ok_or("it has no histograms (`times`); run this version's `kmtop bench --json`")?;
    let total: SparseHistogram =
        serde_json::from_value(Value::from(times)).map_err(|error| format!("a histogram in it is damaged: {error}"))?;
    let count = |name: &str| part[name].as_u64().unwrap_or(0);
    let measured = Measured { calls: count("calls"), errors: count("failed"), total };
    if measured.calls > 0 && measured.times().is_none() {
        return Err("a histogram in it is damaged".to_owned());
    }
    Ok(measured)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::metrics;

    fn run() -> Value {
        let mut times = metrics::latency();
        metrics::record(&mut times, 5_000);
        let times = serde_json::to_value(metrics::encode(&times)).expect("base64");
        json!({
            "work": "abc", "rate": { "achieved_per_s": 49.5 },
            "tools": [{ "tool": "km_run_macro", "calls": 1, "failed": 0, "times": times }],
            "operations": [{ "name": "macros", "calls": 1, "failed": 0, "times": times }],
            "track": [{ "live": 2 }, { "live": 2 }, { "live": 1 }],
            "environment": { "time": "2026-01-31T14:30:00Z", "host": "mini", "version": "0.1.0", "git": null, "optimized": true },
        })
    }

    #[test]
    fn a_run_is_a_window() {
        let window = Window::of_bench(&run()).expect("a run");
        assert_eq!((window.time_ms, window.source, window.context.workers), (1_769_869_800_000, Source::Bench, Some(2)));
        assert_eq!((window.context.work.as_deref(), window.context.host.as_str()), (Some("abc"), "mini"));
        let names: Vec<&str> = window.operations.keys().map(String::as_str).collect();
        assert_eq!(names, ["as its client saw it: macros", "km_run_macro"]);
    }

    #[test]
    fn what_is_missing_is_said() {
        let mut old = run();
        old["operations"][0].as_object_mut().expect("an object").remove("times");
        assert!(Window::of_bench(&old).is_err_and(|error| error.contains("no histograms")));
        let mut damaged = run();
        damaged["tools"][0]["times"] = json!("AAAA");
        assert!(Window::of_bench(&damaged).is_err_and(|error| error.contains("damaged")));
        assert!(Window::of_bench(&json!([])).is_err_and(|error| error.contains("`tools` is missing")));
    }
}
