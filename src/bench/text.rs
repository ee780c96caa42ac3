//! What is written on the command line: spans, rates, stages, ranges, weights.

use std::{ops::RangeInclusive, time::Duration};

use super::schedule::Stage;

/// Longest span that is taken: a week.
const LONGEST: Duration = Duration::from_hours(7 * 24);
/// Highest rate that is taken, in calls per second.
const HIGHEST_RATE: f64 = 1e6;

/// A span such as `500ms`, `10s`, `1.5m`, `2h`; a bare number is seconds.
///
/// # Errors
/// When it is none, or over a week, with what to write.
pub fn span(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let (number, unit) = split(text);
    let factor = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" | "" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        _ => f64::NAN,
    };
    let span = number.parse::<f64>().ok().and_then(|number| Duration::try_from_secs_f64(number * factor).ok());
    span.filter(|span| *span <= LONGEST)
        .ok_or_else(|| format!("\"{text}\" is no span of at most a week; write one like 500ms, 10s, 5m or 1h"))
}

/// A rate such as `50`, `50/s`, `600/m`, in calls per second.
///
/// # Errors
/// When it is none, 0, or over a million a second, with what to write.
pub fn rate(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let (number, unit) = text.split_once('/').unwrap_or((text, "s"));
    let per = match unit.trim() {
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        _ => f64::NAN,
    };
    let rate = number.trim().parse::<f64>().unwrap_or(f64::NAN) / per;
    if rate > 0.0 && rate <= HIGHEST_RATE {
        Ok(rate)
    } else {
        Err(format!("\"{text}\" is no rate over 0 and up to 1000000/s; write one like 50/s or 600/m"))
    }
}

/// Stages such as `10/s:30s,50/s:60s`.
///
/// # Errors
/// When one of them is none, with what to write.
pub fn stages(text: &str) -> Result<Vec<Stage>, String> {
    let stage = |part: &str| {
        let (at, length) = part
            .split_once(':')
            .ok_or_else(|| format!("\"{part}\" is no stage; write RATE:SPAN, for example 10/s:30s,50/s:60s"))?;
        let stage = Stage { rate: rate(at)?, length: span(length)? };
        if stage.length.is_zero() { Err(format!("the stage \"{part}\" takes no time")) } else { Ok(stage) }
    };
    text.split(',').map(stage).collect()
}

/// A range of spans such as `1s..3s`, or one span for both ends.
///
/// # Errors
/// When it is none, with what to write.
pub fn spans(text: &str) -> Result<(Duration, Duration), String> {
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    let (from, to) = (span(from)?, span(to)?);
    if from <= to { Ok((from, to)) } else { Err(format!("\"{text}\" ends before it begins")) }
}

/// A range of workers such as `workers=1..16`.
///
/// # Errors
/// When it is none, or has not at least three sizes for a fit, with what to write.
pub fn workers(text: &str) -> Result<RangeInclusive<u16>, String> {
    let wrong = || format!("\"{text}\" is no sweep; write one of at least three sizes up to 512, like workers=1..16");
    let range = text.trim().strip_prefix("workers=").ok_or_else(wrong)?;
    let (from, to) = range.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str| text.trim().trim_start_matches('=').parse::<u16>().ok().filter(|number| (1..=512).contains(number));
    let (from, to) = (number(from).ok_or_else(wrong)?, number(to).ok_or_else(wrong)?);
    if from + 2 <= to { Ok(from..=to) } else { Err(wrong()) }
}

/// Weights by name such as `health=.4,macros=.6`.
///
/// # Errors
/// When one of them is none, with what to write.
pub fn weights(text: &str) -> Result<Vec<(String, f64)>, String> {
    let weight = |part: &str| {
        let (name, number) = part.split_once('=').unwrap_or((part, "1"));
        let number = number.trim().parse::<f64>().ok().filter(|number| *number > 0.0 && number.is_finite());
        let number =
            number.ok_or_else(|| format!("\"{part}\" is no weight; write NAME=NUMBER, for example health=.4,macros=.6"))?;
        Ok((name.trim().to_owned(), number))
    };
    text.split(',').map(weight).collect()
}

/// A size in bytes such as `200`, `4KiB`, `1MiB`, `64k`.
///
/// # Errors
/// When it is none, or over 1 GiB, with what to write.
pub fn size(text: &str) -> Result<usize, String> {
    let (number, unit) = split(text.trim());
    let factor = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        _ => 0,
    };
    let size = number.parse::<usize>().ok().and_then(|number| number.checked_mul(factor));
    size.filter(|size| factor > 0 && *size <= 1 << 30)
        .ok_or_else(|| format!("\"{text}\" is no size up to 1 GiB; write one like 200, 4KiB or 1MiB"))
}

/// The number at the beginning, and what follows it.
pub(super) fn split(text: &str) -> (&str, &str) {
    let end = text.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(text.len());
    (&text[..end], text[end..].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_rates_as_people_write_them() {
        let table = [("500ms", 500), ("10s", 10_000), ("10", 10_000), ("1.5m", 90_000), ("2h", 7_200_000), (" 1 s", 1_000)];
        for (text, millis) in table {
            assert_eq!(span(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "-1s", "ten", "8d", "1e9h", "200h"] {
            assert!(span(text).is_err_and(|error| error.contains("500ms")), "{text}");
        }
        assert_eq!([rate("50"), rate("50/s"), rate("600/m"), rate("0.5/s")], [Ok(50.0), Ok(50.0), Ok(10.0), Ok(0.5)]);
        for text in ["", "0", "-3/s", "5/day", "nan", "inf", "2000000"] {
            assert!(rate(text).is_err_and(|error| error.contains("50/s")), "{text}");
        }
    }

    #[test]
    fn lists_and_ranges() {
        let stages = stages("10/s:30s,50:1m").expect("two stages");
        assert_eq!(stages.iter().map(|stage| (stage.rate, stage.length.as_secs())).collect::<Vec<_>>(), [(10.0, 30), (50.0, 60)]);
        for text in ["10/s", "10/s:0s", "10/s:30s,", ":"] {
            assert!(super::stages(text).is_err(), "{text}");
        }
        assert_eq!(spans("1s..3s"), Ok((Duration::from_secs(1), Duration::from_secs(3))));
        assert_eq!(spans("2s"), Ok((Duration::from_secs(2), Duration::from_secs(2))));
        assert!(spans("3s..1s").is_err());
        assert_eq!(workers("workers=1..16"), Ok(1..=16));
        for text in ["1..16", "workers=0..4", "workers=4..5", "workers=1..1000", "workers=a..b"] {
            assert!(workers(text).is_err(), "{text}");
        }
        assert_eq!(weights("health=.4,macros"), Ok(vec![("health".to_owned(), 0.4), ("macros".to_owned(), 1.0)]));
        assert!(weights("health=0").is_err() && weights("health=x").is_err());
        assert_eq!([size("200"), size("4KiB"), size("1m")], [Ok(200), Ok(4_096), Ok(1 << 20)]);
        assert!(size("4 parsecs").is_err() && size("3GiB").is_err());
    }
}
