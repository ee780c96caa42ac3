//! Numbers to text and back, as Keyboard Maestro writes them, and by number patterns.

mod decimal;
mod pattern;

use decimal::Decimal;
use pattern::{Affixes, Exponent, Pattern, Place};

/// Integers up to this are exact in a float and written without decimals.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A number as text: integers without decimals, else up to ten decimals (fifteen digits in all) without trailing zeros.
#[must_use]
pub fn format_number(number: f64) -> String {
    if number == 0.0 {
        return "0".into();
    }
    if number.fract() == 0.0 && number.abs() < EXACT {
        return format!("{number:.0}");
    }
    if !(1e-9..EXACT).contains(&number.abs()) {
        return format!("{number:e}");
    }
    let digits = format!("{:.0}", number.abs().trunc()).len();
    let decimals = 15_usize.saturating_sub(digits).clamp(1, 10);
    let text = format!("{number:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Text as a number; `None` when it is none.
#[must_use]
pub fn parse_number(text: &str) -> Option<f64> {
    let text = text.trim();
    // Rust also reads "inf" and "nan", which nobody means.
    let first = text.trim_start_matches(['-', '+']).chars().next()?;
    if !first.is_ascii_digit() && first != '.' {
        return None;
    }
    // Digits may be set apart by underscores: 1_000.
    let number = if text.contains('_') { text.replace('_', "").parse::<f64>() } else { text.parse::<f64>() };
    number.ok().filter(|number| number.is_finite())
}

/// A number in a number pattern of Unicode Technical Standard 35, such as `#,##0.00`, `000`, `0%`, `0.###E0`, `@@#`, `$0.00;($0.00)`,
/// or in one of the formats `Decimal`, `Percent`, `Scientific`, `Ordinal`, in English. `None` when it is no pattern, or has a
/// currency sign, of which nobody says which one is meant. Halves are rounded to the even digit.
#[must_use]
pub fn with_pattern(number: f64, pattern: &str) -> Option<String> {
    match pattern {
        "Decimal" => with_pattern(number, "#,##0.###"),
        "Percent" => with_pattern(number, "#,##0%"),
        "Scientific" => with_pattern(number, "0.###############E0"),
        "Ordinal" => Some(ordinal(number)),
        _ => Pattern::read(pattern).map(|pattern| written(number, &pattern)),
    }
}

fn written(number: f64, pattern: &Pattern) -> String {
    let decimal = Decimal::of(match pattern.step {
        // Rounded by the step as the pattern shows it: after the change of scale.
        Some(step) => {
            let scale = 10_f64.powi(pattern.scale);
            (number * scale / step).round_ties_even() * step / scale
        }
        None => number,
    });
    let decimal = decimal.shifted(pattern.scale);
    let (decimal, digits) = match pattern.exponent {
        Some(exponent) => scientific(&decimal, pattern, exponent),
        None => plain(&decimal, pattern),
    };
    let negative = number < 0.0 && !decimal.is_zero();
    let mut affixes = pattern.positive.clone();
    if negative {
        affixes = pattern.negative.clone().unwrap_or_else(|| Affixes { prefix: ["-", &affixes.prefix].concat(), ..affixes });
    }
    let Affixes { prefix, suffix } = affixes;
    let Some(padding) = pattern.padding else {
        return [prefix, digits, suffix].concat();
    };
    let length = prefix.chars().count() + digits.chars().count() + suffix.chars().count();
    let fill: String = std::iter::repeat_n(padding.sign, padding.width.saturating_sub(length)).collect();
    match padding.place {
        Place::BeforePrefix => [fill, prefix, digits, suffix],
        Place::AfterPrefix => [prefix, fill, digits, suffix],
        Place::BeforeSuffix => [prefix, digits, fill, suffix],
        Place::AfterSuffix => [prefix, digits, suffix, fill],
    }
    .concat()
}

fn plain(decimal: &Decimal, pattern: &Pattern) -> (Decimal, String) {
    let places = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let (decimal, fewest) = match pattern.significant {
        None => (decimal.rounded(places(pattern.most_decimals)), pattern.fewest_decimals),
        Some((fewest, most)) => {
            let decimal = decimal.rounded_to_digits(places(most));
            let behind = places(fewest) - 1 - if decimal.is_zero() { 0 } else { decimal.exponent() };
            (decimal, usize::try_from(behind).unwrap_or(0))
        }
    };
    let fraction = format!("{:0<fewest$}", decimal.fraction());
    let mut integer = format!("{:0>width$}", decimal.integer(), width = pattern.fewest_integers);
    if integer.is_empty() && fraction.is_empty() {
        // Signs that are all optional leave nothing of a zero, which is still a number.
        integer.push('0');
    }
    let integer = pattern.groups.map_or(integer.clone(), |groups| grouped(&integer, groups));
    let point = if fraction.is_empty() { "" } else { "." };
    (decimal, [&integer, point, &fraction].concat())
}

/// The digits with commas: the group next to the point, then the others.
fn grouped(digits: &str, (first, others): (usize, usize)) -> String {
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        let left = digits.len() - position;
        if position > 0 && left >= first && (left - first).is_multiple_of(others) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn scientific(decimal: &Decimal, pattern: &Pattern, form: Exponent) -> (Decimal, String) {
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    let needed = pattern.fewest_integers.max(1);
    let exponent = |decimal: &Decimal| {
        if decimal.is_zero() {
            return 0;
        }
        let step = count(pattern.most_integers);
        if pattern.most_integers > pattern.fewest_integers && step > 1 {
            decimal.exponent().div_euclid(step) * step
        } else {
            decimal.exponent() + 1 - count(needed)
        }
    };
    // Rounding 9.99 up to 10 moves the exponent, so that it is asked for again.
    let mut rounded = decimal.clone();
    for _ in 0..2 {
        rounded = match pattern.significant {
            Some((_, most)) => rounded.rounded_to_digits(count(most)),
            None if pattern.most_integers > needed => rounded.rounded_to_digits(count(needed + pattern.most_decimals)),
            None => rounded.rounded(count(pattern.most_decimals) - exponent(&rounded)),
        };
    }
    let power = exponent(&rounded);
    let mantissa = rounded.shifted(-power);
    let fewest = match pattern.significant {
        Some((fewest, _)) => fewest.saturating_sub(mantissa.integer().len().max(1)),
        None => pattern.fewest_decimals,
    };
    let fraction = format!("{:0<fewest$}", mantissa.fraction());
    let integer = format!("{:0>needed$}", mantissa.integer());
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = match power {
        ..0 => "-",
        _ if form.plus => "+",
        _ => "",
    };
    let digits = form.digits;
    (rounded, format!("{integer}{point}{fraction}E{sign}{:0digits$}", power.unsigned_abs()))
}

/// 1st, 2nd, 3rd, 4th, 11th, 21st …
fn ordinal(number: f64) -> String {
    let digits = Decimal::of(number).rounded(0).integer();
    let ending = match digits.as_bytes() {
        [.., b'1', _] => "th",
        [.., b'1'] => "st",
        [.., b'2'] => "nd",
        [.., b'3'] => "rd",
        _ => "th",
    };
    let digits = if digits.is_empty() { "0".to_owned() } else { grouped(&digits, (3, 3)) };
    let sign = if number < 0.0 && digits != "0" { "-" } else { "" };
    [sign, &digits, ending].concat()
}

#[cfg(test)]
mod tests;
