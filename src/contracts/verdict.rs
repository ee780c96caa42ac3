//! Each promise beside its number.

use serde::Serialize;

use super::{Load, Measured, Promises, ToolTimes};
use crate::model::Contract;

/// Fewest calls that say something of p50, p95, p99: of fewer, the 99th percentile is only the longest.
const LEAST: [u64; 3] = [10, 20, 100];
/// Fewest calls that say something of the share that ends well.
const LEAST_SUCCESS: u64 = 10;
/// A rate counts as reached from this share on: calls by chance are never quite as many as planned.
const REACHED: f64 = 0.95;

/// What became of a promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is kept.
    Kept,
    /// It is broken.
    Broken,
    /// Nobody can say.
    NotMeasured,
}

impl Outcome {
    /// It in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Broken => "BROKEN",
            Self::NotMeasured => "not measured",
        }
    }
}

/// One promise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// The tool; `kmtop` for the server itself.
    pub subject: String,
    /// What is promised: `p50`, `p95`, `p99`, `success`, `rate`, `memory`, `cpu`.
    pub measure: &'static str,
    /// What became of it.
    pub outcome: Outcome,
    /// What was measured; `None` when it was not.
    pub measured: Option<f64>,
    /// What is promised, in the same unit.
    pub limit: f64,
    /// `ms`, `percent`, `per_s`, `MB`.
    pub unit: &'static str,
    /// Calls that it rests on; 0 for what is not about calls.
    pub calls: u64,
    /// Whether somebody set this promise; else it is a default.
    pub set: bool,
    /// Why it could not be measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// All promises.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Verdict {
    /// Each of them, by tool.
    pub lines: Vec<Line>,
}

impl Verdict {
    /// How many promises came to this.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> usize {
        self.lines.iter().filter(|line| line.outcome == outcome).count()
    }

    /// What became of all together. Broken as soon as one is. Kept only if something was measured, and all that somebody set; with
    /// `strict` also all defaults.
    #[must_use]
    pub fn outcome(&self, strict: bool) -> Outcome {
        let missing = |line: &Line| line.outcome == Outcome::NotMeasured && (strict || line.set);
        match () {
            () if self.count(Outcome::Broken) > 0 => Outcome::Broken,
            () if self.count(Outcome::Kept) == 0 || self.lines.iter().any(missing) => Outcome::NotMeasured,
            () => Outcome::Kept,
        }
    }
}

/// Holds promises against what was measured.
#[must_use]
pub fn check(promises: &Promises, measured: &Measured) -> Verdict {
    let mut lines = Vec::new();
    let mut tools: Vec<&str> = promises.tools().chain(measured.tools.keys().map(String::as_str)).collect();
    tools.sort_unstable();
    tools.dedup();
    for tool in tools {
        if let Some((contract, set)) = promises.of(tool) {
            let times = measured.tools.get(tool).cloned().unwrap_or_default();
            lines.extend(of_tool(&contract, &times, set));
        }
    }
    lines.extend(of_process(promises, measured));
    Verdict { lines }
}

fn of_tool(contract: &Contract, times: &ToolTimes, set: bool) -> Vec<Line> {
    let line = |measure, unit, limit| Line {
        subject: contract.tool.clone(),
        measure,
        outcome: Outcome::NotMeasured,
        measured: None,
        limit,
        unit,
        calls: times.calls,
        set,
        why: None,
    };
    let judged = |line: Line, measured: f64, holds: bool| Line {
        measured: Some(measured),
        outcome: if holds { Outcome::Kept } else { Outcome::Broken },
        ..line
    };
    let few = |line: Line, needed: u64| {
        let why = match times.calls {
            0 => "it was not called".to_owned(),
            calls => format!("{calls} calls; {needed} are needed"),
        };
        Line { why: Some(why), ..line }
    };
    let mut lines = Vec::new();
    let limits = [contract.p50_ms, contract.p95_ms, contract.p99_ms];
    for (place, measure) in ["p50", "p95", "p99"].into_iter().enumerate() {
        let Some(limit) = limits[place] else { continue };
        let line = line(measure, "ms", limit);
        lines.push(match times.percentiles_ms[place].filter(|_| times.calls >= LEAST[place]) {
            Some(measured) => judged(line, measured, measured <= limit),
            None => few(line, LEAST[place]),
        });
    }
    if let Some(limit) = contract.success_percent {
        let line = line("success", "percent", limit);
        lines.push(if times.calls >= LEAST_SUCCESS {
            let share = times.calls.saturating_sub(times.errors) as f64 / times.calls as f64 * 100.0;
            judged(line, share, share >= limit)
        } else {
            few(line, LEAST_SUCCESS)
        });
    }
    if let Some(limit) = contract.rate_per_s {
        lines.extend(rate(line("rate", "per_s", limit), times, judged));
    }
    lines
}

/// A rate that was reached can be had. One that was not says something only where it was asked for.
fn rate(line: Line, times: &ToolTimes, judged: impl Fn(Line, f64, bool) -> Line) -> Option<Line> {
    let (reached, limit) = (times.rate_per_s, line.limit);
    match times.load {
        _ if reached >= limit * REACHED && times.calls > 0 => Some(judged(line, reached, true)),
        // Nobody called more, and nobody promised to.
        Load::Daily => {
            line.set.then(|| Line { why: Some("a rate is judged under load: kmtop check RUN.json".to_owned()), ..line })
        }
        Load::Planned(planned) if planned < limit * REACHED => {
            let why = format!("the load asked for {planned:.1} calls a second only");
            Some(Line { measured: Some(reached), why: Some(why), ..line })
        }
        Load::Planned(_) | Load::Most => Some(judged(line, reached, false)),
        // What tools have of a load that takes all is the mix's doing.
        Load::Shared => {
            let why = "the load was of several tools, and this one's share of it is the mix's".to_owned();
            Some(Line { measured: Some(reached), why: Some(why), ..line })
        }
    }
}

fn of_process(promises: &Promises, measured: &Measured) -> Vec<Line> {
    let [(memory, memory_set), (cpu, cpu_set)] = promises.own();
    let line = |measure, unit, limit: f64, set, value: Option<f64>| Line {
        subject: "kmtop".to_owned(),
        measure,
        outcome: match value {
            Some(value) if value <= limit => Outcome::Kept,
            Some(_) => Outcome::Broken,
            None => Outcome::NotMeasured,
        },
        measured: value,
        limit,
        unit,
        calls: 0,
        set,
        why: value.is_none().then(|| "nobody told what kmtop itself took".to_owned()),
    };
    let rss = measured.own_rss_bytes.map(|bytes| bytes as f64 / 1e6);
    let memory = memory.map(|limit| line("memory", "MB", limit, memory_set, rss));
    // Who drives it as hard as it goes gets what processor time there is.
    let cpu = cpu.filter(|_| cpu_set || !measured.flat_out);
    let cpu = cpu.map(|limit| line("cpu", "percent", limit, cpu_set, measured.own_cpu_percent));
    memory.into_iter().chain(cpu).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(calls: u64, errors: u64, p95_ms: f64, load: Load) -> ToolTimes {
        ToolTimes { calls, errors, percentiles_ms: [Some(1.0), Some(p95_ms), Some(p95_ms)], rate_per_s: 30.0, load }
    }

    fn measured(times: ToolTimes) -> Measured {
        let tools = [("km_run_macro".to_owned(), times)].into();
        Measured { seconds: 60.0, tools, own_rss_bytes: Some(20_000_000), own_cpu_percent: Some(5.0), ..Measured::default() }
    }

    fn promises(rest: &str) -> Promises {
        Promises::read(&format!("[[contract]]\ntool = \"km_run_macro\"\n{rest}")).expect("sound")
    }

    fn outcomes(promises: &Promises, measured: &Measured) -> Vec<(&'static str, Outcome)> {
        check(promises, measured).lines.iter().map(|line| (line.measure, line.outcome)).collect()
    }

    #[test]
    fn kept_and_broken() {
        use Outcome::{Broken, Kept, NotMeasured};
        let all = promises("p95_ms = 50\nsuccess_percent = 99\n[process]\nmemory_mb = 10\ncpu_percent = 10");
        let seen = outcomes(&all, &measured(times(1_000, 20, 49.0, Load::Daily)));
        assert_eq!(seen, [("p95", Kept), ("success", Broken), ("memory", Broken), ("cpu", Kept)]);
        let usual = check(&Promises::new(&[]), &measured(times(1_000, 0, 49.0, Load::Daily)));
        assert_eq!(usual.outcome(false), Kept, "{usual:?}");
        let slow = check(&Promises::new(&[]), &measured(times(1_000, 0, 51.0, Load::Daily)));
        assert_eq!((slow.outcome(false), slow.count(Broken)), (Broken, 1));
        assert_eq!(check(&Promises::new(&[]), &Measured::default()).outcome(false), NotMeasured, "nothing is never kept");
    }

    #[test]
    fn what_could_not_be_measured_is_never_kept() {
        use Outcome::NotMeasured;
        let set = promises("p95_ms = 50");
        for (calls, why) in [(0, "it was not called"), (19, "19 calls; 20 are needed")] {
            let verdict = check(&set, &measured(times(calls, 0, 1.0, Load::Daily)));
            assert_eq!((verdict.outcome(false), verdict.lines[0].why.as_deref()), (NotMeasured, Some(why)));
        }
        let other = check(
            &Promises::read("[[contract]]\ntool = \"gone\"\np95_ms = 5\n[process]\nmemory_mb = 99").expect("sound"),
            &measured(times(500, 0, 1.0, Load::Daily)),
        );
        assert_eq!(
            (other.outcome(false), other.count(Outcome::Kept)),
            (NotMeasured, 1),
            "one kept promise does not hide another"
        );
        // Of defaults, too few calls of one tool are no fault, unless somebody is strict.
        let few = check(&Promises::new(&[]), &measured(times(12, 0, 1.0, Load::Daily)));
        assert_eq!((few.outcome(false), few.outcome(true)), (Outcome::Kept, NotMeasured));
    }

    #[test]
    fn a_rate_is_judged_where_it_was_asked_for() {
        use Outcome::{Broken, Kept, NotMeasured};
        let of =
            |limit: u32, load| outcomes(&promises(&format!("rate_per_s = {limit}")), &measured(times(900, 0, 1.0, load)))[0].1;
        assert_eq!(of(30, Load::Daily), Kept, "it was reached");
        assert_eq!(
            (of(100, Load::Daily), of(100, Load::Planned(31.0)), of(100, Load::Planned(110.0))),
            (NotMeasured, NotMeasured, Broken)
        );
        assert_eq!((of(100, Load::Most), of(100, Load::Shared)), (Broken, NotMeasured));
        let usual = check(&Promises::new(&[]), &measured(times(900, 0, 1.0, Load::Daily)));
        assert!(usual.lines.iter().all(|line| line.measure != "rate"), "daily work says nothing of rates: {usual:?}");
    }

    #[test]
    fn whoever_drives_it_flat_out_gets_the_processor() {
        let busy = Measured { flat_out: true, own_cpu_percent: Some(99.0), ..measured(times(900, 0, 1.0, Load::Most)) };
        assert!(check(&Promises::new(&[]), &busy).lines.iter().all(|line| line.measure != "cpu"));
        let set = Promises::read("[process]\ncpu_percent = 50").expect("sound");
        assert_eq!(check(&set, &busy).outcome(false), Outcome::Broken);
    }
}
