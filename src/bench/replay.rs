//! Recorded arrivals as a plan: when calls came, and of which tool.

use std::time::Duration;

use fastrand::Rng;

use super::{BenchError, mix::Mix, run::Plan};
use crate::model::Interval;

/// Recorded Intervals become a plan, `factor` times as fast. A call of a tool that the mix has is made of that operation, every other one is
/// chosen by weight: arguments are not recorded, and nobody's own macros are run. Where single calls are kept their times are those of their
/// beginning; elsewhere only their number in each Interval is known, and they are spread over it at random.
///
/// # Errors
/// When nothing was called in them.
pub fn plan(intervals: &[Interval], factor: f64, mix: &Mix, seed: u64) -> Result<Plan, BenchError> {
    let mut random = Rng::with_seed(seed);
    let mut arrivals: Vec<(f64, String)> = Vec::new();
    for interval in intervals {
        let kept =
            interval.calls.iter().map(|call| (call.time_ms as f64 - call.total_us as f64 / 1_000.0, call.tool.to_string()));
        let before = arrivals.len();
        arrivals.extend(kept);
        if arrivals.len() == before {
            let length = f64::from(interval.length_ms.max(1));
            for tool in &interval.tools {
                let name = tool.tool.to_string();
                arrivals.extend((0..tool.calls).map(|_| (interval.time_ms as f64 - random.f64() * length, name.clone())));
            }
        }
    }
    arrivals.sort_by(|one, other| one.0.total_cmp(&other.0));
    let first = arrivals.first().ok_or_else(|| BenchError::new("nothing was called in what was recorded"))?.0;
    let times: Vec<Duration> =
        arrivals.iter().map(|(at, _)| Duration::from_secs_f64((at - first).max(0.0) / 1_000.0 / factor)).collect();
    let operations = arrivals.iter().map(|(_, tool)| mix.find(tool).unwrap_or_else(|| mix.choose(&mut random))).collect();
    let length = times.last().copied().unwrap_or_default() + Duration::from_millis(1);
    Ok(Plan { times: times.into(), operations, length })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        bench::mix,
        model::{CallRecord, Ending, ToolInterval, Transport},
    };

    fn call(time_ms: u64, total_us: u64, tool: &str) -> CallRecord {
        CallRecord {
            id: 1,
            time_ms,
            tool: Arc::from(tool),
            client: Arc::from("x"),
            subject: None,
            transport: Transport::Http,
            worker: None,
            queued_us: None,
            ran_us: None,
            own_us: None,
            total_us,
            ending: Ending::Ok,
            code: None,
            token: None,
            trace: None,
        }
    }

    #[test]
    fn calls_come_as_they_came() {
        let mix = mix::ready(&[("health".to_owned(), 1.0), ("variables".to_owned(), 1.0)]).expect("a mix");
        let calls = vec![call(1_100, 100_000, "health_check"), call(1_600, 0, "km_get_variable"), call(2_000, 0, "health_check")];
        let counted = ToolInterval { tool: Arc::from("health_check"), calls: 50, ..ToolInterval::default() };
        let intervals = [
            Interval { time_ms: 2_000, length_ms: 1_000, calls, ..Interval::default() },
            Interval { time_ms: 3_000, length_ms: 1_000, tools: vec![counted], ..Interval::default() },
        ];
        let plan = super::plan(&intervals, 2.0, &mix, 1).expect("a plan");
        assert_eq!(plan.times.len(), 53);
        assert_eq!(plan.times[..3].iter().map(Duration::as_millis).collect::<Vec<_>>(), [0, 300, 500]);
        assert_eq!(plan.operations[..3], [0, 1, 0]);
        assert!(plan.times.is_sorted() && plan.times[52] <= Duration::from_secs(1), "{:?}", plan.times[52]);
        assert_eq!(plan, super::plan(&intervals, 2.0, &mix, 1).expect("the same again"));
        assert!(super::plan(&[Interval::default()], 1.0, &mix, 1).is_err());
    }
}
