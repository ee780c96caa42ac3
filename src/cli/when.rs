//! Points in time as people write them.

use jiff::{Span, Timestamp, Zoned, civil};

/// A time, in milliseconds since 1970: `now`; a span like `90m`, `24h` or `2d`, which is so long ago; a time of today like `14:30`; a
/// date; a date with a time, in `now`'s zone or with its own.
///
/// # Errors
/// When it is none of these, with what to write.
pub fn point_in_time(text: &str, now: &Zoned) -> Result<u64, String> {
    let text = text.trim();
    let found =
        if text == "now" { Some(now.timestamp()) } else { ago(text, now).or_else(|| stamp(text)).or_else(|| local(text, now)) };
    let found = found.and_then(|time| u64::try_from(time.as_millisecond()).ok());
    found.ok_or_else(|| {
        format!("\"{text}\" is no time; write a span like 90m, 24h or 2d, or a time like 14:30 or 2026-01-31T14:30")
    })
}

fn ago(text: &str, now: &Zoned) -> Option<Timestamp> {
    let span: Span = text.trim_end_matches(" ago").parse().ok()?;
    Some(now.checked_sub(span.abs()).ok()?.timestamp())
}

fn stamp(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| text.parse::<Zoned>().ok().map(|time| time.timestamp()))
}

fn local(text: &str, now: &Zoned) -> Option<Timestamp> {
    let zone = now.time_zone().clone();
    let time = text.parse::<civil::Time>().ok().map(|time| now.date().to_datetime(time));
    let time = time.or_else(|| text.parse::<civil::DateTime>().ok()).or_else(|| Some(text.parse::<civil::Date>().ok()?.into()));
    Some(time?.to_zoned(zone).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        let now: Zoned = "2026-03-04T12:00:00+01:00[Europe/Berlin]".parse().expect("a time");
        let noon = 1_772_622_000_000;
        let hour = 3_600_000;
        let table = [
            ("now", noon),
            ("90m", noon - 90 * 60_000),
            ("24h", noon - 24 * hour),
            ("2d", noon - 48 * hour),
            ("2 hours ago", noon - 2 * hour),
            ("PT1H", noon - hour),
            ("11:00", noon - hour),
            ("2026-03-04", noon - 12 * hour),
            ("2026-03-04T10:00", noon - 2 * hour),
            ("2026-03-04 10:00:00", noon - 2 * hour),
            ("2026-03-04T10:00:00Z", noon - hour),
        ];
        for (text, expected) in table {
            assert_eq!(point_in_time(text, &now), Ok(expected), "{text}");
        }
        for text in ["", "yesterday-ish", "25:00", "2026-13-01"] {
            assert!(point_in_time(text, &now).is_err_and(|error| error.contains("write a span")), "{text}");
        }
    }
}
