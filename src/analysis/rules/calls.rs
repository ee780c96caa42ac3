//! Calls: how many fail, and what kmtop adds to them.

use super::{Observation, Scene, find, worse};
use crate::{analysis::calls::Counted, config::Alerts, metrics::quantile};

/// Fewer calls than this say nothing about the share of errors.
const CALLS_FOR_ERRORS: u64 = 10;
/// Fewer calls than this have no 95th percentile.
const CALLS_FOR_RESPONSE: u64 = 20;

pub(super) fn observe(scene: &Scene<'_>, counted: &Counted, limits: &Alerts) -> [Observation; 2] {
    [errors(scene, counted, limits), response(scene, counted, limits)]
}

/// A share in percent; 0 without any calls, unknown with too few to say.
fn share((calls, errors): (u64, u64)) -> Option<f64> {
    let enough = calls >= CALLS_FOR_ERRORS && errors != 1;
    if calls == 0 { Some(0.0) } else { enough.then(|| errors as f64 / calls as f64 * 100.0) }
}

fn errors(scene: &Scene<'_>, counted: &Counted, limits: &Alerts) -> Observation {
    let all = counted.failures();
    let value = worse(share(all), share(counted.failures_in_a_minute()), limits.error_percent);
    let mut worst: Vec<_> = scene.minute.tools().filter(|(_, tool)| tool.errors > 0).collect();
    worst.sort_by_key(|(_, tool)| std::cmp::Reverse(tool.errors));
    let worst = worst.iter().take(3).map(|(name, tool)| format!("{name}: {} of {} failed", tool.errors, tool.calls));
    let text = format!("{:.1}% of calls fail ({} of {} in five minutes)", value.unwrap_or_default(), all.1, all.0);
    Observation::of("error_share", limits, "calls", value, text).with(worst).with(counted.codes())
}

fn response(scene: &Scene<'_>, counted: &Counted, limits: &Alerts) -> Observation {
    let minute = &scene.minute.all().overhead;
    let now = quantile(minute, 0.95).filter(|_| minute.len() >= CALLS_FOR_RESPONSE).map(|micros| micros as f64 / 1_000.0);
    let value = worse(counted.added_p95_ms(CALLS_FOR_RESPONSE), now, limits.response_ms);
    // Without calls nothing is slow.
    let value = value.or((counted.added_calls() == 0).then_some(0.0));
    let minutes = find("response").window_s / 60;
    let text = format!("kmtop adds {:.0} ms to a call (p95 over {minutes} min)", value.unwrap_or_default());
    let calls = format!("{} calls", counted.added_calls());
    Observation::of("response", limits, "calls", value, text).with([calls]).with(counted.top_calls())
}
