//! ICU date patterns over a zoned time, in English.

use jiff::{SignedDuration, Span, Zoned, civil::Weekday};

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
            field(time, letter, count, &mut text);
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

fn field(time: &Zoned, letter: char, count: usize, text: &mut String) {
    let count = count.min(MOST_LETTERS);
    let padded = |number: i64| format!("{number:0count$}");
    let hour = i64::from(time.hour());
    let piece = match letter {
        'y' | 'u' | 'Y' => year(if letter == 'Y' { time.date().iso_week_date().year() } else { time.year() }, count),
        'M' | 'L' => name_or_number(&MONTHS, usize::try_from(time.month() - 1).unwrap_or_default(), count, time.month().into()),
        'd' => padded(time.day().into()),
        'D' => padded(time.day_of_year().into()),
        'E' => named_day(time.weekday(), count.max(3)),
        'e' | 'c' if count >= 3 => named_day(time.weekday(), count),
        'e' | 'c' => padded(time.weekday().to_sunday_one_offset().into()),
        'a' => (if hour < 12 { "AM" } else { "PM" }).to_owned(),
        'h' => padded(if hour % 12 == 0 { 12 } else { hour % 12 }),
        'H' => padded(hour),
        'K' => padded(hour % 12),
        'k' => padded(if hour == 0 { 24 } else { hour }),
        'm' => padded(time.minute().into()),
        's' => padded(time.second().into()),
        'S' => fraction(time, count),
        'A' => padded(
            hour * 3_600_000
                + i64::from(time.minute()) * 60_000
                + i64::from(time.second()) * 1000
                + i64::from(time.millisecond()),
        ),
        'w' => padded(time.date().iso_week_date().week().into()),
        'W' => padded(
            (i64::from(time.day()) + i64::from(time.date().first_of_month().weekday().to_sunday_zero_offset()) - 1) / 7 + 1,
        ),
        'F' => padded((i64::from(time.day()) - 1) / 7 + 1),
        'Q' | 'q' => quarter((i64::from(time.month()) - 1) / 3 + 1, count),
        'G' => (if time.year() > 0 { "AD" } else { "BC" }).to_owned(),
        'z' | 'v' | 'V' => zone_name(time, count),
        'Z' if count <= 3 => offset(time, ""),
        'Z' if count == 5 && time.offset().is_zero() => "Z".to_owned(),
        'Z' if count == 5 => offset(time, ":"),
        'Z' | 'O' => ["GMT", &offset(time, ":")].concat(),
        'X' if time.offset().is_zero() => "Z".to_owned(),
        'x' | 'X' if count == 1 => short_offset(time),
        'x' | 'X' => offset(time, if count % 2 == 1 { ":" } else { "" }),
        other => other.to_string().repeat(count),
    };
    text.push_str(&piece);
}

fn year(year: i16, count: usize) -> String {
    if count == 2 { format!("{:02}", year.rem_euclid(100)) } else { format!("{year:0count$}") }
}

fn name_or_number(names: &[&str], index: usize, count: usize, number: i64) -> String {
    match count {
        1 | 2 => format!("{number:0count$}"),
        _ => named(names, index, count),
    }
}

/// Three letters cut to three, five to one, four and more are whole.
fn named(names: &[&str], index: usize, count: usize) -> String {
    let name = names.get(index).copied().unwrap_or_default();
    match count {
        3 => name.chars().take(3).collect(),
        5 => name.chars().take(1).collect(),
        6 => name.chars().take(2).collect(),
        _ => name.to_owned(),
    }
}

fn named_day(day: Weekday, count: usize) -> String {
    named(&DAYS, usize::try_from(day.to_sunday_zero_offset()).unwrap_or_default(), count)
}

fn fraction(time: &Zoned, count: usize) -> String {
    let digits = format!("{:09}", time.subsec_nanosecond());
    format!("{digits:0<count$}").chars().take(count).collect()
}

fn quarter(quarter: i64, count: usize) -> String {
    match count {
        1 | 2 => format!("{quarter:0count$}"),
        3 => format!("Q{quarter}"),
        _ => format!(
            "{}{} quarter",
            quarter,
            ["st", "nd", "rd", "th"].get(usize::try_from(quarter - 1).unwrap_or(3)).copied().unwrap_or("th")
        ),
    }
}

fn zone_name(time: &Zoned, count: usize) -> String {
    let zone = time.time_zone();
    if count >= 4 {
        return zone.iana_name().map_or_else(|| offset(time, ":"), str::to_owned);
    }
    zone.to_offset_info(time.timestamp()).abbreviation().to_owned()
}

fn sign(time: &Zoned) -> &'static str {
    if time.offset().is_negative() { "-" } else { "+" }
}

/// Hours alone, when there are no minutes.
fn short_offset(time: &Zoned) -> String {
    let whole = offset(time, "");
    whole.strip_suffix("00").map_or_else(|| whole.clone(), str::to_owned)
}

fn offset(time: &Zoned, between: &str) -> String {
    let seconds = time.offset().seconds().unsigned_abs();
    format!("{}{:02}{between}{:02}", sign(time), seconds / 3600, seconds / 60 % 60)
}

/// A time moved by `count` of `unit`: seconds to years, in the calendar of its zone, or a weekday's name. `0 Sunday` is the next
/// Sunday, today included, and each count more is a week later. `None` for an unknown unit or a time out of range.
#[must_use]
pub fn moved(time: &Zoned, count: f64, unit: &str) -> Option<Zoned> {
    let unit = unit.trim().to_lowercase();
    if let Some(day) = DAYS.iter().position(|day| day.to_lowercase() == unit) {
        let today = i64::from(time.weekday().to_sunday_zero_offset());
        let ahead = (i64::try_from(day).ok()? - today).rem_euclid(7);
        return time.checked_add(Span::new().try_days(ahead + 7 * rounded(count)).ok()?).ok();
    }
    let span = Span::new();
    let span = match unit.trim_end_matches('s') {
        "second" | "sec" => {
            return time.checked_add(SignedDuration::try_from_secs_f64(count).ok()?).ok();
        }
        "minute" | "min" => {
            return time.checked_add(SignedDuration::try_from_secs_f64(count * 60.0).ok()?).ok();
        }
        "hour" => {
            return time.checked_add(SignedDuration::try_from_secs_f64(count * 3600.0).ok()?).ok();
        }
        "day" => span.try_days(rounded(count)),
        "week" => span.try_weeks(rounded(count)),
        "month" => span.try_months(rounded(count)),
        "year" => span.try_years(rounded(count)),
        _ => return None,
    };
    time.checked_add(span.ok()?).ok()
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and a span out of range is refused by its maker")]
fn rounded(count: f64) -> i64 {
    count.trunc() as i64
}

#[cfg(test)]
mod tests {
    use super::{format_date, moved};

    fn time() -> jiff::Zoned {
        "2024-03-05T00:07:09.25[America/New_York]".parse().expect("a time")
    }

    #[test]
    fn writes_fields() {
        let cases = [
            ("yyyy-MM-dd HH:mm:ss", "2024-03-05 00:07:09"),
            ("y yy yyyy", "2024 24 2024"),
            ("M MM MMM MMMM MMMMM", "3 03 Mar March M"),
            ("d dd D DDD", "5 05 65 065"),
            ("E EEE EEEE e c", "Tue Tue Tuesday 3 3"),
            ("a h hh H K k", "AM 12 12 0 0 24"),
            ("s ss S SSS SSSS", "9 09 2 250 2500"),
            ("z Z ZZZZ ZZZZZ xxx x zzzz", "EST -0500 GMT-05:00 -05:00 -05:00 -05 America/New_York"),
            ("w ww W Q QQQ QQQQ", "10 10 2 1 Q1 1st quarter"),
            ("yyyy'T'HH 'o''clock' ''", "2024T00 o'clock '"),
            ("dd.MM.yyyy", "05.03.2024"),
            ("'open", "open"),
            ("Äh", "Ä12"),
        ];
        for (pattern, expected) in cases {
            assert_eq!(format_date(&time(), pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn odd_patterns_and_utc_are_written() {
        assert_eq!(format_date(&time(), &"d".repeat(70_000)), format!("{:020}", 5));
        let utc = "2024-03-05T00:07:09[UTC]".parse().expect("a time");
        assert_eq!(format_date(&utc, "x"), "+00");
        let kolkata = "2024-03-05T00:07:09[Asia/Kolkata]".parse().expect("a time");
        assert_eq!(format_date(&kolkata, "x"), "+0530");
    }

    #[test]
    fn moves_by_units_and_weekdays() {
        let cases = [
            (1.0, "Days", "2024-03-06"),
            (-1.0, "months", "2024-02-05"),
            (2.0, "Weeks", "2024-03-19"),
            (1.0, "Year", "2025-03-05"),
            (36.0, "Hours", "2024-03-06"),
            (0.0, "Sunday", "2024-03-10"),
            (0.0, "Tuesday", "2024-03-05"),
            (1.0, "Monday", "2024-03-18"),
        ];
        for (count, unit, expected) in cases {
            let moved = moved(&time(), count, unit).expect(unit);
            assert_eq!(format_date(&moved, "yyyy-MM-dd"), expected, "{count} {unit}");
        }
        assert_eq!(moved(&time(), 1.0, "fortnights"), None);
        assert_eq!(moved(&time(), 1e300, "days"), None);
    }
}
