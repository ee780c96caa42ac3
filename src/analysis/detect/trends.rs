//! Numbers on their way to a limit.

use crate::{
    analysis::{
        rules::{Observation, Rule, find},
        statistics::{Course, Trend},
    },
    config::{Alerts, Levels},
};

/// Minutes in a row that a trend must be seen.
const TIMES: u32 = 3;
/// Seconds of each minute in which one of them is looked at; a server that was starved for some of them finds the others.
const TURN_S: usize = 15;
/// Below this z it is over.
const OVER: f64 = 1.0;
/// A limit that is met later than so many windows from now is far away.
const FAR: f64 = 6.0;

/// Watches the trend of one rule's number, each minute over the rule's window.
#[derive(Debug, Clone)]
struct Watched {
    rule: Rule,
    minute: u64,
    seen: u32,
    found: Option<Trend>,
}

/// Watches the trends of all rules that limit them.
#[derive(Debug, Clone)]
pub(in crate::analysis) struct Trends {
    watched: Vec<Watched>,
}

impl Default for Trends {
    fn default() -> Self {
        let watched = |name| Watched { rule: find(name), minute: 0, seen: 0, found: None };
        Self { watched: ["cpu", "memory", "response", "error_share"].map(watched).to_vec() }
    }
}

impl Trends {
    /// Looks at one of the courses (rule by rule, second by second), so that no second pays for all.
    pub(in crate::analysis) fn look<'c>(
        &mut self,
        now_ms: u64,
        limits: &Alerts,
        course: impl Fn(&str) -> Option<&'c Course>,
    ) -> Vec<Observation> {
        let (minute, turn) = (now_ms / 60_000, usize::try_from(now_ms / 1_000 % 60).unwrap_or_default());
        if let Some(watched) = self.watched.get_mut(turn / TURN_S).filter(|watched| watched.minute != minute)
            && let Some(course) = course(watched.rule.name)
        {
            watched.minute = minute;
            watched.look(course, watched.rule.levels(limits));
        }
        self.watched.iter().filter_map(|watched| watched.observation(watched.rule.levels(limits))).collect()
    }
}

impl Watched {
    fn look(&mut self, course: &Course, levels: Levels) {
        // Gaps keep what was known.
        let Some(trend) = Trend::of(&course.points(self.rule.window_s)) else { return };
        let seconds = trend.reaches(levels.critical).map(|(seconds, ..)| seconds);
        let near = seconds.is_some_and(|seconds| seconds < FAR * self.rule.window_s as f64);
        let much = trend.rise() > self.rule.trend_percent.unwrap_or(f64::INFINITY) / 100.0 * trend.start.abs();
        self.seen = if trend.rises() && much && near { self.seen + 1 } else { 0 };
        self.found = match self.found {
            _ if self.seen >= TIMES => Some(trend),
            Some(_) if trend.z >= OVER => Some(trend),
            _ => None,
        };
    }

    fn observation(&self, levels: Levels) -> Option<Observation> {
        let trend = self.found?;
        let limit = self.rule.trend_percent?;
        let percent = trend.rise() / trend.start.abs().max(f64::EPSILON) * 100.0;
        let minutes = self.rule.window_s / 60;
        let (name, unit) = (self.rule.name, self.rule.unit);
        let aim = if trend.end < levels.warning { levels.warning } else { levels.critical };
        let reaches = trend
            .reaches(aim)
            .map(|(seconds, soonest, latest)| format!(" and reaches {aim} {unit} in {}", span(seconds, soonest, latest)));
        let text = format!(
            "{name} rises from {:.1} to {:.1} {unit} in {minutes} min{}",
            trend.start,
            trend.end,
            reaches.unwrap_or_default()
        );
        let slope = |slope: f64| slope * 3_600.0;
        let evidence = [
            format!("{:.1} {unit} an hour ({:.1} to {:.1})", slope(trend.slope), slope(trend.low), slope(trend.high)),
            format!("Mann-Kendall z {:.1}", trend.z),
        ];
        Some(Observation::holds("trend", name, (percent, limit), text).with(evidence).caused(self.rule.cause))
    }
}

/// A time from now with its range: `40 min (30 min to 55 min)`.
pub(in crate::analysis) fn span(seconds: f64, soonest: f64, latest: f64) -> String {
    let words = |seconds: f64| match seconds {
        far if far > 30.0 * 86_400.0 => "over a month".to_owned(),
        days if days >= 2.0 * 86_400.0 => format!("{:.0} days", days / 86_400.0),
        hours if hours >= 2.0 * 3_600.0 => format!("{:.0} h", hours / 3_600.0),
        minutes => format!("{:.0} min", (minutes / 60.0).max(1.0)),
    };
    format!("{} ({} to {})", words(seconds), words(soonest), words(latest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(number: impl Fn(u64) -> f64, minutes: u64) -> Vec<(u64, String)> {
        let (mut trends, mut course, limits) = (Trends::default(), Course::default(), Alerts::default());
        let mut said = Vec::new();
        for second in 0..minutes * 60 {
            course.push(second * 1_000, Some(number(second)));
            let seen = trends.look(second * 1_000, &limits, |name| (name == "cpu").then_some(&course));
            said.extend(seen.into_iter().map(|seen| (second / 60, seen.text)));
        }
        said
    }

    #[test]
    fn a_rise_towards_the_limit_is_told_with_the_time_that_is_left() {
        let said = feed(|second| 20.0 + second as f64 / 60.0, 30);
        let (minute, text) = said.first().expect("found");
        assert!((20..=25).contains(minute), "{minute}: {text}");
        assert!(text.starts_with("cpu rises from") && text.contains("and reaches 70 % in"), "{text}");
        let flat = feed(|second| 30.0 + f64::from(u32::try_from(second * 7 % 11).expect("small")), 60);
        assert_eq!(flat, []);
        let little = feed(|second| 1.0 + second as f64 / 3_600.0, 60);
        assert_eq!(little, [], "from 1 to 2 % is much of little");
    }
}
