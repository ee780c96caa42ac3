//! Numbers to text and back, as Keyboard Maestro writes them.

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
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Most digits of a pattern: nobody needs more, and the formatter of the standard library panics on very many.
const MOST_DIGITS: usize = 100;

/// A number in a Unicode number pattern of the simple kind: `0.00`, `#,##0.0`, `000`, with text before and after it, and `%`.
/// `None` when the pattern is of another kind.
#[must_use]
pub fn with_pattern(number: f64, pattern: &str) -> Option<String> {
    let is_digit = |character: char| matches!(character, '0' | '#' | ',' | '.');
    let start = pattern.find(is_digit)?;
    let end = start + pattern[start..].find(|character| !is_digit(character)).unwrap_or(pattern.len() - start);
    let (prefix, digits, suffix) = (&pattern[..start], &pattern[start..end], &pattern[end..]);
    if digits.len() > MOST_DIGITS || suffix.contains(is_digit) || pattern.contains(['\'', ';', '@', '*', 'E', '¤', '‰']) {
        return None;
    }
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    if decimals.contains([',', '.']) {
        return None;
    }
    let number = if suffix.contains('%') || prefix.contains('%') { number * 100.0 } else { number };
    let sign = if number < 0.0 { "-" } else { "" };
    let text = format!("{:.*}", decimals.len(), number.abs());
    let (integer, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let integer = grouped(integer, whole);
    let needed = decimals.chars().filter(|digit| *digit == '0').count();
    let kept = fraction.trim_end_matches('0').len().max(needed);
    let fraction = fraction.get(..kept).filter(|fraction| !fraction.is_empty());
    // Signs that are all optional leave nothing of a zero, which is still a number.
    let integer = if integer.is_empty() && fraction.is_none() { "0".to_owned() } else { integer };
    Some(match fraction {
        Some(fraction) => format!("{sign}{prefix}{integer}.{fraction}{suffix}"),
        None => format!("{sign}{prefix}{integer}{suffix}"),
    })
}

/// The integer digits with leading zeros and separators of thousands as the pattern wants them.
fn grouped(integer: &str, pattern: &str) -> String {
    let zeros = pattern.chars().filter(|digit| *digit == '0').count();
    let trimmed = if zeros == 0 { integer.trim_start_matches('0') } else { integer };
    let padded = format!("{trimmed:0>zeros$}");
    let Some(comma) = pattern.rfind(',') else {
        return padded;
    };
    let size = (pattern.len() - comma - 1).max(1);
    let mut text = String::new();
    for (position, digit) in padded.chars().enumerate() {
        if position > 0 && (padded.len() - position) % size == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
