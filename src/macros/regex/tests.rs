//! Tests of regular expressions: ICU's forms, templates, limits.

use proptest::prelude::*;

use super::{Regex, RegexError, Which};

const LIMIT: usize = 1 << 20;

fn first(pattern: &str, text: &str) -> Option<String> {
    let regex = Regex::new(pattern, false).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    let found = regex.find(text).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    found.map(|found| text[found.range()].to_owned())
}

fn all(pattern: &str, text: &str, replacement: &str) -> String {
    let regex = Regex::new(pattern, false).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    regex.replace(text, replacement, Which::All, LIMIT).unwrap_or_else(|error| panic!("{pattern}: {error}")).0
}

#[test]
fn patterns_mean_what_they_mean_in_icu() {
    let cases: &[(&str, &str, Option<&str>)] = &[
        (r"a\h+b", "a \t\u{a0}b", Some("a \t\u{a0}b")),
        (r"a\H", "a x", None),
        (r"[\h]+", "x \ty", Some(" \t")),
        (r"[^\h]+", " \txy ", Some("xy")),
        (r"a\Rb", "a\r\nb", Some("a\r\nb")),
        (r"a\R\nb", "a\r\nb", None),
        (r"a\v", "a\u{2028}", Some("a\u{2028}")),
        (r"^\X$", "e\u{301}", Some("e\u{301}")),
        (r"\X", "👩\u{200d}👩\u{200d}👧!", Some("👩\u{200d}👩\u{200d}👧")),
        (r"\Qa.b(\E+", "a.b((", Some("a.b((")),
        (r"\Qa.b", "xa.b", Some("a.b")),
        (r"[\Q^]\E]+", "a^]", Some("^]")),
        (r"a++a", "aaa", None),
        (r"(?>a*)b", "aab", Some("aab")),
        (r"(?<year>\d{4})-\k<year>", "2024-2024", Some("2024-2024")),
        (r"(a)\1", "aa", Some("aa")),
        (r"^b$", "a\nb\nc", None),
        (r"(?m)^b$", "a\nb\nc", Some("b")),
        (r"(?m)^b$", "a\r\nb\r\nc", Some("b")),
        (r"(?m:^b$)|^c$", "a\nb\nc", Some("b")),
        (r"c$", "b\nc\n", Some("c")),
        (r"c$", "c\r\n", Some("c")),
        (r"c$", "c\n\n", None),
        (r"c\Z", "c\n", Some("c")),
        (r"c\z", "c\n", None),
        (r".+", "a\r\nb", Some("a")),
        (r"(?s).+", "a\nb", Some("a\nb")),
        (r"(?i)ÄB", "äb", Some("äb")),
        (r"(?iw)x", "X", Some("X")),
        ("(?x) a b # no $ ( here\n c", "abc", Some("abc")),
        (r"a(?#a ( comment)b", "ab", Some("ab")),
        (r"[[:alpha:]]+", "1äb2", Some("äb")),
        (r"[[:^alpha:]]+", "a12b", Some("12")),
        (r"[[a-z]&&[^aeiou]]+", "aexyz", Some("xyz")),
        (r"[a-z--[aeiou]]+", "aexyz", Some("xyz")),
        (r"[\w-.]+", "!a-b.c", Some("a-b.c")),
        (r"[\d-]+", "x1-2", Some("1-2")),
        (r"[\?\!\@\#\s]{1,10}", "a?! b", Some("?! ")),
        (r"[]a]+", "x]a", Some("]a")),
        (r"[a&b~c]+", "x&~", Some("&~")),
        (r"\:\/\<\>\@\%\-\ ", ":/<>@%- ", Some(":/<>@%- ")),
        (r"\x{e4}\u00e4\xe4", "äää", Some("äää")),
        (r"\e\cA\012\a", "\u{1b}\u{1}\n\u{7}", Some("\u{1b}\u{1}\n\u{7}")),
        (r"(?<=a+)b", "xaab", Some("b")),
        (r"\p{Lu}\p{Script=Greek}", "Aω", Some("Aω")),
        (r"(.*?v)(\d{1,3})", "file v12", Some("file v12")),
    ];
    for (pattern, text, expected) in cases {
        assert_eq!(first(pattern, text).as_deref(), *expected, "{pattern} in {text:?}");
    }
}

#[test]
fn templates_name_groups_and_change_case() {
    let cases = [
        (r"(\w+)\s+(\w+)", "jOHN sMITH", r"\L\u$1 \L\u$2", "John Smith"),
        (r"(\w+)", "ab cd", r"\U$1\E-x", "AB-x CD-x"),
        (r"(\w)(\w)", "ab", r"\u$1\u$2\l\Ux", "ABx"),
        (r"(a)(b)?", "a", "<$1|$2>", "<a|>"),
        (r"(a)", "a", "$12 \\12 $0 $9", "a2 a2 a "),
        (r"(?<Name>\w+)", "Fred", "${Name} is ${Name}, ${0}, ${none}", "Fred is Fred, Fred, ${none}"),
        (r"x", "axb", r"\n\t\\\$1 $ \u00e4\", "a\n\t\\$1 $ ä\\b"),
        (r"(?m)^", "a\nb", "> ", "> a\n> b"),
        (r"a*", "baac", "-", "-b-c-"),
        (r"\R{2,}", "a\r\n\r\nb\r\nc", r"\n", "a\nb\r\nc"),
    ];
    for (pattern, text, replacement, expected) in cases {
        assert_eq!(all(pattern, text, replacement), expected, "{pattern} by {replacement}");
    }
}

#[test]
fn one_match_is_replaced_when_asked_to() {
    let regex = Regex::literal("A.", true).expect("a pattern");
    let replace = |which| regex.replace("a.xa.xa.", "$0", which, LIMIT).expect("replaced");
    assert_eq!(replace(Which::All), ("$0x$0x$0".into(), 3));
    assert_eq!(replace(Which::First), ("$0xa.xa.".into(), 1));
    assert_eq!(replace(Which::Last), ("a.xa.x$0".into(), 1));
    assert_eq!(regex.replace("none", "x", Which::Last, LIMIT), Ok(("none".into(), 0)));
}

#[test]
fn what_takes_too_long_or_too_much_is_an_error() {
    let text = format!("{}b", "a".repeat(60));
    // Without a way back this one is linear.
    assert_eq!(Regex::new(r"^(a+)+$", false).expect("a pattern").is_match(&text), Ok(false));
    let regex = Regex::new(r"^(a+)+\1c", false).expect("a pattern");
    assert!(matches!(regex.is_match(&text), Err(RegexError::GaveUp { .. })));
    assert!(regex.find(&text).expect_err("it gives up").to_string().contains("(a+)+"));
    let regex = Regex::new("a", false).expect("a pattern");
    assert_eq!(regex.replace(&text, "0123456789", Which::All, 100), Err(RegexError::TooLong(100)));
}

#[test]
fn wrong_patterns_are_named() {
    for pattern in ["(", "[a", "a)", r"\", "(?q)", "(?i", r"\N{DIGIT ONE}", "[[:nothing:]]", r"\w{1000}{1000}{1000}", "*"] {
        let error = Regex::new(pattern, false).expect_err(pattern);
        assert!(error.to_string().contains(pattern), "{error}");
    }
    assert!(Regex::new(&"[".repeat(60_000), false).is_err());
    assert!(Regex::new(&"(".repeat(60_000), false).is_err());
    assert!(Regex::new(&"a".repeat(70_000), false).expect_err("too long").to_string().len() < 300);
}

proptest! {
    #[test]
    fn a_plain_search_finds_what_stands_there(before in ".{0,8}", needle in ".{1,8}", after in ".{0,8}") {
        let text = format!("{before}{needle}{after}");
        let found = Regex::literal(&needle, false).expect("a pattern").find(&text).expect("searched").expect("found");
        prop_assert_eq!(found.range().start, text.find(&needle).expect("there"));
        let quoted = Regex::new(&format!("\\Q{}\\E", needle.replace("\\E", "")), false);
        prop_assert!(quoted.is_ok());
    }

    #[test]
    fn no_pattern_panics(pattern in r"[\\()\[\]{}^$.*+?|a-c:<>=!&~#QERhXpdm0-9-]{0,24}", text in "[abc\\n\\r1-]{0,16}") {
        if let Ok(regex) = Regex::new(&pattern, true) {
            let _ = regex.replace(&text, "$0\\1\\U$2", Which::All, LIMIT);
        }
    }
}
