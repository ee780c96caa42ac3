//! The score: one number for how well the server is, and what costs the points.

use super::judge::LEAVE_BELOW;
use crate::{
    config::{Alerts, Levels},
    model::{ScoreCost, ScoreFrame},
};

/// What the score is reckoned from; `None` is unknown and costs nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Readings {
    /// Busy share of the processors, in percent.
    pub cpu_percent: Option<f64>,
    /// Used share of memory, in percent.
    pub memory_percent: Option<f64>,
    /// 95th percentile of what kmtop adds, in ms.
    pub added_p95_ms: Option<f64>,
    /// Share of failed calls, in percent.
    pub error_percent: Option<f64>,
    /// 95th percentile of the wait for a worker, in ms.
    pub wait_p95_ms: Option<f64>,
    /// No worker can be started, or they die in a row.
    pub pool_down: bool,
}

/// What a part is worth at its warning and at its critical limit, of 1.
struct Worth(f64, f64);

const CPU: Worth = Worth(0.7, 0.3);
const MEMORY: Worth = Worth(0.6, 0.2);
const LATENCY: Worth = Worth(0.5, 0.1);
const ERRORS: Worth = Worth(0.4, 0.0);
const POOL: Worth = Worth(0.6, 0.2);

/// What a number is worth: 1 up to where an alert would end, then falling to what the warning limit costs, and linearly on to what the critical
/// one does.
fn worth(value: Option<f64>, levels: Levels, at: &Worth) -> f64 {
    let Some(value) = value else { return 1.0 };
    let leave = levels.warning * LEAVE_BELOW;
    let between = |low: f64, high: f64| ((value - low) / (high - low).max(f64::EPSILON)).clamp(0.0, 1.0);
    if value < leave {
        1.0
    } else if value < levels.warning {
        1.0 - (1.0 - at.0) * between(leave, levels.warning)
    } else {
        at.0 - (at.0 - at.1) * between(levels.warning, levels.critical)
    }
}

/// The score: 100 × the mean of latency, errors, pool and system, where system is the worse of processors and memory.
#[must_use]
pub fn score(readings: &Readings, limits: &Alerts) -> ScoreFrame {
    let cpu = worth(readings.cpu_percent, limits.cpu_percent, &CPU);
    let memory = worth(readings.memory_percent, limits.memory_percent, &MEMORY);
    let latency = worth(readings.added_p95_ms, limits.response_ms, &LATENCY);
    let errors = worth(readings.error_percent, limits.error_percent, &ERRORS);
    let pool = if readings.pool_down { POOL.1 } else { worth(readings.wait_p95_ms, limits.queue_wait_ms, &POOL) };
    let system = cpu.min(memory);
    let number = |number: Option<f64>| number.unwrap_or_default();
    let reason = [
        ("latency", latency, format!("kmtop adds {:.0} ms (p95)", number(readings.added_p95_ms))),
        ("errors", errors, format!("{:.1}% of calls fail", number(readings.error_percent))),
        (
            "pool",
            pool,
            if readings.pool_down {
                "no worker can be started".to_owned()
            } else {
                format!("calls wait {:.0} ms for a worker (p95)", number(readings.wait_p95_ms))
            },
        ),
        (
            "system",
            system,
            if cpu <= memory {
                format!("CPU {:.0}%", number(readings.cpu_percent))
            } else {
                format!("memory {:.0}% used", number(readings.memory_percent))
            },
        ),
    ];
    let mut costs: Vec<ScoreCost> = reason
        .into_iter()
        .filter(|(_, worth, _)| *worth < 1.0)
        .map(|(part, worth, text)| ScoreCost { part: part.to_owned(), points: 25.0 * (1.0 - worth), text })
        .collect();
    costs.sort_by(|one, other| other.points.total_cmp(&one.points));
    let total = 25.0 * (latency + errors + pool + system);
    let part = |worth: f64| 100.0 * worth;
    ScoreFrame { total, latency: part(latency), errors: part(errors), pool: part(pool), system: part(system), costs }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(readings: Readings) -> f64 {
        score(&readings, &Alerts::default()).total
    }

    fn near(number: f64, expected: f64) {
        assert!((number - expected).abs() < 1e-9, "{number} is not {expected}");
    }

    #[test]
    fn each_part_is_worth_what_its_limits_say() {
        near(total(Readings::default()), 100.0);
        let latency = |added: f64| total(Readings { added_p95_ms: Some(added), ..Readings::default() });
        near(latency(89.0), 100.0);
        near(latency(100.0), 87.5);
        near(latency(300.0), 100.0 - 25.0 * 0.7);
        near(latency(500.0), 77.5);
        near(latency(9_000.0), 77.5);
        near(total(Readings { error_percent: Some(5.0), ..Readings::default() }), 75.0);
        near(total(Readings { wait_p95_ms: Some(100.0), ..Readings::default() }), 90.0);
        near(total(Readings { pool_down: true, ..Readings::default() }), 80.0);
        near(total(Readings { cpu_percent: Some(70.0), ..Readings::default() }), 92.5);
        let both = Readings { cpu_percent: Some(85.0), memory_percent: Some(90.0), ..Readings::default() };
        near(total(both), 80.0);
    }

    #[test]
    fn the_costs_add_up_to_what_is_missing_and_say_why() {
        let readings =
            Readings { added_p95_ms: Some(300.0), error_percent: Some(2.0), memory_percent: Some(95.0), ..Readings::default() };
        let score = score(&readings, &Alerts::default());
        near(score.costs.iter().map(|cost| cost.points).sum::<f64>(), 100.0 - score.total);
        let parts: Vec<_> = score.costs.iter().map(|cost| (cost.part.as_str(), cost.text.as_str())).collect();
        let expected = [("system", "memory 95% used"), ("errors", "2.0% of calls fail"), ("latency", "kmtop adds 300 ms (p95)")];
        assert_eq!(parts[0], expected[0]);
        assert!(parts.contains(&expected[1]) && parts.contains(&expected[2]), "{parts:?}");
        assert!(score.costs.windows(2).all(|pair| pair[0].points >= pair[1].points));
    }
}
