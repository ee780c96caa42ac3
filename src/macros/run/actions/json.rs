//! Set JSON Value, Set Variables to JSON.

use super::{
    super::{
        super::{
            data::Action,
            json::{Form, Json, JsonError, delete, set, split, value},
            place::Place,
            portability::{refused, text, variable_refusal},
            profile::Profile,
            table::{ActionType, Mode, run},
            tokens::Escapes,
        },
        Flow, Trouble,
        state::{DELETE, Runner},
    },
    dictionaries::entries,
    fields::unknown_field,
};

pub(super) const ACTIONS: &[ActionType] = &[
    run("SetJSONValue", "sets, or deletes with %Delete%, what a path into a variable's JSON leads to", check_value, set_value),
    run("SetVariablesToJSON", "a variable for each field or element, its name behind the prefix", check_variables, set_variables),
];

impl From<JsonError> for Trouble {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::Host(error) => error.into(),
            JsonError::Index(error) => error.into(),
            error => Self::Failed(error.to_string()),
        }
    }
}

fn check_value(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let target = action.word("Target").unwrap_or_default();
    let (variable, _) = split(target);
    let name = || (!target.contains('%')).then(|| variable_refusal(variable, profile))?;
    let texts = || ["Target", "Text"].into_iter().find_map(|key| text(action, key, profile));
    refused(unknown_field(action, &["Target", "Text", "ProcessingMode"]).or_else(texts).or_else(name))
}

fn check_variables(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let prefix = action.word("Prefix").map(str::trim).filter(|prefix| !prefix.is_empty() && !prefix.contains('%'));
    let name = || prefix.and_then(|prefix| variable_refusal(prefix, profile));
    let texts = || ["Prefix", "Text"].into_iter().find_map(|key| text(action, key, profile));
    refused(unknown_field(action, &["Prefix", "Text", "ProcessingMode"]).or_else(texts).or_else(name))
}

fn set_value(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let target = runner.expand(&action.text("Target").unwrap_or_default(), Escapes::Keep)?;
    let (variable, path) = split(&target);
    let new = runner.expanded(action, "Text")?;
    let document = runner.read(variable)?.unwrap_or_default();
    let document = match new.as_str() {
        DELETE if path.is_empty() => {
            runner.set(variable, DELETE)?;
            return Ok(Flow::Next);
        }
        DELETE => delete(&document, path, runner)?,
        new => set(&document, path, value(new, false)?, runner)?,
    };
    runner.set(variable, &document.text(Form::default()))?;
    Ok(Flow::Next)
}

fn set_variables(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let prefix = runner.expanded(action, "Prefix")?;
    let document = Json::read(&runner.expanded(action, "Text")?)?;
    for (key, value) in entries(document)? {
        let name = [prefix.trim_start(), key.trim()].concat();
        if let Some(reason) = variable_refusal(&name, runner.profile) {
            return Err(Trouble::Failed(format!("the field “{key}” cannot become a variable: {reason}")));
        }
        runner.set(&name, &value.text(Form::default()))?;
    }
    Ok(Flow::Next)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::stage::{definition, done, give, host, run, set};

    fn put(target: &str, text: &str) -> Value {
        json!({"kind": "SetJSONValue", "Target": target, "Text": text})
    }

    #[test]
    fn values_are_set_by_path() {
        let mut host = host();
        let report = done(
            json!([
                set("J", "{ \"first\" : \"John\", \"last\" : \"Smith\", \"n\": [1, 2] }"),
                put("J.first", "Jo\\nhn \"x\""),
                put("J.n[2]", "{\"a\": true}"),
                put("J{new}", "3"),
                put("J.last", "%Delete%"),
                put("Local K.a[1]", "x"),
                give("%Variable%J%|%Variable%Local K%"),
            ]),
            &mut host,
        );
        let expected = "{\"first\":\"Jo\\nhn \\\"x\\\"\",\"n\":[1,{\"a\":true}],\"new\":\"3\"}|{\"a\":[\"x\"]}";
        assert_eq!(report.result.as_deref(), Some(expected));
        let report = done(json!([put("J", "%Delete%"), give("<%Variable%J%>")]), &mut host);
        assert_eq!(report.result.as_deref(), Some("<>"));
        let report = done(json!([set("J", "no json"), put("J.a", "x")]), &mut host);
        assert!(report.failed_action.is_some());
    }

    #[test]
    fn fields_become_variables() {
        let mut host = host();
        let fill = |prefix: &str, text: &str| json!({"kind": "SetVariablesToJSON", "Prefix": prefix, "Text": text});
        let report = done(
            json!([
                fill("JSON", "{\"first\": \"John\", \"sub\": [1, \"x\"]}"),
                fill("Item ", "[\"a\", 2]"),
                {"kind": "SetVariablesToJSON", "Prefix": "", "Text": "{\"Local alone\": \"%a%\"}", "ProcessingMode": "Nothing"},
                give("%Variable%JSONfirst%|%Variable%JSONsub%|%Variable%Item 2%|%Variable%Local alone%"),
            ]),
            &mut host,
        );
        assert_eq!(report.result.as_deref(), Some("John|[1,\"x\"]|2|%a%"));
        let report = done(json!([fill("", "[1]")]), &mut host);
        assert!(report.failed_action.expect("it fails").message.contains("cannot become a variable"));
    }

    #[test]
    fn unknown_options_are_refused() {
        let cases = [
            (put("1x.a", "v"), "1x"),
            (json!({"kind": "SetJSONValue", "Target": "J.a", "Text": "v", "PrettyJSON": true}), "PrettyJSON"),
            (json!({"kind": "SetVariablesToJSON", "Prefix": "-", "Text": "{}"}), "no name"),
            (json!({"kind": "SetVariablesToJSON", "Prefix": "", "Text": "{}", "ProcessingMode": "Twice"}), "Twice"),
        ];
        for (action, expected) in cases {
            let error = run(&definition("A", json!([action.clone()])), None, &mut host()).expect_err("it is refused");
            assert!(error.to_string().contains(expected), "{action}: {error}");
        }
    }
}
