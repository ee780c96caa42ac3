//! Conversions between counts and numbers with a fraction, in one place.

/// A number without its fraction, from 0 to the most that a pool may have.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped before")]
pub(super) fn whole(number: f64) -> usize {
    number.clamp(0.0, 1e9) as usize
}

/// The next number without a fraction.
pub(super) fn ceil(number: f64) -> usize {
    whole(number.ceil())
}

/// A count as a size of a pool.
pub(super) fn size(count: usize) -> u16 {
    crate::util::numbers::small(count)
}

/// The value at `share` of sorted values; `None` of none.
pub(super) fn quantile<T: Copy>(sorted: &[T], share: f64) -> Option<T> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get(whole(share * sorted.len() as f64).min(last)).copied()
}
