//! A metric with its values.

use super::{Definition, Kind};
use crate::metrics::Buckets;

/// A metric with its values.
#[derive(Debug, Clone)]
pub struct Family {
    /// What it is.
    pub definition: &'static Definition,
    /// Its values, one for each set of labels.
    pub points: Vec<Point>,
}

/// One value.
#[derive(Debug, Clone)]
pub struct Point {
    /// The values of the definition's labels, in their order. An empty one is left out.
    pub labels: Vec<String>,
    /// The value.
    pub value: Value,
}

/// A value.
#[derive(Debug, Clone)]
pub enum Value {
    /// A number in the definition's unit.
    Number(f64),
    /// Durations.
    Durations(Box<Buckets>),
}

impl Point {
    /// A value with these labels.
    pub fn new(labels: &[&str], value: f64) -> Self {
        Self { labels: labels.iter().map(|label| (*label).to_owned()).collect(), value: Value::Number(value) }
    }

    /// Durations with these labels.
    pub fn durations(labels: &[&str], durations: &Buckets) -> Self {
        Self { value: Value::Durations(Box::new(durations.clone())), ..Self::new(labels, 0.0) }
    }
}

impl Family {
    /// The labels of a point that have a value, by name.
    pub fn labels<'f>(&self, point: &'f Point) -> impl Iterator<Item = (&'static str, &'f str)> {
        let named = self.definition.labels.iter().copied().zip(point.labels.iter().map(String::as_str));
        named.filter(|(_, value)| !value.is_empty())
    }

    /// Whether each point has the labels and the kind of value that the definition says.
    pub fn is_sound(&self) -> bool {
        let histogram = self.definition.kind == Kind::Histogram;
        let sound = |point: &Point| {
            point.labels.len() == self.definition.labels.len() && matches!(point.value, Value::Durations(_)) == histogram
        };
        self.points.iter().all(sound)
    }
}
