//! What a calculation gives: one number, or a list of them.

use std::fmt;

use super::{format_number, with_pattern};

/// The result of a calculation: a number, or a list of several, such as a point or a frame: `10,20`.
#[derive(Debug, Clone, PartialEq)]
pub struct Value(Kind);

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    One(f64),
    /// At least two.
    Many(Vec<f64>),
}

impl Value {
    /// The number; `None` of a list.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self.0 {
            Kind::One(number) => Some(number),
            Kind::Many(_) => None,
        }
    }

    /// All numbers, in order; at least one.
    #[must_use]
    pub fn numbers(&self) -> &[f64] {
        match &self.0 {
            Kind::One(number) => std::slice::from_ref(number),
            Kind::Many(numbers) => numbers,
        }
    }

    /// Each number in a number pattern, with commas between them; `None` when the pattern is none.
    #[must_use]
    pub fn in_pattern(&self, pattern: &str) -> Option<String> {
        let texts: Option<Vec<String>> = self.numbers().iter().map(|number| with_pattern(*number, pattern)).collect();
        texts.map(|texts| texts.join(","))
    }

    /// A list; a number when it has one, and 0 when it has none.
    pub(super) fn list(numbers: Vec<f64>) -> Self {
        match numbers[..] {
            [] => Self(Kind::One(0.0)),
            [number] => Self(Kind::One(number)),
            _ => Self(Kind::Many(numbers)),
        }
    }

    /// What a function makes of each number.
    pub(super) fn map(&self, function: impl Fn(f64) -> f64) -> Self {
        match &self.0 {
            Kind::One(number) => Self(Kind::One(function(*number))),
            Kind::Many(numbers) => Self(Kind::Many(numbers.iter().copied().map(function).collect())),
        }
    }

    /// What a function makes of the numbers of two values, one by one; a single number goes with each of a list. `None` when two
    /// lists differ in length.
    pub(super) fn zip(&self, other: &Self, function: impl Fn(f64, f64) -> f64) -> Option<Self> {
        Some(match (&self.0, &other.0) {
            (Kind::One(left), _) => other.map(|right| function(*left, right)),
            (_, Kind::One(right)) => self.map(|left| function(left, *right)),
            (Kind::Many(left), Kind::Many(right)) if left.len() == right.len() => {
                Self(Kind::Many(left.iter().zip(right).map(|(left, right)| function(*left, *right)).collect()))
            }
            _ => return None,
        })
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self(Kind::One(number))
    }
}

/// As a variable holds it: numbers with commas between them.
impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, number) in self.numbers().iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(formatter, "{comma}{}", format_number(*number))?;
        }
        Ok(())
    }
}
