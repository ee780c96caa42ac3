//! Search and Replace, Search using Regular Expression.

use std::sync::Arc;

use serde_json::Value;

use super::{
    super::{
        super::{
            data::Action,
            place::Place,
            portability::{refused, text, variable_refusal},
            profile::Profile,
            regex::{Regex, Which},
            table::{ActionType, Mode, run, simulate},
            tokens::Escapes,
        },
        Flow, MAX_TEXT, Trouble,
        state::Runner,
    },
    texts::{check_destination, source_refusal},
};

const REPLACES: &str = "texts and ICU regular expressions; in variables, clipboards and texts";
const SEARCHES: &str = "what is found and its groups go into variables; it fails when nothing is found";

pub(super) const ACTIONS: &[ActionType] = &[
    run("SearchReplace", REPLACES, check_replace, replace),
    run("SearchReplaceVariable", REPLACES, check_replace, replace),
    simulate("SearchReplaceClipboard", "on a virtual clipboard", check_replace, replace),
    run("SearchRegEx", SEARCHES, check_search, search),
    run("SearchVariable", SEARCHES, check_search, search),
    run("SearchClipboard", SEARCHES, check_search, search),
];

/// How a search compares.
#[derive(Clone, Copy)]
struct Manner {
    regex: bool,
    ignore_case: bool,
}

fn manner(action: &Action) -> Result<Manner, String> {
    let searches = !action.kind.starts_with("SearchReplace");
    match action.word("Action") {
        Some("CaseSensitiveString") => Ok(Manner { regex: false, ignore_case: false }),
        Some("IgnoreCaseString") => Ok(Manner { regex: false, ignore_case: true }),
        Some("CaseSensitiveRegEx") => Ok(Manner { regex: true, ignore_case: false }),
        Some("IgnoreCaseRegEx") => Ok(Manner { regex: true, ignore_case: true }),
        None => Ok(Manner { regex: searches, ignore_case: true }),
        Some(other) => Err(format!("it searches by “{other}”, which kmtop does not know")),
    }
}

fn which(action: &Action) -> Result<Which, String> {
    match action.word("Which").unwrap_or("All") {
        "All" => Ok(Which::All),
        "First" => Ok(Which::First),
        "Last" => Ok(Which::Last),
        other => Err(format!("it replaces the matches “{other}”, which kmtop does not know")),
    }
}

fn check_replace(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let own = || which(action).err().or_else(|| text(action, "Replace", profile)).or_else(|| group_in_token(action));
    refused(pattern_refusal(action, profile).or_else(own)).or_else(|| check_destination(action, profile))
}

fn check_search(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let names = || captures(action).find_map(|(_, name)| variable_refusal(name, profile));
    refused(pattern_refusal(action, profile).or_else(names))
}

fn pattern_refusal(action: &Action, profile: &Profile) -> Option<String> {
    let manner = match manner(action) {
        Ok(manner) => manner,
        Err(reason) => return Some(reason),
    };
    let reason = text(action, "Search", profile).or_else(|| source_refusal(action, profile));
    // What tokens make of a pattern is known only when it runs.
    let pattern = action.text("Search").filter(|pattern| manner.regex && reason.is_none() && !pattern.contains('%'));
    reason.or_else(|| Regex::new(&pattern?, manner.ignore_case).err().map(|error| error.to_string()))
}

/// Keyboard Maestro fills groups in before it looks at tokens, so `%Calculate%CHARACTERS(\1)%` works there. Here tokens come first, so
/// that what is found is never taken for a token.
fn group_in_token(action: &Action) -> Option<String> {
    let regex = manner(action).is_ok_and(|manner| manner.regex);
    let replacement = action.text("Replace").filter(|_| regex)?;
    let parameter = replacement.split("%Calculate%").nth(1)?.split('%').next()?;
    let refers = parameter.split(['$', '\\']).skip(1).any(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit()));
    refers.then(|| "its replacement calculates with what was found, which this engine does not do".into())
}

/// The variables that take what was found, with the numbers of their groups.
fn captures(action: &Action) -> impl Iterator<Item = (usize, &str)> {
    let names = action.fields.get("Captures").and_then(Value::as_array).into_iter().flatten().enumerate();
    names.filter_map(|(number, name)| Some((number, name.as_str()?.trim()))).filter(|(_, name)| !name.is_empty())
}

impl Runner<'_> {
    /// The pattern of a search. In a regular expression the backslashes are its own.
    fn pattern(&mut self, action: &Action, manner: Manner) -> Result<Arc<Regex>, Trouble> {
        let search = action.text("Search").unwrap_or_default();
        let search = self.expand(&search, if manner.regex { Escapes::Keep } else { Escapes::Process })?;
        if manner.regex {
            return Ok(self.regex(&search, manner.ignore_case)?);
        }
        Ok(Arc::new(Regex::literal(&search, manner.ignore_case)?))
    }
}

fn replace(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let manner = manner(action).map_err(Trouble::Failed)?;
    let which = which(action).map_err(Trouble::Failed)?;
    let text = runner.source_text(action)?;
    let regex = runner.pattern(action, manner)?;
    let replacement = action.text("Replace").unwrap_or_default();
    let replacement = runner.expand(&replacement, if manner.regex { Escapes::Quote } else { Escapes::Process })?;
    // An empty text is found nowhere.
    let searched = manner.regex || action.text("Search").is_some_and(|search| !search.is_empty());
    let text = if searched { regex.replace(&text, &replacement, which, MAX_TEXT)?.0 } else { text };
    runner.put_result(action, text)?;
    Ok(Flow::Next)
}

fn search(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let manner = manner(action).map_err(Trouble::Failed)?;
    let text = runner.source_text(action)?;
    let regex = runner.pattern(action, manner)?;
    let found = regex.find(&text)?.ok_or_else(|| Trouble::Failed(format!("“{regex}” is not found")))?;
    for (number, name) in captures(action) {
        runner.set(name, found.group(number, &text))?;
    }
    Ok(Flow::Next)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::{
        report::Status,
        stage::{definition, done, give, host, run, set},
    };

    fn replaced(text: &str, action: &str, search: &str, replacement: &str) -> Option<String> {
        let replace = json!({"kind": "SearchReplace", "Source": "Variable", "Variable": "T", "Action": action, "Search": search,
            "Replace": replacement});
        let mut host = host();
        host.values.insert("t".into(), ("T".into(), text.into()));
        host.values.insert("v".into(), ("V".into(), "[a%b]".into()));
        done(json!([replace, give("%Variable%T%")]), &mut host).result
    }

    #[test]
    fn a_value_in_a_replacement_is_no_template() {
        let mut host = host();
        let report = done(
            json!([
                set("Text", "ab"),
                {"kind": "SearchReplace", "Source": "Variable", "Variable": "Text", "Action": "CaseSensitiveRegEx",
                    "Search": "(a)", "Replace": "<$1%TriggerValue%\\1>"},
                give("%Variable%Text%"),
            ]),
            &mut host,
        );
        assert_eq!(report.result.as_deref(), Some("<agivena>b"));
        host.values.insert("v".into(), ("V".into(), r"$1 \1 \U ${1} x".into()));
        let replace = json!({"kind": "SearchReplace", "Source": "Variable", "Variable": "Text", "Action": "CaseSensitiveRegEx",
            "Search": "(a)", "Replace": "$1-%Variable%V%-%V%"});
        let report = done(json!([set("Text", "ab"), replace, give("%Variable%Text%")]), &mut host);
        assert_eq!(report.result.as_deref(), Some(r"a-$1 \1 \U ${1} x-$1 \1 \U ${1} xb"));
    }

    #[test]
    fn texts_are_replaced() {
        let cases = [
            ("a.b A.B", "CaseSensitiveString", "A.", "x", "a.b xB"),
            ("a.b A.B", "IgnoreCaseString", "A.", "$0", "$0b $0B"),
            ("a\tb", "IgnoreCaseString", "\\t", "\\n", "a\nb"),
            ("a1b22", "CaseSensitiveRegEx", "(\\d+)", "<$1>", "a<1>b<22>"),
            ("John Smith", "IgnoreCaseRegEx", "(\\w+) (\\w+)", "\\U$2\\E, \\1", "SMITH, John"),
            ("x[a%b]y", "CaseSensitiveString", "%Variable%V%", "%Calculate%1+1%", "x2y"),
            ("aXb", "CaseSensitiveRegEx", "X", "%Variable%V%\\n", "a[a%b]\nb"),
            ("abc", "IgnoreCaseString", "", "x", "abc"),
            ("%Variable%V%", "CaseSensitiveRegEx", "V(ar)", "$0", "%Variable%V%"),
        ];
        for (text, action, search, replacement, expected) in cases {
            assert_eq!(replaced(text, action, search, replacement).as_deref(), Some(expected), "{search} in {text}");
        }
    }

    #[test]
    fn older_types_and_other_places() {
        let mut host = host();
        let clipboard = |kind: &str| json!({"kind": kind, "Action": "IgnoreCaseRegEx", "Search": "b", "Replace": "x"});
        let report = done(
            json!([
                set("A", "b,b,b"),
                {"kind": "SearchReplaceVariable", "Variable": "A", "Action": "CaseSensitiveString", "Search": ",", "Replace": ";"},
                {"kind": "SearchReplace", "Source": "Text", "Text": "%Variable%A%", "Action": "IgnoreCaseString", "Search": "B",
                    "Replace": "c", "Which": "Last", "Destination": "Clipboard"},
                clipboard("SearchReplaceClipboard"),
                clipboard("SearchReplace"),
                {"kind": "SearchReplace", "Source": "NamedClipboard", "SourceNamedClipboardUID": "U", "Search": "x", "Replace": "y",
                    "Destination": "Variable", "DestinationVariable": "D[2]"},
                give("%Variable%A%|%Variable%D%"),
            ]),
            &mut host,
        );
        assert_eq!(report.result.as_deref(), Some("b;b;b|,"));
        assert_eq!(report.sinks.clipboard.as_deref(), Some("x;x;c"));
    }

    #[test]
    fn groups_go_into_variables() {
        let search = |extra: Value| {
            let mut action = json!({"kind": "SearchRegEx", "Source": "Variable", "Variable": "T", "Action": "IgnoreCaseRegEx",
                "Search": "(\\d+)-(x)?(\\d+)", "Captures": ["All", "", "X", "Local B"]});
            action.as_object_mut().expect("an object").append(extra.clone().as_object_mut().expect("an object"));
            action
        };
        let mut host = host();
        let report = done(
            json!([
                set("T", "on 10-20."),
                set("X", "old"),
                search(json!({})),
                give("%Variable%All%|%Variable%X%|%Variable%Local B%")
            ]),
            &mut host,
        );
        assert_eq!(report.result.as_deref(), Some("10-20||20"));
        let report = done(json!([set("T", "none"), search(json!({})), give("x")]), &mut host);
        assert_eq!(report.status, Status::Failed);
        assert!(report.failed_action.expect("named").message.contains("is not found"));
        let report = done(json!([search(json!({"StopOnFailure": false})), give("%ActionResult%|%Variable%All%")]), &mut host);
        assert!(report.result.expect("a result").ends_with("is not found|10-20"));
    }

    #[test]
    fn what_cannot_be_searched_is_refused_or_fails() {
        let action = |extra: Value| {
            let mut action = json!({"kind": "SearchReplace", "Source": "Variable", "Variable": "T", "Action": "CaseSensitiveRegEx",
                "Search": "a", "Replace": "b"});
            action.as_object_mut().expect("an object").append(extra.clone().as_object_mut().expect("an object"));
            action
        };
        let cases = [
            (json!({"Search": "(a"}), "is wrong"),
            (json!({"Search": "%FrontWindowName%"}), "FrontWindowName"),
            (json!({"Action": "Fuzzy"}), "Fuzzy"),
            (json!({"Which": "Third"}), "Third"),
            (json!({"Source": "File"}), "File"),
            (json!({"Source": "Text", "Text": "x"}), "nowhere"),
            (json!({"Variable": ""}), "does not name"),
            (json!({"Destination": "Variable", "DestinationVariable": "1"}), "no name"),
            (json!({"Replace": "%Calculate%CHARACTERS(\\1)%"}), "calculates with what was found"),
        ];
        for (extra, expected) in cases {
            let mut host = host();
            let error = run(&definition("A", json!([action(extra.clone())])), None, &mut host).expect_err("it is refused");
            assert!(error.to_string().contains(expected), "{extra}: {error}");
        }
        let mut host = host();
        let long = "a".repeat(40);
        let report = done(json!([set("T", &long), action(json!({"Search": "^(a+)+\\1b"}))]), &mut host);
        assert!(report.failed_action.expect("it fails").message.contains("takes too long"));
    }
}
