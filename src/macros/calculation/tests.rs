use std::collections::HashMap;

use proptest::prelude::*;

use super::{super::host::HostError, CalculationError, Scope, calculate, check, format_number, parse_number, with_pattern};

#[derive(Default)]
struct Fixed(HashMap<String, String>);

impl Scope for Fixed {
    fn variable(&mut self, name: &str) -> Result<Option<String>, HostError> {
        Ok(self.0.get(&name.to_lowercase()).cloned())
    }

    fn now(&mut self) -> jiff::Zoned {
        "2024-03-05T14:07:09[UTC]".parse().expect("a time")
    }

    fn random(&mut self) -> f64 {
        0.5
    }

    fn clipboard_seed(&mut self) -> Result<u64, HostError> {
        Ok(7)
    }
}

fn scope() -> Fixed {
    let pairs = [
        ("old version number", "41"),
        ("size", "10,20,30"),
        ("text", "two words\nand lines"),
        ("sum", "1 + 2"),
        ("loop", "CALCULATE(loop) + 1"),
    ];
    Fixed(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
}

#[test]
fn calculates() {
    let cases = [
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("-2^2", "-4"),
        ("2^3^2", "512"),
        ("2^-1", "0.5"),
        ("7 MOD 4", "3"),
        ("10 / 4", "2.5"),
        ("1/3", "0.3333333333"),
        ("0.1 + 0.2", "0.3"),
        ("0.1 + 0.2 = 0.3", "1"),
        ("1 < 2 && 2 ≥ 2 && 3 ≠ 4", "1"),
        ("1 > 2 || 0", "0"),
        ("NOT 0 AND 1 OR 0", "1"),
        ("!5", "0"),
        ("!-5", "0"),
        ("6 & 3", "2"),
        ("HOUR()≥7 & HOUR()≤18", "1"),
        ("1 ? 2 : 3", "2"),
        ("0 ? 1/0 : 0 ? 4 : 5", "5"),
        ("1 || 1/0", "1"),
        ("200*50%", "100"),
        (".05", "0.05"),
        ("1e3", "1000"),
        ("0xff + 0b101", "260"),
        ("Old Version Number + 1", "42"),
        ("nobody knows", "0"),
        ("Size[2] + size[-1]", "50"),
        ("Size[0]", "3"),
        ("MIN(3,1,2) + MAX(3,1,2)", "4"),
        ("ROUND(2.5) + TRUNC(-1.5) + FLOOR(-1.5) + CEIL(1.2)", "2"),
        ("SQRT(16) + ABS(-1) + POW(2, 3)", "13"),
        ("LOG(1000) + LN(EXP(2))", "5"),
        ("RANDOM(10)", "5"),
        ("RANDOM(1, 6)", "4"),
        ("RAND", "0.5"),
        ("NOW() = TIME(2024,3,5,14,7,9)", "1"),
        ("YEAR() * 10000 + MONTH() * 100 + DAY()", "20240305"),
        ("DOW()", "3"),
        ("HOUR(0) + MINUTE(60) + SECOND(61)", "2"),
        ("CHARACTERS(text)", "19"),
        ("WORDS(text) + LINES(text)", "6"),
        ("HEX(FF) + OCT(17) + BIN(101) + HEX(1F)", "306"),
        ("CALCULATE(Sum)", "3"),
    ];
    for (expression, expected) in cases {
        let result = calculate(expression, &mut scope()).map(format_number);
        assert_eq!(result.as_deref(), Ok(expected), "{expression}");
    }
}

#[test]
fn refuses_what_has_no_result() {
    let cases = [
        ("", "a value expected at character 1"),
        ("1 +", "a value expected at character 4"),
        ("(1", ") expected"),
        ("1 2", "an operator or the end expected at character 3"),
        ("1/0", "division by zero"),
        ("10^400", "too large"),
        ("SQRT(-1)", "too large or undefined"),
        ("min(1)", "capitals, MIN"),
        ("NOPE(1)", "no function NOPE"),
        ("MIN()", "takes 1 to 999 values"),
        ("FLOOR(SCREENVISIBLE(Front,Width)*50%)", "SCREENVISIBLE needs macOS"),
        ("SCREENCOUNT > 1", "SCREENCOUNT needs macOS"),
        ("CALCULATE(loop)", "too often"),
        ("#", "means nothing"),
    ];
    for (expression, expected) in cases {
        let error = calculate(expression, &mut scope()).expect_err(expression).to_string();
        assert!(error.contains(expected), "{expression}: {error}");
    }
}

#[test]
fn checks_without_calculating() {
    assert_eq!(check("1/0 + unset", None), Ok(()));
    assert_eq!(check("0 ? WINDOW(0,Width) : 1", None), Err(CalculationError::NeedsMacOs("WINDOW")));
}

#[test]
fn deep_nesting_is_an_error_and_long_sums_are_not() {
    for deep in ["(", "-(", "2^", "1?", "CALCULATE("] {
        assert!(calculate(&deep.repeat(20_000), &mut scope()).is_err(), "{deep}");
    }
    let minus = format!("{}1", "-".repeat(60_000));
    assert_eq!(calculate(&minus, &mut scope()), Ok(1.0));
    let sum = format!("1{}", "+1".repeat(30_000));
    assert_eq!(calculate(&sum, &mut scope()), Ok(30_001.0));
}

#[test]
fn patterns_format_numbers() {
    let cases = [
        (1234.5, "0.00", Some("1234.50")),
        (1_234_567.891, "#,##0.00", Some("1,234,567.89")),
        (7.0, "000", Some("007")),
        (0.256, "0%", Some("26%")),
        (3.0, "€0.00", Some("€3.00")),
        (-3.5, "0.##", Some("-3.5")),
        (3.0, "plain", None),
        (3.0, "0.0.0", None),
        (0.0, "#", Some("0")),
        (0.0, "#.##", Some("0")),
        (0.5, "#.##", Some(".5")),
    ];
    for (number, pattern, expected) in cases {
        assert_eq!(with_pattern(number, pattern).as_deref(), expected, "{pattern}");
    }
}

#[test]
fn patterns_of_very_many_digits_are_none() {
    assert_eq!(with_pattern(1.0, &"0".repeat(70_000)), None);
    assert_eq!(with_pattern(1.0, &format!("0.{}", "0".repeat(70_000))), None);
}

proptest! {
    #[test]
    fn never_panics(expression in "\\PC{0,60}") {
        let _ = calculate(&expression, &mut scope());
    }

    #[test]
    fn never_panics_on_expression_like_text(expression in "[-0-9+*/^()\\[\\]?:,.%! A-Za-z=<>&|]{0,60}") {
        let _ = calculate(&expression, &mut scope());
    }

    #[test]
    fn numbers_survive_being_written(number in -1e12_f64..1e12) {
        let text = format_number(number);
        let back = parse_number(&text).expect("a number");
        prop_assert!((back - number).abs() <= 1e-9_f64.max(number.abs() * 1e-13), "{} {}", text, number);
        prop_assert_eq!(calculate(&text, &mut scope()).map(format_number), Ok(text));
    }

    #[test]
    fn sums_agree_with_rust(left in -100_000_i32..100_000, right in -100_000_i32..100_000) {
        let result = calculate(&format!("({left}) + ({right}) * 2"), &mut scope());
        prop_assert_eq!(result, Ok(f64::from(left) + f64::from(right) * 2.0));
    }
}
