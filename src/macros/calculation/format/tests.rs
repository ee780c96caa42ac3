use proptest::prelude::*;

use super::{format_number, parse_number, with_pattern};

#[test]
fn patterns_format_numbers() {
    let cases = [
        (1234.5, "0.00", Some("1234.50")),
        (1_234_567.891, "#,##0.00", Some("1,234,567.89")),
        (1_234_567.0, "#,##,##0", Some("12,34,567")),
        (7.0, "000", Some("007")),
        (0.256, "0%", Some("26%")),
        (0.256, "0.0‰", Some("256.0‰")),
        (3.0, "€0.00", Some("€3.00")),
        (-3.5, "0.##", Some("-3.5")),
        (-3.5, "$0.00;($0.00)", Some("($3.50)")),
        (3.5, "$0.00;($0.00)", Some("$3.50")),
        (-0.001, "0.00", Some("0.00")),
        (3.0, "'#'0 'o''clock'", Some("#3 o'clock")),
        (0.0, "#", Some("0")),
        (0.0, "#.##", Some("0")),
        (0.5, "#.##", Some(".5")),
        (2.675, "0.00", Some("2.68")),
        (0.125, "0.00", Some("0.12")),
        (2.5, "0", Some("2")),
        (3.5, "0", Some("4")),
        (999.996, "#,##0.00", Some("1,000.00")),
        (12345.0, "0.###E0", Some("1.234E4")),
        (12345.0, "00.###E0", Some("12.345E3")),
        (12345.0, "##0.#####E0", Some("12.345E3")),
        (0.00012, "0.0E00", Some("1.2E-04")),
        (99.99, "0.0E+0", Some("1.0E+2")),
        (0.0, "0.0E0", Some("0.0E0")),
        (12345.0, "@@@", Some("12300")),
        (0.12345, "@@@", Some("0.123")),
        (1.5, "@@@", Some("1.50")),
        (2.34567, "@@##", Some("2.346")),
        (1.23, "0.05", Some("1.25")),
        (7.0, "$*x#,##0.00", Some("$xxxx7.00")),
        (7.0, "*_000000", Some("000007")),
        (1234.567, "Decimal", Some("1,234.567")),
        (0.5, "Percent", Some("50%")),
        (1234.567, "Scientific", Some("1.234567E3")),
        (23.0, "Ordinal", Some("23rd")),
        (1011.0, "Ordinal", Some("1,011th")),
        (0.0, "Ordinal", Some("0th")),
        (3.0, "plain", None),
        (3.0, "0.0.0", None),
        (3.0, "0#", None),
        (3.0, "0.#0", None),
        (3.0, "¤0.00", None),
        (3.0, "", None),
        (3.0, "'open 0", None),
        (3.0, "0;", None),
    ];
    for (number, pattern, expected) in cases {
        assert_eq!(with_pattern(number, pattern).as_deref(), expected, "{number} {pattern}");
    }
}

#[test]
fn patterns_of_very_many_digits_are_none() {
    assert_eq!(with_pattern(1.0, &"0".repeat(70_000)), None);
    assert_eq!(with_pattern(1.0, &format!("0.{}", "0".repeat(70_000))), None);
    assert_eq!(with_pattern(f64::MAX, "#,##0").map(|text| text.len()), Some(309 + 102));
}

#[test]
fn numbers_may_have_underscores() {
    assert_eq!(parse_number(" 1_000.5 "), Some(1000.5));
    assert_eq!(parse_number("1,000"), None);
    assert_eq!(parse_number("_1"), None);
}

proptest! {
    #[test]
    fn numbers_survive_being_written(number in -1e12_f64..1e12) {
        let text = format_number(number);
        let back = parse_number(&text).expect("a number");
        prop_assert!((back - number).abs() <= 1e-9_f64.max(number.abs() * 1e-13), "{} {}", text, number);
    }

    #[test]
    fn a_pattern_with_enough_digits_loses_nothing(number in -1e9_f64..1e9) {
        for pattern in ["0.#################", "0.################E0", "@##################"] {
            let text = with_pattern(number, pattern).expect("a pattern");
            prop_assert_eq!(text.parse::<f64>().ok(), Some(number), "{} {}", pattern, text);
        }
    }

    #[test]
    fn whole_numbers_agree_with_rust(number in -1_000_000_i32..1_000_000, width in 1_usize..9) {
        let digits = format!("{:0width$}", number.unsigned_abs());
        let expected = if number < 0 { format!("-{digits}") } else { digits };
        prop_assert_eq!(with_pattern(f64::from(number), &"0".repeat(width)), Some(expected));
    }

    #[test]
    fn never_panics(number in proptest::num::f64::ANY, pattern in "[#0-9@,.E+;%*' x-]{0,20}") {
        if number.is_finite() {
            let _ = with_pattern(number, &pattern);
        }
    }
}
