//! Times that lie a number of units away.

use jiff::{SignedDuration, Span, Zoned};

use super::DAYS;

/// A time moved by `count` of `unit`: seconds to years, in the calendar of its zone, or weekdays.
///
/// 0 Sundays is the next Sunday, today included; 1 Sunday is the next one after today, and so on. With a minus, -0 included, it
/// goes back instead. `None` for an unknown unit or a time out of range.
#[must_use]
pub fn moved(time: &Zoned, count: f64, unit: &str) -> Option<Zoned> {
    let unit = unit.trim().to_lowercase();
    let unit = unit.trim_end_matches('s');
    if let Some(day) = DAYS.iter().position(|day| day.to_lowercase() == unit) {
        let days = days_to(i64::try_from(day).ok()? - i64::from(time.weekday().to_sunday_zero_offset()), count);
        return time.checked_add(Span::new().try_days(days?).ok()?).ok();
    }
    let span = Span::new();
    let seconds = |each: f64| time.checked_add(SignedDuration::try_from_secs_f64(count * each).ok()?).ok();
    let span = match unit {
        "second" | "sec" => return seconds(1.0),
        "minute" | "min" => return seconds(60.0),
        "hour" => return seconds(3600.0),
        "day" => span.try_days(rounded(count)),
        "week" => span.try_weeks(rounded(count)),
        "month" => span.try_months(rounded(count)),
        "year" => span.try_years(rounded(count)),
        _ => return None,
    };
    time.checked_add(span.ok()?).ok()
}

/// How many days it is to a weekday that is `away` days from today's in the week.
fn days_to(away: i64, count: f64) -> Option<i64> {
    let whole = rounded(count);
    if count.is_sign_negative() {
        let back = (-away).rem_euclid(7);
        let first = if whole != 0 && back == 0 { 7 } else { back };
        return first.checked_add((whole.checked_abs()? - 1).max(0).checked_mul(7)?)?.checked_neg();
    }
    let ahead = away.rem_euclid(7);
    let first = if whole != 0 && ahead == 0 { 7 } else { ahead };
    first.checked_add((whole - 1).max(0).checked_mul(7)?)
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and a span out of range is refused by its maker")]
fn rounded(count: f64) -> i64 {
    count.trunc() as i64
}
