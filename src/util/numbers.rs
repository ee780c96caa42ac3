//! Conversions that lose nothing that matters, in one place.

/// A number for a graph or a gauge: 7 digits are more than a screen shows.
#[expect(clippy::cast_possible_truncation, reason = "the loss of digits is the purpose")]
pub fn narrow(number: f64) -> f32 {
    number as f32
}

/// A count clamped into `u16`.
pub fn small(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// A count clamped into `u32`.
pub fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The nearest whole number; 0 for what is negative or no number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates, and negative becomes 0")]
pub fn nearest(number: f64) -> u64 {
    number.round() as u64
}
