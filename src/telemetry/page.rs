//! Families as text.

use std::{
    borrow::Cow,
    fmt::{self, Write},
    sync::Arc,
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text},
    metrics::MetricType,
    registry::{Registry, Unit},
};

use super::{Family, Kind, Value, definition::plain};
use crate::metrics::{BOUNDS_US, Buckets};

/// Which text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Prometheus's own text format.
    Prometheus,
    /// `OpenMetrics`.
    OpenMetrics,
}

impl Form {
    /// What somebody who accepts this understands.
    #[must_use]
    pub fn accepted(accept: Option<&str>) -> Self {
        // What is given no weight is not wanted.
        let wants = |part: &str| part.contains("application/openmetrics-text") && !part.replace(' ', "").ends_with(";q=0");
        if accept.is_some_and(|accept| accept.split(',').any(wants)) { Self::OpenMetrics } else { Self::Prometheus }
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The families as text.
///
/// # Errors
/// When a family has no text, which no sound one has (see [`Family::is_sound`]).
pub fn write(families: Vec<Family>, form: Form) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Collected(families.into())));
    let mut page = String::new();
    text::encode(&mut page, &registry)?;
    Ok(match form {
        Form::OpenMetrics => page,
        Form::Prometheus => classic(&page),
    })
}

#[derive(Debug)]
struct Collected(Arc<[Family]>);

impl Collector for Collected {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for family in self.0.iter() {
            let definition = family.definition;
            let unit = definition.unit.suffix().map(|unit| Unit::Other(unit.to_owned()));
            let kind = match definition.kind {
                Kind::Counter => MetricType::Counter,
                Kind::Gauge => MetricType::Gauge,
                Kind::Histogram => MetricType::Histogram,
            };
            let name = plain(definition.name);
            let mut metric = encoder.encode_descriptor(&name, definition.about, unit.as_ref(), kind)?;
            for point in &family.points {
                let labels: Vec<(String, &str)> = family.labels(point).map(|(name, value)| (plain(name), value)).collect();
                if labels.is_empty() {
                    value(&mut metric, family, &point.value)?;
                } else {
                    value(&mut metric.encode_family(&labels)?, family, &point.value)?;
                }
            }
        }
        Ok(())
    }
}

fn value(encoder: &mut MetricEncoder<'_>, family: &Family, value: &Value) -> fmt::Result {
    match (family.definition.kind, value) {
        (Kind::Counter, Value::Number(number)) => encoder.encode_counter::<NoLabelSet, f64, f64>(number, None),
        (Kind::Gauge, Value::Number(number)) => encoder.encode_gauge(number),
        (Kind::Histogram, Value::Durations(durations)) => {
            encoder.encode_histogram::<NoLabelSet>(seconds(durations.sum_us()), durations.count(), &steps(durations), None)
        }
        _ => Err(fmt::Error),
    }
}

/// Each step's upper bound in seconds with what is in it; beyond the last there is no bound.
fn steps(durations: &Buckets) -> Vec<(f64, u64)> {
    let bounds = BOUNDS_US.iter().map(|bound| seconds(*bound)).chain([f64::INFINITY]);
    bounds.zip(durations.counts().iter().copied()).collect()
}

pub(super) fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

/// The text in Prometheus's own format, which is older: a counter's type and help stand under the name of its sample, and there are
/// neither units nor an end.
fn classic(page: &str) -> String {
    let mut classic = String::with_capacity(page.len());
    let mut help: Option<(&str, &str)> = None;
    for line in page.lines() {
        if let Some((name, words)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
            help = Some((name, words));
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            let name: Cow<'_, str> = if kind == "counter" { format!("{name}_total").into() } else { name.into() };
            if let Some((_, words)) = help.take() {
                let _ = writeln!(classic, "# HELP {name} {words}");
            }
            let _ = writeln!(classic, "# TYPE {name} {kind}");
        } else if !line.starts_with("# UNIT ") && line != "# EOF" {
            classic.push_str(line);
            classic.push('\n');
        }
    }
    classic
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Point, definition},
        *,
    };

    fn families() -> Vec<Family> {
        let mut durations = Buckets::default();
        durations.add(1_500);
        durations.add(400_000_000);
        let labels = ["tools/call", "km_run_macro", "", "tcp", "2025-11-25"];
        vec![
            Family { definition: &definition::OPERATION, points: vec![Point::durations(&labels, &durations)] },
            Family { definition: &definition::CLIENT_CALLS, points: vec![Point::new(&["a \"b\"\\ \n c"], 7.0)] },
            Family { definition: &definition::AT_MAX, points: vec![Point::new(&[], 2.5)] },
        ]
    }

    #[test]
    fn prometheus_text() {
        let page = write(families(), Form::Prometheus).expect("it is sound");
        let operation = "mcp_server_operation_duration_seconds";
        let labels = r#"mcp_method_name="tools/call",gen_ai_tool_name="km_run_macro",network_transport="tcp",mcp_protocol_version="2025-11-25""#;
        for line in [
            format!("# TYPE {operation} histogram"),
            format!("{operation}_sum{{{labels}}} 400.0015"),
            format!("{operation}_count{{{labels}}} 2"),
            "# TYPE kmtop_client_calls_total counter".to_owned(),
            r#"kmtop_client_calls_total{client="a \"b\"\\ \n c"} 7.0"#.to_owned(),
            "kmtop_pool_at_max_seconds_total 2.5".to_owned(),
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\nis not in\n{page}");
        }
        for (bound, count) in [("0.001", 0), ("0.002", 1), ("300.0", 1), ("+Inf", 2)] {
            let line = format!("{operation}_bucket{{le=\"{bound}\",{labels}}} {count}");
            assert!(page.lines().any(|found| found == line), "{line}\nis not in\n{page}");
        }
        assert!(!page.contains("# UNIT") && !page.contains("# EOF") && page.ends_with('\n'));
        let heads = page.lines().filter(|line| line.starts_with("# HELP ")).count();
        assert_eq!(heads, 3);
    }

    #[test]
    fn open_metrics_by_request() {
        let page = write(families(), Form::OpenMetrics).expect("it is sound");
        assert!(page.ends_with("# EOF\n") && page.contains("# TYPE kmtop_client_calls counter"), "{page}");
        assert!(page.contains("# UNIT mcp_server_operation_duration_seconds seconds"), "{page}");
        assert_eq!(Form::accepted(None), Form::Prometheus);
        assert_eq!(Form::accepted(Some("text/plain;version=0.0.4;q=0.5,*/*;q=0.1")), Form::Prometheus);
        assert_eq!(Form::accepted(Some("application/openmetrics-text; q=0, text/plain")), Form::Prometheus);
        let sent = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        assert_eq!(Form::accepted(Some(sent)), Form::OpenMetrics);
    }

    #[test]
    fn a_family_that_is_not_sound_is_no_text() {
        let wrong = Family { definition: &definition::OPERATION, points: vec![Point::new(&["", "", "", ""], 1.0)] };
        assert!(!wrong.is_sound());
        assert!(write(vec![wrong], Form::Prometheus).is_err());
    }
}
