//! Tests of what is refused before a run, and of elements of lists.

use serde_json::{Value, json};

use super::stage::{definition, done, give, host, run, set};

#[test]
fn what_needs_macos_is_refused_before_anything_runs() {
    let condition = |condition: Value| json!({"kind": "IfThenElse", "Conditions": {"ConditionList": [condition]}});
    let calculation = |text: &str| json!({"kind": "SetVariableToCalculation", "Variable": "X", "Text": text});
    let cases = [
        (set("X", "wide: %Calculate%SCREEN(Main,Width)%"), "SCREEN"),
        (calculation("%Variable%A%+SCREEN(Main,Width)"), "SCREEN"),
        (calculation("1 %Variable%Operator% SCREENCOUNT"), "SCREENCOUNT"),
        (
            condition(json!({"ConditionType": "Variable", "Variable": "V", "VariableConditionType": "GreaterThanOrEqual",
                "VariableValue": "WINDOW(1,Width)"})),
            "WINDOW",
        ),
        (json!({"kind": "Pause", "Seconds": "MOUSEX()"}), "MOUSEX"),
        (set("X", "%Dictionary[a,%SafariURL%]%"), "only macOS can give"),
        (set("1abc", "x"), "“1abc” is no name"),
        (json!({"kind": "SetVariableToCalculation", "Variable": "a-b", "Text": "1"}), "no name"),
        (json!({"kind": "ExecuteShellScript", "Text": "x", "DisplayKind": "Variable", "Variable": "1abc"}), "no name"),
    ];
    for (action, expected) in cases {
        let mut host = host();
        let error =
            run(&definition("A", json!([set("Before", "x"), action.clone()])), None, &mut host).expect_err("it is refused");
        assert!(error.to_string().contains(expected), "{action}: {error}");
        assert_eq!(host.value("Before"), None, "{action}");
    }
}

#[test]
fn names_like_functions_are_no_functions() {
    let mut host = host();
    let report = done(
        json!([
            set("WINDOW", "7"),
            {"kind": "SetVariableToCalculation", "Variable": "X", "Text": "%Variable%WINDOW% * 2 + WINDOW size"},
            give("%Variable%X% 100%% %%CurrentUser%%"),
        ]),
        &mut host,
    );
    assert_eq!(report.result.as_deref(), Some("14 100% %CurrentUser%"));
}

#[test]
fn elements_are_read_as_they_are_written() {
    let mut host = host();
    let report = done(
        json!([
            set("L", "a,b,c"),
            {"kind": "SetVariableToText", "Variable": "L[2]", "Text": "+", "Where": "Append"},
            {"kind": "SetVariableToText", "Variable": "L[1]", "Text": "<", "Where": "Prepend"},
            {"kind": "ExecuteShellScript", "Text": "out", "DisplayKind": "AppendVar", "Variable": "L[3]",
                "Source": "Variable", "SourceVariable": "L[-1]"},
            {"kind": "IfThenElse", "Conditions": {"ConditionList": [
                {"ConditionType": "Variable", "Variable": "L[2]", "VariableConditionType": "Is", "VariableValue": "b+"}]},
                "ThenActions": [give("%Variable%L%")]},
        ]),
        &mut host,
    );
    assert_eq!(report.result.as_deref(), Some("<a,b+,cout"));
    assert_eq!(host.requests[0].input.as_deref(), Some("c"));
}

#[test]
fn scripts_get_the_variables_of_their_macro_first() {
    let mut host = host();
    for number in 0..12 {
        host.values.insert(format!("g{number}"), (format!("G{number}"), "x".repeat(99_000)));
    }
    host.values.insert("small".into(), ("Small".into(), "s".into()));
    done(json!([set("Local_x", "l"), {"kind": "ExecuteShellScript", "Text": "out"}]), &mut host);
    let names: Vec<&str> = host.requests[0].environment.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[0], "KMVAR_Local_x");
    // What is left out takes no room from what follows it.
    assert!(names.contains(&"KMVAR_Small") && names.len() == 12, "{names:?}");
}
