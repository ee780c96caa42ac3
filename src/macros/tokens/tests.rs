use proptest::prelude::*;

use super::{Clipboard, Escapes, TokenScope, expand};
use crate::macros::{calculation::Scope, host::HostError};

struct Fixed;

impl Scope for Fixed {
    fn variable(&mut self, name: &str) -> Result<Option<String>, HostError> {
        Ok(match name.to_lowercase().as_str() {
            "name" => Some("Ann".into()),
            "list" => Some("a,b,c".into()),
            "colons" => Some("x:y".into()),
            "sneaky" => Some("%Variable%Name%".into()),
            "pointer" => Some("Name".into()),
            "local_size" => Some("10,20".into()),
            "two" => Some("2".into()),
            _ => None,
        })
    }

    fn now(&mut self) -> jiff::Zoned {
        "2024-03-05T14:07:09[UTC]".parse().expect("a time")
    }

    fn random(&mut self) -> f64 {
        0.0
    }

    fn clipboard_seed(&mut self) -> Result<u64, HostError> {
        Ok(7)
    }
}

impl TokenScope for Fixed {
    fn clipboard(&mut self, which: Clipboard<'_>) -> Result<Option<String>, HostError> {
        Ok(match which {
            Clipboard::System | Clipboard::Past(0) => Some("on the clipboard".into()),
            Clipboard::Past(1) => Some("before".into()),
            Clipboard::Trigger => Some("of the trigger".into()),
            Clipboard::Named(name) => (name == "Mine").then(|| "%Variable%Name%".into()),
            Clipboard::Past(_) => None,
        })
    }

    fn dictionary_value(&mut self, dictionary: &str, key: &str) -> Result<Option<String>, HostError> {
        let entries = self.dictionary(dictionary)?;
        Ok(entries.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value))
    }

    fn dictionary(&mut self, dictionary: &str) -> Result<Vec<(String, String)>, HostError> {
        let known = dictionary.eq_ignore_ascii_case("Shop Prices");
        let entries = [("Cake", "5.35"), ("Coffee", "3.45")].map(|(key, value)| (key.into(), value.into()));
        Ok(if known { entries.into() } else { Vec::new() })
    }

    fn variables(&mut self) -> Result<Vec<(String, String)>, HostError> {
        Ok(["pre a", "pre b", "other"].map(|name| (name.into(), name.to_uppercase())).into())
    }

    fn simple(&mut self, token: &str) -> Result<Option<String>, HostError> {
        Ok((token == "TriggerValue").then(|| "given".into()))
    }
}

#[test]
fn expands() {
    let cases = [
        ("plain", "plain"),
        ("Hi %Variable%Name%!", "Hi Ann!"),
        ("%variable%Name%", "%variable%Name%"),
        ("%Variable%List[2]%%Variable%List[-1]%%Variable%List[0]%", "bc3"),
        ("%Variable%Colons[2]:%", "y"),
        ("%Variable%List[Two]%", "b"),
        ("%Variable%Unset%.", "."),
        ("%Variable%Sneaky%", "%Variable%Name%"),
        ("%Variable%%Variable%Pointer%%", "Ann"),
        ("%Variable%Name%Variable%Name%", "AnnVariable%Name%"),
        ("%Local_Size%x%local_size[2]%", "10,20x20"),
        ("%TriggerValue%", "given"),
        ("%ExecutingMacro%", "%ExecutingMacro%"),
        ("%Calculate%1+2%", "3"),
        ("%Calculate%1+%Variable%Two%%", "3"),
        ("%ICUDateTime%yyyy-MM-dd%", "2024-03-05"),
        ("%ICUDateTimePlus%1%Days%dd.MM.%", "06.03."),
        ("%ICUDateTimePlus%Two%Days%dd%", "07"),
        ("%ICUDateTimeMinus%1%Month%MMM%", "Feb"),
        ("%ICUDateTimeFor%86400%yyyy-MM-dd%", "1970-01-02"),
        ("%ICUDateTimePlus%0%Sunday%yyyyMMdd%", "20240310"),
        ("100%% %41%%20AC%", "100% A€"),
        ("a\\nb\\tc\\\\n \\% \\d", "a\nb\tc\\n % \\d"),
        ("%LineFeed%%Tab%%Space%%Return%", "\n\t \r"),
        ("%Nope% 50% of %Variable%Name%", "%Nope% 50% of Ann"),
        ("%Delete%", "%Delete%"),
        ("100%", "100%"),
        ("%Variable%Name", "%Variable%Name"),
    ];
    for (text, expected) in cases {
        assert_eq!(expand(text, Escapes::Process, &mut Fixed).as_deref(), Ok(expected), "{text}");
    }
    assert_eq!(expand("\\d+\\n%Variable%Name%", Escapes::Keep, &mut Fixed).as_deref(), Ok("\\d+\\nAnn"));
}

#[test]
fn a_failing_calculation_fails_the_text() {
    let error = expand("%Calculate%1/0%", Escapes::Process, &mut Fixed).expect_err("no result");
    assert!(error.to_string().contains("division by zero"));
    assert!(expand("%ICUDateTimePlus%1%Blinks%HH%", Escapes::Process, &mut Fixed).is_err());
}

proptest! {
    #[test]
    fn never_panics(text in "[%\\\\A-Za-z0-9 ä\\[\\]]{0,80}") {
        let _ = expand(&text, Escapes::Process, &mut Fixed);
    }

    #[test]
    fn never_panics_on_tokens(parts in proptest::collection::vec(prop_oneof![
        Just("%Variable%"), Just("%"), Just("Name"), Just("%Calculate%"), Just("%ICUDateTimePlus%"), Just("1"), Just("[2]"), Just("%Local_x%"), Just("\\"),
    ], 0..30)) {
        let _ = expand(&parts.concat(), Escapes::Process, &mut Fixed);
    }

    #[test]
    fn text_without_signs_is_unchanged(text in "[^%\\\\]{0,80}") {
        prop_assert_eq!(expand(&text, Escapes::Process, &mut Fixed), Ok(text));
    }
}
