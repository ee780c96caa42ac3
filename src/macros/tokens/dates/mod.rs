//! ICU date patterns over a zoned time, in English. The letters and what they give are those of Unicode Technical Standard 35,
//! “Date Field Symbol Table”; weeks are those of ISO 8601.

mod moves;
mod zones;

use jiff::{Zoned, civil::Weekday};

pub use moves::moved;

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Most repetitions of a letter that mean anything: the formatter of the standard library panics on very many.
const MOST_LETTERS: usize = 20;

/// A time in an ICU pattern: letters are fields, text in single quotes stands for itself, `''` is a quote. Letters that name no
/// field known here are left as they are.
#[must_use]
pub fn format_date(time: &Zoned, pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        if letter == '\'' {
            rest = quoted(&rest[1..], &mut text);
        } else if letter.is_ascii_alphabetic() {
            let count = rest.len() - rest.trim_start_matches(letter).len();
            text.push_str(&field(time, letter, count.min(MOST_LETTERS)));
            rest = &rest[count..];
        } else {
            text.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    text
}

/// Text after an opening quote, up to its closing one; gives what follows.
fn quoted<'a>(rest: &'a str, text: &mut String) -> &'a str {
    if let Some(rest) = rest.strip_prefix('\'') {
        text.push('\'');
        return rest;
    }
    let mut rest = rest;
    while let Some(end) = rest.find('\'') {
        text.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        let Some(more) = rest.strip_prefix('\'') else {
            return rest;
        };
        text.push('\'');
        rest = more;
    }
    text.push_str(rest);
    ""
}

fn field(time: &Zoned, letter: char, count: usize) -> String {
    let padded = |number: i64| format!("{number:0count$}");
    let hour = i64::from(time.hour());
    match letter {
        'G' => era(time, count),
        'y' => year(i64::from(if time.year() > 0 { time.year() } else { 1 - time.year() }), count),
        'u' | 'r' | 'U' => padded(time.year().into()),
        'Y' => year(time.date().iso_week_date().year().into(), count),
        'Q' | 'q' => quarter((i64::from(time.month()) - 1) / 3 + 1, count),
        'M' | 'L' if count <= 2 => padded(time.month().into()),
        'M' | 'L' => named(&MONTHS, i64::from(time.month()) - 1, count),
        'w' => padded(time.date().iso_week_date().week().into()),
        'W' => padded(
            (i64::from(time.day()) + i64::from(time.date().first_of_month().weekday().to_sunday_zero_offset()) - 1) / 7 + 1,
        ),
        'd' => padded(time.day().into()),
        'D' => padded(time.day_of_year().into()),
        'F' => padded((i64::from(time.day()) - 1) / 7 + 1),
        'g' => padded(modified_julian_day(time)),
        'E' => named_day(time.weekday(), count.max(3)),
        'e' | 'c' if count >= 3 => named_day(time.weekday(), count),
        'e' | 'c' => padded(time.weekday().to_sunday_one_offset().into()),
        'a' => half(hour < 12, count),
        'b' => noon_or_half(time, count),
        'B' => part_of_day(time, count),
        'h' => padded(if hour % 12 == 0 { 12 } else { hour % 12 }),
        'H' => padded(hour),
        'K' => padded(hour % 12),
        'k' => padded(if hour == 0 { 24 } else { hour }),
        'm' => padded(time.minute().into()),
        's' => padded(time.second().into()),
        'S' => format!("{:09}{:0<count$}", time.subsec_nanosecond(), "").chars().take(count).collect(),
        'A' => padded(
            hour * 3_600_000
                + i64::from(time.minute()) * 60_000
                + i64::from(time.second()) * 1000
                + i64::from(time.millisecond()),
        ),
        'z' | 'Z' | 'O' | 'v' | 'V' | 'X' | 'x' => zones::zone(time, letter, count),
        other => other.to_string().repeat(count),
    }
}

fn year(year: i64, count: usize) -> String {
    if count == 2 { format!("{:02}", year.rem_euclid(100)) } else { format!("{year:0count$}") }
}

fn era(time: &Zoned, count: usize) -> String {
    let (short, long) = if time.year() > 0 { ("AD", "Anno Domini") } else { ("BC", "Before Christ") };
    match count {
        4 => long.to_owned(),
        5 => short[..1].to_owned(),
        _ => short.to_owned(),
    }
}

/// Three letters cut to three, five to one, six to two; four and more are whole.
fn named(names: &[&str], index: i64, count: usize) -> String {
    let name = usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default();
    match count {
        3 => name.chars().take(3).collect(),
        5 => name.chars().take(1).collect(),
        6 => name.chars().take(2).collect(),
        _ => name.to_owned(),
    }
}

fn named_day(day: Weekday, count: usize) -> String {
    named(&DAYS, day.to_sunday_zero_offset().into(), count)
}

fn half(morning: bool, count: usize) -> String {
    (match (morning, count == 5) {
        (true, true) => "a",
        (true, false) => "AM",
        (false, true) => "p",
        (false, false) => "PM",
    })
    .to_owned()
}

/// Noon and midnight to the second; `None` at any other time.
fn turning_point(time: &Zoned, narrow: bool) -> Option<&'static str> {
    match (time.hour(), time.minute(), time.second(), narrow) {
        (0, 0, 0, false) => Some("midnight"),
        (0, 0, 0, true) => Some("mi"),
        (12, 0, 0, false) => Some("noon"),
        (12, 0, 0, true) => Some("n"),
        _ => None,
    }
}

fn noon_or_half(time: &Zoned, count: usize) -> String {
    turning_point(time, count == 5).map_or_else(|| half(time.hour() < 12, count), str::to_owned)
}

/// The English day periods of the Unicode Common Locale Data Repository.
fn part_of_day(time: &Zoned, count: usize) -> String {
    let part = turning_point(time, count == 5).unwrap_or(match time.hour() {
        6..12 => "in the morning",
        12..18 => "in the afternoon",
        18..21 => "in the evening",
        _ => "at night",
    });
    part.to_owned()
}

fn quarter(quarter: i64, count: usize) -> String {
    let ending = match quarter {
        1 => "st",
        2 => "nd",
        3 => "rd",
        _ => "th",
    };
    match count {
        1 | 2 => format!("{quarter:0count$}"),
        3 => format!("Q{quarter}"),
        5 => quarter.to_string(),
        _ => format!("{quarter}{ending} quarter"),
    }
}

/// Days since 17 November 1858, by the calendar of the time's zone.
fn modified_julian_day(time: &Zoned) -> i64 {
    let begin = jiff::civil::date(1858, 11, 17);
    begin.until(time.date()).map(|span| i64::from(span.get_days())).unwrap_or_default()
}

#[cfg(test)]
mod tests;
