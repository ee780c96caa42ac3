//! The letters of time zones.

use jiff::Zoned;

pub(super) fn zone(time: &Zoned, letter: char, count: usize) -> String {
    let zero = time.offset().is_zero();
    match (letter, count) {
        ('V', 2) => identifier(time),
        ('V', 3) => city(time),
        ('v' | 'V', 4) => format!("{} Time", city(time)),
        ('z', 1..=3) | ('v' | 'V', _) => short_name(time),
        ('Z', 1..=3) => offset(time, ""),
        ('Z', 5) | ('X', _) if zero => "Z".to_owned(),
        ('Z', 5) => offset(time, ":"),
        ('X' | 'x', 1) => {
            let whole = offset(time, "");
            whole.strip_suffix("00").map_or_else(|| whole.clone(), str::to_owned)
        }
        ('X' | 'x', _) => offset(time, if count % 2 == 1 { ":" } else { "" }),
        // Names such as “Eastern Standard Time” are not built in; this is what Unicode says to write then.
        ('O', 1) => greenwich(time, true),
        _ => greenwich(time, false),
    }
}

/// An abbreviation such as EST, or the hours from Greenwich where the zone has none.
fn short_name(time: &Zoned) -> String {
    let info = time.time_zone().to_offset_info(time.timestamp());
    let name = info.abbreviation();
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) { name.to_owned() } else { greenwich(time, true) }
}

fn identifier(time: &Zoned) -> String {
    time.time_zone().iana_name().map_or_else(|| greenwich(time, false), str::to_owned)
}

/// The city that the zone is named after.
fn city(time: &Zoned) -> String {
    let name = identifier(time);
    name.rsplit('/').next().unwrap_or_default().replace('_', " ")
}

/// GMT, and the distance from it: `GMT-5` or `GMT-05:00`.
fn greenwich(time: &Zoned, short: bool) -> String {
    if time.offset().is_zero() {
        return "GMT".to_owned();
    }
    let long = offset(time, ":");
    if !short {
        return ["GMT", &long].concat();
    }
    let (sign, digits) = long.split_at(1);
    ["GMT", sign, digits.trim_start_matches('0').trim_end_matches(":00")].concat()
}

fn offset(time: &Zoned, between: &str) -> String {
    let sign = if time.offset().is_negative() { "-" } else { "+" };
    let seconds = time.offset().seconds().unsigned_abs();
    format!("{sign}{:02}{between}{:02}", seconds / 3600, seconds / 60 % 60)
}
