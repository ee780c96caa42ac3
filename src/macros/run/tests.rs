use std::{sync::Arc, time::Duration};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    NotRun, Status, calculate, process_tokens,
    stage::{definition, done, give, host, run, set},
};
use crate::macros::{
    Profile,
    data::Macro,
    host::{Script, ShellEnd, ShellOutput},
};

#[test]
fn sets_and_returns_text() {
    let mut host = host();
    let report = done(
        json!([
            {"kind": "Comment", "Title": "x"},
            set("Who", "%TriggerValue%"),
            {"kind": "SetVariableToText", "Variable": "who", "Text": "!", "Where": "Append"},
            {"kind": "SetVariableToText", "Variable": "WHO", "Text": "<", "Where": "Prepend"},
            {"kind": "SetVariableToText", "Variable": "Who", "Text": "never", "off": true},
            {"kind": "SetVariableToCalculation", "Variable": "Local_n", "Text": "7 * 6"},
            {"kind": "SetVariableToCalculation", "Variable": "Money", "Text": "Local_n / 8", "UseFormat": true, "Format": "0.00"},
            set("Size[2]", "x"),
            set("Gone", "a"),
            set("Gone", "%Delete%"),
            give("%Variable%Who% %Local_n% %Variable%Money% %ExecutingMacro% %Variable%Size%"),
            set("After", "not reached"),
        ]),
        &mut host,
    );
    assert_eq!(report.status, Status::Finished);
    assert_eq!(report.result.as_deref(), Some("<given! 42 5.25 Macro A ,x"));
    assert_eq!((host.value("Local_n"), host.value("after"), host.value("gone")), (None, None, None));
    assert_eq!(host.value("WHO"), Some("<given!"));
}

#[test]
fn what_a_token_gives_is_not_expanded_again() {
    let mut host = host();
    let report = run(&definition("A", json!([give("%TriggerValue%")])), Some("%Variable%x% %Calculate%1+1%"), &mut host);
    assert_eq!(report.expect("it is run").result.as_deref(), Some("%Variable%x% %Calculate%1+1%"));
}

#[test]
fn pauses_move_the_clock() {
    let mut host = host();
    let before = host.clock.clone();
    done(json!([{"kind": "Pause", "Time": "0.5 + 1"}, {"kind": "Pause", "Seconds": 2.0}]), &mut host);
    assert_eq!(Duration::try_from(host.clock.duration_since(&before)).expect("forward"), Duration::from_millis(3500));
}

#[test]
fn conditions_decide() {
    let variable = |operator: &str, value: &str| json!({"ConditionType": "Variable", "Variable": "V", "VariableConditionType": operator, "VariableValue": value});
    let text = |left: &str, operator: &str, right: &str| json!({"ConditionType": "Text", "Text": left, "TextConditionType": operator, "TextValue": right});
    let calculation = |text: &str| json!({"ConditionType": "Calculation", "Text": text});
    let cases = [
        ("All", vec![variable("Is", "HELLO 5")], Some(true)),
        ("All", vec![variable("IsNot", "hello")], Some(true)),
        ("All", vec![variable("Contains", "LLO")], Some(true)),
        ("All", vec![variable("StartsWith", "he"), variable("EndsWith", "5")], Some(true)),
        ("All", vec![variable("DoesNotContain", "l")], Some(false)),
        ("All", vec![variable("IsEmpty", "")], Some(false)),
        ("All", vec![variable("Exists", "")], Some(true)),
        ("All", vec![variable("DoesNotExist", "")], Some(false)),
        ("All", vec![variable("Matches", r"^Hello \d$")], Some(true)),
        ("All", vec![variable("DoesNotMatch", r"\d")], Some(false)),
        ("All", vec![text("%Variable%N%", "Equal", "6 - 1")], Some(true)),
        (
            "All",
            vec![text("5", "LessThan", "N + 1"), text("5", "GreaterThanOrEqual", "5"), text("5", "LessThanOrEqual", "5")],
            Some(true),
        ),
        ("All", vec![text("5", "NotEqual", "5")], Some(false)),
        ("All", vec![text("", "Equal", "0")], Some(true)),
        ("All", vec![text("b", "IsAfter", "A"), text("a", "IsBefore", "B")], Some(true)),
        ("All", vec![calculation("N = 5"), calculation("N > 5")], Some(false)),
        ("Any", vec![calculation("N > 5"), calculation("N = 5")], Some(true)),
        ("Any", vec![calculation("0")], Some(false)),
        ("None", vec![calculation("0"), calculation("N > 5")], Some(true)),
        ("None", vec![calculation("1")], Some(false)),
        ("NotAll", vec![calculation("1"), calculation("0")], Some(true)),
        ("All", vec![], None),
    ];
    for (join, list, expected) in cases {
        let mut host = host();
        host.values.insert("v".into(), ("V".into(), "Hello 5".into()));
        host.values.insert("n".into(), ("N".into(), "5".into()));
        let about = format!("{join} {list:?}");
        let report = done(
            json!([{"kind": "IfThenElse", "Conditions": {"ConditionList": list, "ConditionListMatch": join},
                "ThenActions": [give("then")], "ElseActions": [give("else")]}, give("neither")]),
            &mut host,
        );
        let expected = match expected {
            Some(true) => "then",
            Some(false) => "else",
            None => "neither",
        };
        assert_eq!(report.result.as_deref(), Some(expected), "{about}");
    }
}

#[test]
fn macros_call_macros() {
    let mut host = host();
    host.macros = vec![
        definition(
            "B",
            json!([set("Local_x", "b"), set("Instance_y", "b"), set("G", "%TriggerValue%%Local_x%"), give("ignored")]),
        ),
        definition("C", json!([{"kind": "Cancel", "Action": "CancelJustThisMacro"}, set("Never", "x")])),
        definition("D", json!([{"kind": "Group", "Actions": [{"kind": "Cancel", "Action": "CancelThisMacro"}]}])),
    ];
    let call = |uid: &str| json!({"kind": "ExecuteMacro", "MacroUID": uid, "UseParameter": true, "Parameter": "<%Local_x%>"});
    let report = done(json!([set("Local_x", "a"), call("B"), call("C"), give("%Local_x%%Instance_y%%Variable%G%")]), &mut host);
    assert_eq!(report.result.as_deref(), Some("ab<a>b"));
    let report = done(json!([call("D"), give("not reached")]), &mut host);
    assert_eq!((report.status, report.result), (Status::Cancelled, None));
}

#[test]
fn counts_and_limits_calls() {
    let mut host = host();
    host.macros = vec![definition("B", json!([{"kind": "SetVariableToCalculation", "Variable": "N", "Text": "N + 1"}]))];
    done(json!([{"kind": "ExecuteMacro", "MacroUID": "b", "Count": "2 + 1"}]), &mut host);
    assert_eq!(host.value("N"), Some("3"));
    host.macros = vec![definition("A", json!([{"kind": "ExecuteMacro", "MacroUID": "A", "StopOnFailure": false}]))];
    let report = run(&Arc::clone(&host.macros[0]), None, &mut host).expect("a ring is no refusal");
    assert!(report.failed_action.expect("it fails").message.contains("deeper than 50"));
    host.macros = vec![definition("B", json!([]))];
    let report = done(json!([{"kind": "ExecuteMacro", "MacroUID": "B", "Count": "1e9", "StopOnFailure": false}]), &mut host);
    assert!(report.failed_action.expect("it fails").message.contains("more than 1000000 steps"));
}

#[test]
fn deep_nesting_fails_long_before_the_stack_ends() {
    let mut host = host();
    let mut inner = json!({"kind": "ExecuteMacro", "MacroUID": "A"});
    for _ in 0..31 {
        inner = json!({"kind": "IfThenElse", "Conditions": {"ConditionList": [{"ConditionType": "Calculation", "Text": "1"}]}, "ThenActions": [inner]});
    }
    host.macros = vec![definition("A", json!([inner]))];
    let report = run(&Arc::clone(&host.macros[0]), None, &mut host).expect("it is run");
    let failure = report.failed_action.expect("it fails");
    assert!(failure.message.contains("nested deeper than 250"), "{}", failure.message);
    assert!(failure.path.ends_with(".ThenActions[0]"), "{}", failure.path);
}

#[test]
fn refuses_before_anything_runs() {
    let mut host = host();
    host.macros = vec![definition("B", json!([{"kind": "Group", "Actions": [{"kind": "OCRImage", "Text": "x"}]}]))];
    let cases = [
        (
            json!([set("X", "1"), {"kind": "Group", "Actions": [{"kind": "Comment"}, {"kind": "OCRImage"}]}]),
            "action 2 › 2 (OCRImage) at actions[1].Actions[1]",
        ),
        (json!([set("X", "1"), {"kind": "ExecuteMacro", "MacroUID": "B"}]), "macro “Macro B”, action 1 › 1 (OCRImage)"),
        (json!([{"kind": "ExecuteMacro", "MacroUID": "NOPE"}]), "NOPE, which is not in the library"),
        (json!([{"kind": "Cancel", "Action": "CancelEverything"}]), "the form CancelEverything"),
        (
            json!([{"kind": "IfThenElse", "Conditions": {"ConditionList": [{"ConditionType": "Application"}]}}]),
            "condition 1 asks of an application whether “”",
        ),
        (json!([set("X", "%SafariURL%")]), "%SafariURL%"),
        (json!([{"kind": "SetVariableToCalculation", "Variable": "X", "Text": "SCREENCOUNT + 1"}]), "SCREENCOUNT"),
        (json!([{"kind": "Pause", "Time": "0,2"}]), "a list where one number is needed"),
        (json!([{"kind": "ExecuteShellScript", "Text": "x", "UseText": true, "Source": "Image"}]), "input comes from Image"),
        (json!([{"kind": "ExecuteShellScript", "Text": "x", "UseText": true, "DisplayKind": "Image"}]), "goes to Image"),
        (json!([{"kind": "Brandnew"}]), "does not know"),
        (json!([{"kind": "OCRImage"}, {"kind": "OCRImage"}, {"kind": "OCRImage"}]), "2 other actions are refused too"),
    ];
    for (actions, expected) in cases {
        let error = run(&definition("A", actions), None, &mut host).expect_err("refused").to_string();
        assert!(error.contains(expected), "{error} should contain {expected}");
    }
    assert_eq!(host.value("X"), None, "nothing was run");
    let mut off = Macro::clone(&definition("A", json!([])));
    off.enabled = false;
    assert!(matches!(run(&Arc::new(off), None, &mut host), Err(NotRun::Disabled { .. })));
}

#[test]
fn actions_that_are_off_refuse_nothing() {
    let report = done(json!([{"kind": "OCRImage", "off": true}, give("fine")]), &mut host());
    assert_eq!(report.result.as_deref(), Some("fine"));
}

#[test]
fn a_failure_names_its_action() {
    let mut host = host();
    let report = done(
        json!([{"kind": "Group", "Actions": [{"kind": "SetVariableToCalculation", "Variable": "x", "Text": "1/0"}]}, set("X", "1")]),
        &mut host,
    );
    assert_eq!(report.status, Status::Failed);
    let failure = report.failed_action.expect("a failure");
    assert_eq!((failure.path.as_str(), failure.readable.as_str()), ("actions[0].Actions[0]", "1 › 1 (SetVariableToCalculation)"));
    assert!(failure.message.contains("division by zero"));
    let report = done(
        json!([{"kind": "SetVariableToCalculation", "Variable": "x", "Text": "1/0", "StopOnFailure": false}, give("%ActionResult%")]),
        &mut host,
    );
    assert_eq!(report.status, Status::Finished);
    assert!(report.result.expect("a result").contains("division by zero"));
}

#[test]
fn scripts_get_variables_and_give_results() {
    let mut host = host();
    host.values.insert("my var".into(), ("My Var".into(), "1".into()));
    host.values.insert("other".into(), ("Other".into(), "2".into()));
    let report = done(
        json!([
            set("Local_x", "l"), set("My Password", "secret"), set("In", "stdin"),
            {"kind": "ExecuteShellScript", "UseText": true, "Text": " echo %Variable%Other% ", "DisplayKind": "Variable", "Variable": "Out"},
            {"kind": "ExecuteShellScript", "UseText": true, "Text": "b ", "DisplayKind": "AppendVar", "Variable": "Out", "TrimResults": false,
                "IncludedVariables": ["Local_x", "My Password"], "Source": "Variable", "SourceVariable": "In", "TimeOutPeriod": "2 * 3", "IncludeStdErr": true},
            {"kind": "ExecuteShellScript", "UseText": false, "Text": "", "Path": "%Variable%Other%/run", "DisplayKind": "Window", "IncludedVariables": []},
            give("%Variable%Out%|"),
        ]),
        &mut host,
    );
    assert_eq!(report.result.as_deref(), Some("echo %Variable%Other%b |"));
    assert_eq!(report.sinks.notifications, ["2/run"]);
    let [first, second, third] = &host.requests[..] else { panic!("three scripts") };
    let names: Vec<&str> = first.environment.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["KMVAR_Local_x", "KMVAR_In", "KMVAR_My_Var", "KMVAR_Other"]);
    assert_eq!(second.environment, [("KMVAR_Local_x".to_owned(), "l".to_owned())]);
    assert_eq!(
        (second.input.as_deref(), second.include_errors, second.time_limit),
        (Some("stdin"), true, Some(Duration::from_secs(6)))
    );
    assert_eq!((&third.script, third.environment.len()), (&Script::File("2/run".into()), 0));
    assert_eq!(host.value("My Password"), None);
}

#[test]
fn scripts_fail() {
    let output = |end| ShellOutput { output: "out".into(), errors: "err".into(), end, truncated: false };
    let script = |extra: Value| {
        let mut script = json!({"kind": "ExecuteShellScript", "UseText": true, "Text": "x", "TimeOutPeriod": 1});
        script.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        json!([script, give("on")])
    };
    let cases = [
        (ShellEnd::Exited(3), json!({}), Some("exit code 3: err")),
        (ShellEnd::Signalled(9), json!({}), Some("signal 9")),
        (ShellEnd::TimedOut, json!({}), Some("longer than 1s")),
        (ShellEnd::Exited(3), json!({"StopOnFailure": false}), None),
        (ShellEnd::Exited(3), json!({"HonourFailureSettings": false}), None),
        (ShellEnd::TimedOut, json!({"TimeOutAbortsMacro": false}), None),
    ];
    for (end, extra, expected) in cases {
        let mut host = host();
        host.answers.push_back(output(end));
        let report = done(script(extra.clone()), &mut host);
        match expected {
            Some(expected) => assert!(report.failed_action.expect("it fails").message.contains(expected), "{end:?} {extra}"),
            None => assert_eq!(report.result.as_deref(), Some("on"), "{end:?} {extra}"),
        }
    }
}

#[test]
fn a_script_whose_time_is_up_is_told_of_like_any_action() {
    let output = ShellOutput { output: "half".into(), errors: String::new(), end: ShellEnd::TimedOut, truncated: false };
    let script = |notify: bool| {
        json!([{"kind": "ExecuteShellScript", "Text": "x", "TimeOutPeriod": 1, "TimeOutAbortsMacro": false, "NotifyOnTimeOut": notify,
            "DisplayKind": "Variable", "Variable": "Out"}, give("%ActionResult%")])
    };
    for (notify, told) in [(true, 1), (false, 0)] {
        let mut host = host();
        host.answers.push_back(output.clone());
        let report = done(script(notify), &mut host);
        assert!(report.result.as_deref().is_some_and(|result| result.contains("longer than 1s")), "{:?}", report.result);
        assert_eq!((report.sinks.notifications.len(), report.sinks.log.len(), host.value("Out")), (told, 1, None));
    }
}

#[test]
fn a_run_can_be_cancelled() {
    let mut host = host();
    host.cancel_after = Some(1);
    let report = done(json!([set("A", "1"), set("B", "1")]), &mut host);
    assert_eq!((report.status, host.value("A"), host.value("B")), (Status::Cancelled, Some("1"), None));
}

#[test]
fn texts_cannot_grow_without_end() {
    let mut host = host();
    host.macros = vec![definition("B", json!([set("X", "%Variable%X%%Variable%X%")]))];
    let report = done(json!([set("X", "0123456789"), {"kind": "ExecuteMacro", "MacroUID": "B", "Count": 100}]), &mut host);
    assert!(report.failed_action.expect("it fails").message.contains("longer than"));
}

#[test]
fn single_texts_are_processed() {
    let mut host = host();
    host.values.insert("n".into(), ("N".into(), "20".into()));
    assert_eq!(calculate("N * 2 + %Variable%N%", &Profile::default(), &mut host).as_deref(), Ok("60"));
    assert_eq!(
        process_tokens("%Variable%N% %ExecutingMacro% %UserLoginID%", &Profile::default(), &mut host).as_deref(),
        Ok("20 %ExecutingMacro% user")
    );
}

proptest! {
    #[test]
    fn arbitrary_actions_never_panic(kind in prop_oneof![Just("SetVariableToText"), Just("Pause"), Just("Cancel"), Just("ExecuteMacro"),
        Just("ExecuteShellScript"), Just("SetVariableToCalculation"), Just("Return")], text in "\\PC{0,30}", name in "[A-Za-z\\[\\]0-9 ]{0,10}", number in any::<f64>()) {
        let actions = json!([{"kind": kind, "Text": text, "Variable": name, "Time": number, "Count": text, "MacroUID": name, "UseText": true}]);
        let _ = run(&definition("A", actions), Some(&text), &mut host());
    }
}
