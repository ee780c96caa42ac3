//! Families as OTLP metrics: sums since the server started.

use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value},
    metrics::v1::{
        AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics,
        Sum, metric, number_data_point,
    },
    resource::v1::Resource,
};

use crate::{
    metrics::{BOUNDS_US, Buckets},
    model::ServerInfo,
    telemetry::{Family, Kind, Point, Value, page::seconds},
    util::clock::unix_ms,
};

/// Nanoseconds since 1970 of milliseconds.
pub(super) fn nanos(millis: u64) -> u64 {
    millis.saturating_mul(1_000_000)
}

/// A name with a text.
pub(super) fn attribute(name: &str, value: &str) -> KeyValue {
    valued(name, any_value::Value::StringValue(value.to_owned()))
}

/// A name with a value.
pub(super) fn valued(name: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: name.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

/// Who tells all this.
pub(super) fn resource(info: &ServerInfo) -> Resource {
    let instance = format!("{}-{}-{}", info.host, info.pid, info.started_ms);
    let told = [
        ("service.name", "kmtop"),
        ("service.version", &info.version),
        ("service.instance.id", &instance),
        ("host.name", &info.host),
    ];
    Resource { attributes: told.into_iter().map(|(name, value)| attribute(name, value)).collect(), ..Resource::default() }
}

/// Which part of it does.
pub(super) fn scope(info: &ServerInfo) -> InstrumentationScope {
    InstrumentationScope { name: "kmtop".to_owned(), version: info.version.clone(), ..InstrumentationScope::default() }
}

/// The families as one request.
pub(super) fn request(info: &ServerInfo, families: &[Family]) -> ExportMetricsServiceRequest {
    let span = (nanos(info.started_ms), nanos(unix_ms()));
    let metrics = families.iter().map(|family| metric(family, span)).collect();
    let scope = ScopeMetrics { scope: Some(scope(info)), metrics, ..ScopeMetrics::default() };
    let resource = ResourceMetrics { resource: Some(resource(info)), scope_metrics: vec![scope], ..ResourceMetrics::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![resource] }
}

fn metric(family: &Family, span: (u64, u64)) -> Metric {
    let definition = family.definition;
    let cumulative = AggregationTemporality::Cumulative.into();
    let numbers = || family.points.iter().filter_map(|point| number(family, point, span)).collect();
    let data = match definition.kind {
        Kind::Counter => {
            metric::Data::Sum(Sum { data_points: numbers(), aggregation_temporality: cumulative, is_monotonic: true })
        }
        Kind::Gauge => metric::Data::Gauge(Gauge { data_points: numbers() }),
        Kind::Histogram => {
            let points = family.points.iter().filter_map(|point| durations(family, point, span)).collect();
            metric::Data::Histogram(Histogram { data_points: points, aggregation_temporality: cumulative })
        }
    };
    Metric {
        name: definition.name.to_owned(),
        description: definition.about.to_owned(),
        unit: definition.unit.symbol().to_owned(),
        data: Some(data),
        ..Metric::default()
    }
}

fn labels(family: &Family, point: &Point) -> Vec<KeyValue> {
    family.labels(point).map(|(name, value)| attribute(name, value)).collect()
}

fn number(family: &Family, point: &Point, (start, now): (u64, u64)) -> Option<NumberDataPoint> {
    let Value::Number(value) = point.value else { return None };
    Some(NumberDataPoint {
        attributes: labels(family, point),
        start_time_unix_nano: start,
        time_unix_nano: now,
        value: Some(number_data_point::Value::AsDouble(value)),
        ..NumberDataPoint::default()
    })
}

fn durations(family: &Family, point: &Point, (start, now): (u64, u64)) -> Option<HistogramDataPoint> {
    let Value::Durations(durations) = &point.value else { return None };
    let durations: &Buckets = durations;
    Some(HistogramDataPoint {
        attributes: labels(family, point),
        start_time_unix_nano: start,
        time_unix_nano: now,
        count: durations.count(),
        sum: Some(seconds(durations.sum_us())),
        bucket_counts: durations.counts().to_vec(),
        explicit_bounds: BOUNDS_US.iter().map(|bound| seconds(*bound)).collect(),
        ..HistogramDataPoint::default()
    })
}
