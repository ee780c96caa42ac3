//! Objectives: what must hold, as one writes it, and whether it did.

use std::{fmt, str::FromStr};

use serde::Serialize;

use super::text;

/// One thing that must hold, such as `p95<500ms`, `error<1%`, `rate>100/s`, or of one operation `health:p95<10ms`.
#[derive(Debug, Clone, PartialEq)]
pub struct Objective {
    /// The operation; `None` for all together.
    pub operation: Option<String>,
    /// What is measured.
    pub measure: Measure,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what: microseconds, a share from 0 to 1, or calls per second.
    pub limit: f64,
    text: String,
}

/// What an objective is about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// A percentile of latency, 0 to 100.
    Percentile(f64),
    /// The mean latency.
    Mean,
    /// The longest latency.
    Max,
    /// The share of calls that failed or had no answer.
    Error,
    /// The share of calls that succeeded.
    Success,
    /// Calls answered per second.
    Rate,
    /// The share of planned calls that were dropped.
    Dropped,
}

/// How an objective compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Less than.
    Less,
    /// At most.
    AtMost,
    /// More than.
    More,
    /// At least.
    AtLeast,
}

/// Whether an objective held.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    /// As it was written.
    pub objective: String,
    /// Whether it held; `None` when there was nothing to measure.
    pub held: Option<bool>,
    /// What was measured: microseconds, a share, or calls per second.
    pub measured: Option<f64>,
    /// What it was compared with, in the same unit.
    pub limit: f64,
    /// The unit: `us`, `share`, `per_s`.
    pub unit: &'static str,
}

impl Objective {
    /// Whether `measured` keeps it.
    #[must_use]
    pub fn verdict(&self, measured: Option<f64>) -> Verdict {
        let holds = |measured: f64| match self.comparison {
            Comparison::Less => measured < self.limit,
            Comparison::AtMost => measured <= self.limit,
            Comparison::More => measured > self.limit,
            Comparison::AtLeast => measured >= self.limit,
        };
        let unit = match self.measure {
            Measure::Percentile(_) | Measure::Mean | Measure::Max => "us",
            Measure::Error | Measure::Success | Measure::Dropped => "share",
            Measure::Rate => "per_s",
        };
        Verdict { objective: self.text.clone(), held: measured.map(holds), measured, limit: self.limit, unit }
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for Objective {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let whole = text.trim();
        let signs = [("<=", Comparison::AtMost), (">=", Comparison::AtLeast), ("<", Comparison::Less), (">", Comparison::More)];
        let (sign, comparison) = signs
            .into_iter()
            .find(|(sign, _)| whole.contains(sign))
            .ok_or_else(|| format!("\"{whole}\" compares nothing; write an objective like p95<500ms, error<1% or rate>100/s"))?;
        let (left, right) = whole.split_once(sign).unwrap_or_default();
        let (operation, name) = match left.trim().rsplit_once(':') {
            Some((operation, name)) => (Some(operation.trim().to_owned()), name),
            None => (None, left),
        };
        let measure = measure(name.trim(), whole)?;
        let limit = limit(measure, right.trim()).map_err(|error| format!("in \"{whole}\": {error}"))?;
        Ok(Self { operation, measure, comparison, limit, text: whole.to_owned() })
    }
}

fn measure(name: &str, whole: &str) -> Result<Measure, String> {
    let percentile = name.strip_prefix(['p', 'P']).and_then(|number| number.parse::<f64>().ok());
    match (name.to_ascii_lowercase().as_str(), percentile) {
        ("mean", _) => Ok(Measure::Mean),
        ("max", _) => Ok(Measure::Max),
        ("error" | "errors", _) => Ok(Measure::Error),
        ("success", _) => Ok(Measure::Success),
        ("rate", _) => Ok(Measure::Rate),
        ("dropped", _) => Ok(Measure::Dropped),
        (_, Some(number)) if number > 0.0 && number < 100.0 => Ok(Measure::Percentile(number)),
        (_, Some(number)) => Err(format!("in \"{whole}\": p{number} is no percentile; it must be over 0 and under 100")),
        _ => Err(format!(
            "in \"{whole}\": \"{name}\" is nothing that is measured; there are p50, p95, p99.9 and the like, mean, max, error, success, \
             rate, dropped"
        )),
    }
}

fn limit(measure: Measure, text: &str) -> Result<f64, String> {
    match measure {
        Measure::Percentile(_) | Measure::Mean | Measure::Max => {
            // Unlike elsewhere a bare number is no span: seconds and milliseconds are both common here.
            if text.parse::<f64>().is_ok() {
                return Err(format!("\"{text}\" has no unit; write {text}ms or {text}s"));
            }
            text::span(text).map(|span| span.as_secs_f64() * 1e6)
        }
        Measure::Error | Measure::Success | Measure::Dropped => {
            let share = match text.strip_suffix('%') {
                Some(number) => number.trim().parse::<f64>().map(|percent| percent / 100.0),
                None => text.parse::<f64>(),
            };
            let share = share.ok().filter(|share| (0.0..=1.0).contains(share));
            share.ok_or_else(|| format!("\"{text}\" is no share; write one like 1% or 0.01"))
        }
        Measure::Rate => text::rate(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Objective {
        text.parse().expect("an objective")
    }

    #[test]
    fn objectives_as_people_write_them() {
        let p95 = parse("p95<500ms");
        assert_eq!((p95.measure, p95.comparison, p95.limit), (Measure::Percentile(95.0), Comparison::Less, 500_000.0));
        let error = parse(" error < 1% ");
        assert_eq!((error.measure, error.limit), (Measure::Error, 0.01));
        let rate = parse("rate>=100/s");
        assert_eq!((rate.measure, rate.comparison, rate.limit), (Measure::Rate, Comparison::AtLeast, 100.0));
        let health = parse("health:p99.9<=2s");
        assert_eq!((health.operation.as_deref(), health.measure), (Some("health"), Measure::Percentile(99.9)));
        assert!((parse("success>0.99").limit - 0.99).abs() < 1e-12);
        assert_eq!(health.to_string(), "health:p99.9<=2s");
    }

    #[test]
    fn errors_say_what_is_wrong_and_what_to_write() {
        let table = [
            ("p95", "compares nothing"),
            ("p95<500", "write 500ms or 500s"),
            ("p101<1s", "no percentile"),
            ("p0<1s", "no percentile"),
            ("speed<1s", "nothing that is measured"),
            ("error<5", "no share"),
            ("error<-1%", "no share"),
            ("rate>fast", "no rate"),
            ("p95<soon", "no span"),
            ("", "compares nothing"),
        ];
        for (text, expected) in table {
            let error = text.parse::<Objective>().expect_err(text);
            assert!(error.contains(expected) && (text.is_empty() || error.contains(text)), "{text}: {error}");
        }
    }

    #[test]
    fn verdicts_know_nothing_from_nothing() {
        assert_eq!(parse("p95<500ms").verdict(None).held, None);
        assert_eq!(parse("p95<500ms").verdict(Some(499_999.0)).held, Some(true));
        assert_eq!(parse("p95<500ms").verdict(Some(500_000.0)).held, Some(false));
        assert_eq!(parse("error<=0%").verdict(Some(0.0)).held, Some(true));
    }
}
