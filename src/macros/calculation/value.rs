//! What a calculation gives: one number, or a list of them.

use std::fmt;

use super::format_number;

/// The result of a calculation. It has at least one number; a list of several is what a text calls a point or a frame: `10,20`.
#[derive(Debug, Clone, PartialEq)]
pub struct Value(Vec<f64>);

impl Value {
    /// The only number; `None` of a list.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        if let [number] = self.0[..] { Some(number) } else { None }
    }

    /// All numbers, in order.
    #[must_use]
    pub fn numbers(&self) -> &[f64] {
        &self.0
    }

    pub(super) fn list(numbers: Vec<f64>) -> Self {
        if numbers.is_empty() { Self(vec![0.0]) } else { Self(numbers) }
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self(vec![number])
    }
}

/// As a variable holds it: numbers with commas between them.
impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, number) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(formatter, "{comma}{}", format_number(*number))?;
        }
        Ok(())
    }
}
