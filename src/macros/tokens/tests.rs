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
        ("%variable%Name%", "%variableAnn"),
        ("%Variable%List[2]%%Variable%List[-1]%%Variable%List[0]%", "bc3"),
        ("%Variable%Colons[2]:%", "y"),
        ("%Variable%List[Two]%", "b"),
        ("%Variable%Unset%.", "."),
        ("%Variable%Sneaky%", "%Variable%Name%"),
        ("%Variable%%Variable%Pointer%%", "Ann"),
        ("%Variable%Name%Variable%Name%", "AnnVariableAnn"),
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
        ("%Name% %list[2]% %Sneaky% %Unset% %Name[%", "Ann b %Variable%Name% %Unset% %Name[%"),
        ("%SystemClipboard%|%CurrentClipboard%|%PastClipboard%1%|%PastClipboard%9%", "on the clipboard|on the clipboard|before|"),
        ("%TriggerClipboard%|%NamedClipboard%Mine%|%NamedClipboard%None%", "of the trigger|%Variable%Name%|"),
        ("%Dictionary[shop prices, cake ]%%Dictionary[Shop Prices,Tea]%", "5.35"),
        ("%JSONFromDictionary%Shop Prices%", "{\"Cake\":\"5.35\",\"Coffee\":\"3.45\"}"),
        ("%JSONFromVariables%pre%", "{\"a\":\"PRE A\",\"b\":\"PRE B\"}"),
        ("%Calculate%CHARACTERS(%Variable%Name%)%", "3"),
        ("%Calculate%CHARACTERS(%Variable%Sneaky%)%", "15"),
        ("%Variable%Local_Size.y%x%local_size.x%", "20x10"),
        ("%Hex4%255%%Bin8%5%%Oct3%8%%Dec5%42%", "00FF0000010101000042"),
        ("%CalculateFormat%1234.567%#,##0.0%", "1,234.6"),
        ("\\UAnn \\uc %Variable%Name%\\E x \\uann \\lBob \\LÄB\\E \\$", "ANN C ANN x Ann bob äb $"),
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

#[test]
fn texts_of_nothing_but_openings_end_soon() {
    for opening in ["%ICUDateTimePlus%", "%Calculate%", "%Variable%", "%JSONValue%", "%Dictionary[", "%Local_Size[", "%"] {
        let text = opening.repeat(5000);
        let _ = (expand(&text, Escapes::Process, &mut Fixed), super::lack(&text, None), super::without_tokens(&text));
        let _ = super::evaluate(&text, &mut Fixed);
    }
}

/// A scope whose every variable has one text.
struct All(String);

impl Scope for All {
    fn variable(&mut self, _: &str) -> Result<Option<String>, HostError> {
        Ok(Some(self.0.clone()))
    }

    fn now(&mut self) -> jiff::Zoned {
        jiff::Zoned::default()
    }

    fn random(&mut self) -> f64 {
        0.0
    }

    fn clipboard_seed(&mut self) -> Result<u64, HostError> {
        Ok(0)
    }
}

impl TokenScope for All {
    fn simple(&mut self, _: &str) -> Result<Option<String>, HostError> {
        Ok(Some(self.0.clone()))
    }

    fn clipboard(&mut self, _: Clipboard<'_>) -> Result<Option<String>, HostError> {
        Ok(Some(self.0.clone()))
    }

    fn dictionary_value(&mut self, _: &str, _: &str) -> Result<Option<String>, HostError> {
        Ok(Some(self.0.clone()))
    }

    fn dictionary(&mut self, _: &str) -> Result<Vec<(String, String)>, HostError> {
        Ok(vec![("k".into(), self.0.clone())])
    }

    fn variables(&mut self) -> Result<Vec<(String, String)>, HostError> {
        Ok(Vec::new())
    }
}

proptest! {
    #[test]
    fn a_value_is_never_expanded_again(value in prop_oneof!["\\PC{0,20}", "(%(Variable|Calculate|Name|1)%|[%\\\\n]){1,6}"]) {
        for token in ["%Variable%x%", "%Local_x%", "%TriggerValue%", "%SystemClipboard%", "%Dictionary[a,b]%", "%NamedClipboard%n%"] {
            let text = format!("<{token}>");
            prop_assert_eq!(expand(&text, Escapes::Process, &mut All(value.clone())), Ok(format!("<{value}>")));
        }
        let count = super::evaluate("CHARACTERS(%Variable%x%)", &mut All(value.clone())).expect("a number");
        prop_assert_eq!(count.number(), Some(value.chars().count() as f64));
    }

    #[test]
    fn escaped_signs_are_signs(text in "[%a-z ]{0,40}") {
        prop_assert_eq!(expand(&text.replace('%', "%%"), Escapes::Process, &mut Fixed), Ok(text.clone()));
        prop_assert_eq!(expand(&text.replace('%', "\\%"), Escapes::Keep, &mut Fixed), Ok(text));
    }

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
