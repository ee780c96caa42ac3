//! Every rule: what is held against which limits, over which time.

use crate::config::{Alerts, Levels};

/// One rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Its name, as alerts carry it.
    pub name: &'static str,
    /// What is measured, for people.
    pub measures: &'static str,
    /// The number's unit: `%`, `ms`, `MB`, `MB/s`, `x` for a ratio, or empty for what is so or is not.
    pub unit: &'static str,
    /// Where a warning begins; infinite where the rule has no such number of its own.
    pub warning: f64,
    /// Where it becomes critical; infinite for never.
    pub critical: f64,
    /// Seconds over which the number is taken; 0 for the number now.
    pub window_s: u64,
    /// By how many percent the number may rise over its window; `None` where nobody looks.
    pub trend_percent: Option<f64>,
    /// How long it must be over its limit before the alert fires, in ms.
    pub hold_ms: u64,
    /// How long it must be well before the alert is gone, in ms.
    pub clear_ms: u64,
    /// What stands behind it: alerts of one cause are shown as one.
    pub cause: &'static str,
}

/// How long most numbers must be well before their alert is gone, in ms. What is plainly over, such as a job that has ended, clears
/// at once.
const CLEAR_MS: u64 = 5_000;

const NEVER: f64 = f64::INFINITY;

const fn rule(name: &'static str, measures: &'static str, unit: &'static str, limits: (f64, f64)) -> Rule {
    Rule {
        name,
        measures,
        unit,
        warning: limits.0,
        critical: limits.1,
        window_s: 0,
        trend_percent: None,
        hold_ms: 0,
        clear_ms: CLEAR_MS,
        cause: name,
    }
}

impl Rule {
    const fn over(self, window_s: u64) -> Self {
        Self { window_s, ..self }
    }

    const fn trend(self, percent: f64) -> Self {
        Self { trend_percent: Some(percent), ..self }
    }

    const fn held(self, hold_s: u64) -> Self {
        Self { hold_ms: hold_s * 1_000, ..self }
    }

    const fn of(self, cause: &'static str) -> Self {
        Self { cause, ..self }
    }

    const fn over_at_once(self) -> Self {
        Self { clear_ms: 0, ..self }
    }

    /// Its limits, as the settings have them.
    #[must_use]
    pub fn levels(&self, settings: &Alerts) -> Levels {
        match self.name {
            "cpu" => settings.cpu_percent,
            "memory" => settings.memory_percent,
            "error_share" => settings.error_percent,
            "response" => settings.response_ms,
            "queue_wait" => settings.queue_wait_ms,
            "hung_worker" => settings.hung_worker_ms,
            "disk_space" => settings.disk_percent,
            _ => Levels::new(self.warning, self.critical),
        }
    }
}

/// All rules. Where two alerts of one cause are equally bad, the one that stands first here is shown.
pub const RULES: &[Rule] = &[
    rule("degraded_pool", "no worker can be started", "", (1.0, 1.0)),
    rule("crash_loop", "workers die one after the other", "", (1.0, 1.0)),
    rule("hung_worker", "how long a worker has been in one job", "ms", (10_000.0, 30_000.0)).over_at_once(),
    rule("queue_wait", "95th percentile of the wait for a worker, and the wait of those that still wait", "ms", (100.0, 500.0))
        .over(10)
        .held(2)
        .of("pool"),
    rule("pool_exhausted", "every worker is busy at the largest size, and calls wait", "", (1.0, NEVER)).held(10).of("pool"),
    rule("queue_pressure", "the queue is full to 80 % of its bound; off at 20 %", "", (1.0, NEVER)).of("pool"),
    rule("response", "95th percentile of what kmtop adds to a call", "ms", (100.0, 500.0)).over(900).trend(20.0).of("pool"),
    rule("contract", "how much faster than allowed a tool's contract is being broken", "x", (1.0, NEVER)).of("pool"),
    rule("error_share", "share of failed calls, from ten calls on", "%", (1.0, 5.0)).over(300).trend(50.0).held(5).of("errors"),
    rule("contract_success", "how much faster than allowed calls of a tool fail", "x", (1.0, NEVER)).of("errors"),
    rule("poisoned", "work that has killed workers is refused", "", (1.0, NEVER)),
    rule("cpu", "busy share of all processors", "%", (70.0, 85.0)).over(1_200).trend(15.0).held(10).of("cpu"),
    rule("memory", "used share of main memory", "%", (80.0, 90.0)).over(1_800).trend(10.0).held(10).of("memory"),
    rule("disk_space", "used share of the volume that holds the state folder", "%", (80.0, 90.0)).held(10),
    rule("disk_traffic", "bytes read and written by the machine", "MB/s", (20.0, NEVER)).over(60).held(60),
    rule("throughput", "calls a second against the same ten minutes of the last days: how much is missing", "%", (15.0, NEVER))
        .over(600),
    rule("worker_memory", "memory of one worker", "MB", (256.0, NEVER)).held(30),
    rule("worker_cpu", "processor time of one worker, of one core", "%", (80.0, NEVER)).held(30),
    rule("own_memory", "memory of kmtop itself", "MB", (100.0, NEVER)).held(30),
    rule("own_cpu", "processor time of kmtop itself, of one core", "%", (50.0, NEVER)).held(30).of("cpu"),
    rule("efficiency", "share of workers' time that is not work but starts and kills, from 50 jobs on", "%", (15.0, NEVER))
        .held(60),
    rule("cache_miss", "share of lookups that a cache could not answer, since the start", "%", (30.0, NEVER)).held(60),
    rule("file_read", "mean time to read a file, since the start", "ms", (50.0, NEVER)).held(60),
    rule("file_slots", "open files against the process's limit", "%", (80.0, NEVER)).held(30),
    rule("trend", "a number rises by more than its rule's trend limit and would meet its limit", "%", (0.0, NEVER)),
    rule("leak", "memory that grows without end: kmtop's and each worker's", "MB/h", (20.0, NEVER)),
    rule("shift", "a level that left that of the last half hour", "x", (1.25, NEVER)),
    rule("dropped_samples", "calls whose numbers were lost", "", (1.0, NEVER)),
    rule("library", "files of the library that cannot be read", "", (1.0, NEVER)).over_at_once(),
    rule("history", "the history cannot be written, or was damaged", "", (1.0, NEVER)),
    rule("settings", "the settings' file was changed and cannot be taken", "", (1.0, NEVER)),
];

/// The rule of this name; an unknown one has no limits.
#[must_use]
pub(in crate::analysis) fn find(name: &str) -> Rule {
    let unknown = rule("unknown", "", "", (NEVER, NEVER));
    RULES.iter().find(|rule| rule.name == name).copied().unwrap_or(unknown)
}

/// A rule's place in the table.
pub(in crate::analysis) fn rank(name: &str) -> usize {
    RULES.iter().position(|rule| rule.name == name).unwrap_or(RULES.len())
}

/// The table as `docs/judgement.md` has it.
#[must_use]
pub fn as_markdown() -> String {
    let limit = |number: f64, unit: &str| match number {
        infinite if infinite.is_infinite() => "–".to_owned(),
        _ if unit.is_empty() => "yes".to_owned(),
        number => format!("{number} {unit}"),
    };
    let span = |seconds: u64| match seconds {
        0 => "now".to_owned(),
        minutes if minutes.is_multiple_of(60) => format!("{} min", minutes / 60),
        seconds => format!("{seconds} s"),
    };
    let mut text = String::from("| rule | measured | warning | critical | over | trend limit | held for | shown with |\n");
    text += "|---|---|---|---|---|---|---|---|\n";
    for rule in RULES {
        let trend = rule.trend_percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent} %"));
        let with = if rule.cause == rule.name { "–" } else { rule.cause };
        let cells = [
            format!("`{}`", rule.name),
            rule.measures.to_owned(),
            limit(rule.warning, rule.unit),
            limit(rule.critical, rule.unit),
            span(rule.window_s),
            trend,
            format!("{} s", rule.hold_ms / 1_000),
            with.to_owned(),
        ];
        text = [text, format!("| {} |\n", cells.join(" | "))].concat();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_single_and_limits_agree_with_the_settings() {
        let defaults = Alerts::default();
        for (at, rule) in RULES.iter().enumerate() {
            assert_eq!(rank(rule.name), at, "{} stands twice", rule.name);
            assert_eq!(rule.levels(&defaults), Levels::new(rule.warning, rule.critical), "{}", rule.name);
            assert!(rule.warning <= rule.critical, "{}", rule.name);
        }
        assert!(find("nobody").warning.is_infinite());
    }

    /// `docs/judgement.md` holds this very table.
    #[test]
    fn the_documentation_has_the_table() {
        let docs = include_str!("../../../docs/judgement.md");
        assert!(docs.contains(&as_markdown()), "put this into docs/judgement.md:\n{}", as_markdown());
    }
}
