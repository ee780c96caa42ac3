//! Filter.

use super::{
    super::{
        super::{
            calculation::{calculate, format_number},
            data::Action,
            filters::{Filter, filter, shuffle},
            place::Place,
            portability::refused,
            profile::Profile,
            table::{ActionType, Mode, run, simulate},
        },
        Flow, Trouble,
        state::Runner,
    },
    texts::{check_destination, source_refusal},
};

const FILTERS: &str = "filters of case, quotes, encodings, lines, paths and counts; others are refused by name";

pub(super) const ACTIONS: &[ActionType] = &[
    run("Filter", FILTERS, check, perform),
    run("FilterVariable", FILTERS, check, perform),
    simulate("FilterClipboard", "on a virtual clipboard", check, perform),
];

fn check(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let unknown = named(action).err();
    refused(unknown.or_else(|| source_refusal(action, profile))).or_else(|| check_destination(action, profile))
}

fn named(action: &Action) -> Result<Filter, String> {
    let name = action.word("Action").unwrap_or_default();
    filter(name).ok_or_else(|| match name {
        "" => "it names no filter".into(),
        name => format!("the filter {name} is not built into this engine"),
    })
}

fn perform(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let filter = named(action).map_err(Trouble::Failed)?;
    let text = runner.source_text(action)?;
    let text = match filter {
        Filter::Text(filter) => filter(&text),
        // The text is a value: tokens in it stay what they are.
        Filter::Calculate => format_number(calculate(&text, runner)?),
        Filter::Home(filter) => filter(&text, &runner.host.home().to_string_lossy()),
        Filter::Shuffle => shuffle(&text, || runner.host.random()),
    };
    runner.put_result(action, text)?;
    Ok(Flow::Next)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::stage::{definition, done, give, host, run, set};

    #[test]
    fn filters_work_on_variables_and_clipboards() {
        let mut host = host();
        let report = done(
            json!([
                set("A", "Hello World"),
                {"kind": "FilterVariable", "Variable": "A", "Action": "Uppercase"},
                {"kind": "Filter", "Source": "Variable", "Variable": "A", "Action": "LowercaseFirst", "Destination": "Clipboard"},
                {"kind": "FilterClipboard", "Action": "PercentEncodeForURL"},
                {"kind": "Filter", "Source": "TriggerClipboard", "Action": "UppercaseFirst"},
                {"kind": "Filter", "Source": "Text", "Text": "6*%Variable%N%7", "Action": "Calculate", "Destination": "Variable",
                    "DestinationVariable": "B"},
                {"kind": "Filter", "Source": "Text", "Text": "~/a", "Action": "ExpandTildeInPath", "Destination": "Variable",
                    "DestinationVariable": "C"},
                {"kind": "Filter", "Source": "Text", "Text": "c\nb\na", "Action": "ShuffleLines", "Destination": "Variable",
                    "DestinationVariable": "D"},
                {"kind": "Filter", "Source": "Variable", "Variable": "D", "Action": "SortLines"},
                give("%Variable%A%|%Variable%B%|%Variable%C%|%Variable%D%"),
            ]),
            &mut host,
        );
        let home = crate::macros::memory::HOME;
        assert_eq!(report.result, Some(format!("HELLO WORLD|42|{home}/a|a\nb\nc")));
        assert_eq!(report.sinks.clipboard.as_deref(), Some("HELLO%20WORLD"));
    }

    #[test]
    fn a_value_is_not_expanded_when_it_is_calculated() {
        let mut host = host();
        host.values.insert("v".into(), ("V".into(), "1+%Variable%W%".into()));
        host.values.insert("w".into(), ("W".into(), "1".into()));
        let report = done(json!([{"kind": "FilterVariable", "Variable": "V", "Action": "Calculate"}]), &mut host);
        assert!(report.failed_action.is_some());
    }

    #[test]
    fn unknown_filters_are_named() {
        let mut host = host();
        let action = json!([{"kind": "FilterVariable", "Variable": "A", "Action": "Rot13"}]);
        let error = run(&definition("A", action), None, &mut host).expect_err("it is refused");
        assert!(error.to_string().contains("the filter Rot13 is not built"), "{error}");
    }
}
