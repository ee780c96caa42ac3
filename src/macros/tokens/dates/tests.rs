use jiff::Zoned;
use proptest::prelude::*;

use super::{format_date, moved};

fn time() -> Zoned {
    "2024-03-05T00:07:09.25[America/New_York]".parse().expect("a time")
}

#[test]
fn writes_fields() {
    let cases = [
        ("yyyy-MM-dd HH:mm:ss", "2024-03-05 00:07:09"),
        ("y yy yyyy u uuuu YYYY", "2024 24 2024 2024 2024 2024"),
        ("G GGGG GGGGG", "AD Anno Domini A"),
        ("M MM MMM MMMM MMMMM L LLLL", "3 03 Mar March M 3 March"),
        ("d dd D DDD F g", "5 05 65 065 1 60374"),
        ("E EEE EEEE EEEEE EEEEEE e c eee cccc", "Tue Tue Tuesday T Tu 3 3 Tue Tuesday"),
        ("a aaaa aaaaa b B BBBBB", "AM AM a AM at night at night"),
        ("h hh H K k", "12 12 0 0 24"),
        ("s ss S SSS SSSS A", "9 09 2 250 2500 429250"),
        ("z Z ZZZZ ZZZZZ", "EST -0500 GMT-05:00 -05:00"),
        ("xxx x xx X XXX zzzz O OOOO", "-05:00 -05 -0500 -05 -05:00 GMT-05:00 GMT-5 GMT-05:00"),
        ("VV|VVV|VVVV|v", "America/New_York|New York|New York Time|EST"),
        ("w ww W Q QQQ QQQQ qq", "10 10 2 1 Q1 1st quarter 01"),
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
fn odd_patterns_and_zones_are_written() {
    assert_eq!(format_date(&time(), &"d".repeat(70_000)), format!("{:020}", 5));
    let at = |text: &str, pattern: &str| format_date(&text.parse().expect("a time"), pattern);
    assert_eq!(at("2024-03-05T12:00:00[UTC]", "x X O ZZZZ b B bbbbb"), "+00 Z GMT GMT noon noon n");
    assert_eq!(at("2024-03-05T19:00:00[Asia/Kolkata]", "x O OOOO B aaaaa"), "+0530 GMT+5:30 GMT+05:30 in the evening p");
    assert_eq!(at("-000043-03-15T00:00:00[UTC]", "y G u b"), "44 BC -43 midnight");
    assert_eq!(at("2024-12-30T08:00:00[UTC]", "YYYY-'W'ww"), "2025-W01");
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
        (0.0, "Tuesdays", "2024-03-05"),
        (1.0, "Tuesdays", "2024-03-12"),
        (2.0, "Tuesdays", "2024-03-19"),
        (1.0, "Wednesdays", "2024-03-06"),
        (2.0, "Wednesdays", "2024-03-13"),
        (-0.0, "Tuesdays", "2024-03-05"),
        (-1.0, "Tuesdays", "2024-02-27"),
        (-0.0, "Monday", "2024-03-04"),
        (-1.0, "Monday", "2024-03-04"),
        (-2.0, "Wednesday", "2024-02-21"),
    ];
    for (count, unit, expected) in cases {
        let moved = moved(&time(), count, unit).expect(unit);
        assert_eq!(format_date(&moved, "yyyy-MM-dd"), expected, "{count} {unit}");
    }
    assert_eq!(moved(&time(), 1.0, "fortnights"), None);
    for count in [1e300, -1e300, f64::MAX, f64::NAN] {
        for unit in ["days", "Sundays", "seconds", "years"] {
            let _ = moved(&time(), count, unit);
        }
    }
}

proptest! {
    /// What a pattern of numbers writes is the time again when it is read.
    #[test]
    fn written_times_are_read_again(second in -60_000_000_000_i64..250_000_000_000) {
        let stamp = jiff::Timestamp::from_second(second).expect("in range");
        for zone in ["UTC", "America/New_York", "Asia/Kolkata"] {
            let time = stamp.in_tz(zone).expect("a zone");
            let text = format_date(&time, "uuuu-MM-dd'T'HH:mm:ssXXX");
            // Before zones there were offsets with seconds, which the pattern leaves out.
            if time.offset().seconds() % 60 == 0 {
                prop_assert_eq!(text.parse::<jiff::Timestamp>().ok(), Some(stamp), "{}", text);
            }
        }
    }

    #[test]
    fn quoted_text_stands_for_itself(text in "[^']{0,30}") {
        prop_assert_eq!(format_date(&time(), &format!("'{text}'")), if text.is_empty() { "'".to_owned() } else { text });
    }

    #[test]
    fn there_and_back_is_here(count in 0_i32..5000) {
        for unit in ["seconds", "minutes", "hours", "days", "weeks"] {
            let there = moved(&time(), f64::from(count), unit).expect("in range");
            let back = moved(&there, -f64::from(count), unit).expect("in range");
            prop_assert_eq!(back, time());
        }
    }

    #[test]
    fn never_panics(pattern in "[A-Za-z' ]{0,40}", count in proptest::num::f64::ANY, unit in "[a-z]{0,8}") {
        let _ = (format_date(&time(), &pattern), moved(&time(), count, &unit));
    }
}
