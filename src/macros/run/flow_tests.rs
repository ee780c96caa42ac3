//! Tests of what steers a run: loops, switches, tries, calls, cancelling.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{
    Status,
    stage::{definition, done, give, host, run, set},
};
use crate::macros::{
    data::{Macro, Trigger},
    host::{ShellEnd, ShellOutput, Switch},
    memory::MemoryHost,
};

fn add(text: &str) -> Value {
    json!({"kind": "SetVariableToText", "Variable": "Out", "Text": text, "Where": "Append"})
}

fn when(calculation: &str, then: &Value) -> Value {
    json!({"kind": "IfThenElse", "Conditions": conditions(calculation), "ThenActions": [then]})
}

fn conditions(calculation: &str) -> Value {
    json!({"ConditionList": [{"ConditionType": "Calculation", "Text": calculation}]})
}

fn cancel(form: &str) -> Value {
    json!({"kind": "Cancel", "Action": form})
}

fn each(collection: &Value, actions: &Value) -> Value {
    json!({"kind": "For", "Variable": "Local_i", "Collections": {"CollectionList": [collection]}, "Actions": actions})
}

fn range(start: &str, end: &str) -> Value {
    json!({"CollectionType": "Range", "StartExpression": start, "EndExpression": end, "Upwards": true})
}

fn out(actions: Value, host: &mut MemoryHost) -> String {
    let report = done(actions, host);
    assert_eq!(report.failed_action, None);
    host.value("Out").unwrap_or_default().to_owned()
}

#[test]
fn for_each_goes_over_every_collection() {
    let cases = [
        (range("1", "3"), "1,2,3,"),
        (range("1", "0"), ""),
        (range("0.5", "N"), "0.5,1.5,"),
        (json!({"CollectionType": "Range", "StartExpression": "2", "EndExpression": "-1", "Upwards": false}), "2,1,0,-1,"),
        (json!({"CollectionType": "LinesIn", "Source": "Variable", "Variable": "Lines", "IncludeBlankLines": false}), "a,b,"),
        (
            json!({"CollectionType": "LinesIn", "Source": "Text", "Text": "x\\n\\n%Variable%N%", "IncludeBlankLines": true}),
            "x,,2,",
        ),
        (json!({"CollectionType": "LinesIn", "Source": "Clipboard"}), "clip,"),
        (json!({"CollectionType": "LinesIn", "Source": "File", "Path": "~/list"}), "one,two,"),
        (
            json!({"CollectionType": "SubstringsIn", "Source": "Variable", "Variable": "Lines", "Search": "[ab](?=\\n)",
                "SearchKind": "Match", "ResultType": "String"}),
            "a,",
        ),
        (json!({"CollectionType": "Files", "Path": "~", "SortOrder": "Alphabetical"}), "/home/user/list,"),
        (json!({"CollectionType": "Files", "Path": "~", "IncludeInvisibles": true}), "/home/user/.hidden,/home/user/list,"),
        (json!({"CollectionType": "Variables"}), "Lines,N,"),
        (json!({"CollectionType": "Dictionaries"}), "D,"),
        (json!({"CollectionType": "DictionaryKeys", "Dictionary": "d"}), "k1,k2,"),
        (json!({"CollectionType": "JSON", "Text": "{\"p\":1,\"q\":2}", "ResultType": "Key"}), "p,q,"),
        (json!({"CollectionType": "JSON", "Text": "[\"s\",{\"t\":1}]", "ResultType": "Value"}), "s,{\"t\":1},"),
        (json!({"CollectionType": "PastClipboards"}), "clip,"),
    ];
    for (collection, expected) in cases {
        let mut host = host();
        host.values.insert("lines".into(), ("Lines".into(), "a\n\nb".into()));
        host.values.insert("n".into(), ("N".into(), "2".into()));
        host.clipboards.insert(String::new(), "clip".into());
        for (key, value) in [("k1", "v"), ("k2", "w")] {
            crate::macros::host::Dictionaries::set_dictionary_value(&mut host, "D", key, Some(value)).expect("set");
        }
        for (name, content) in [("list", "one\ntwo\n"), (".hidden", "")] {
            let path = std::path::Path::new(crate::macros::memory::HOME).join(name);
            crate::macros::host::Files::write_file(&mut host, &path, content.as_bytes(), false).expect("written");
        }
        let about = collection.to_string();
        let given = json!({"kind": "SetVariableToText", "Variable": "Local_out", "Text": "%Local_i%,", "Where": "Append"});
        let report = done(json!([each(&collection, &json!([given])), give("%Local_out%")]), &mut host);
        assert_eq!(report.failed_action, None, "{about}");
        let expected = expected.replace("/home/user", crate::macros::memory::HOME);
        let given = report.result.unwrap_or_default().replace("%Local_out%", "");
        assert_eq!(given, expected, "{about}");
    }
}

#[test]
fn collections_follow_one_another() {
    let both = json!({"kind": "For", "Variable": "Local_i", "Actions": [add("%Local_i%")],
        "Collections": {"CollectionList": [range("1", "2"), range("7", "8")]}});
    assert_eq!(out(json!([both]), &mut host()), "1278");
}

#[test]
fn loops_are_left_and_continued_and_retried() {
    let body = |special: &Value| json!([special, add("%Local_i%")]);
    let cases = [
        (each(&range("1", "4"), &body(&when("Local_i = 3", &cancel("BreakFromLoop")))), "12"),
        (each(&range("1", "4"), &body(&when("Local_i = 3", &cancel("ContinueLoop")))), "124"),
        (
            each(
                &range("1", "2"),
                &json!([add("%Local_i%"), {"kind": "SetVariableToCalculation", "Variable": "Local_n", "Text": "Local_n + 1"},
                    when("Local_n = 1", &cancel("RetryThisLoop"))]),
            ),
            "112",
        ),
        // Only the inner loop is left.
        (each(&range("1", "2"), &json!([each(&range("5", "9"), &json!([cancel("BreakFromLoop")])), add("x")])), "xx"),
        (json!({"kind": "Repeat", "CountExpression": "1 + 2", "Actions": [add("r")]}), "rrr"),
        (json!({"kind": "Repeat", "CountExpression": "0", "Actions": [add("r")]}), ""),
    ];
    for (action, expected) in cases {
        assert_eq!(out(json!([action.clone()]), &mut host()), expected, "{action}");
    }
}

#[test]
fn while_and_until_look_at_their_conditions() {
    let count = json!({"kind": "SetVariableToCalculation", "Variable": "N", "Text": "N + 1"});
    let looped = |kind: &str, conditions: &Value| {
        let mut host = host();
        done(json!([{"kind": kind, "Conditions": conditions, "Actions": [count]}]), &mut host);
        host.value("N").unwrap_or("0").to_owned()
    };
    assert_eq!(looped("While", &conditions("N < 3")), "3");
    assert_eq!(looped("While", &conditions("0")), "0");
    assert_eq!(looped("Until", &conditions("N >= 3")), "3");
    assert_eq!(looped("Until", &conditions("1")), "1", "its actions come first");
    let none = json!({"ConditionList": []});
    assert_eq!((looped("While", &none), looped("Until", &none)), ("0".into(), "1".into()));
}

#[test]
fn loops_without_end_are_ended() {
    for action in [
        json!({"kind": "While", "Conditions": conditions("1"), "Actions": []}),
        json!({"kind": "Repeat", "CountExpression": "1e12", "Actions": []}),
        each(&range("1", "1e15"), &json!([])),
        each(&range("1", "2"), &json!([cancel("RetryThisLoop")])),
    ] {
        let report = done(json!([action.clone()]), &mut host());
        let failure = report.failed_action.expect("it fails");
        assert!(failure.message.contains("more than 1000000 steps"), "{action}: {}", failure.message);
        assert_eq!(failure.path, if action["Actions"] == json!([]) { "actions[0]" } else { "actions[0].Actions[0]" });
    }
}

#[test]
fn what_steers_a_loop_needs_one() {
    let mut host = host();
    host.macros = vec![definition("B", json!([cancel("BreakFromLoop")]))];
    let report = done(json!([each(&range("1", "2"), &json!([{"kind": "ExecuteMacro", "MacroUID": "B"}]))]), &mut host);
    assert!(report.failed_action.expect("it fails").message.contains("no loop around it in this macro"));
}

#[test]
fn switch_does_the_first_case_that_fits() {
    let cases = json!([
        {"ConditionType": "Is", "TestValue": "One", "Actions": [give("is")]},
        {"ConditionType": "Equal", "TestValue": "N * 10", "Actions": [give("equal")]},
        {"ConditionType": "Contains", "TestValue": "%Variable%N%", "Actions": [give("contains")]},
        {"ConditionType": "Matches", "TestValue": "^z+$", "Actions": [give("matches")]},
        {"ConditionType": "IsEmpty", "TestValue": "", "Actions": [give("empty")]},
        {"ConditionType": "Otherwise", "TestValue": "", "Actions": [give("otherwise")]},
    ]);
    for (text, expected) in
        [("one", "is"), ("20.0", "equal"), ("a2", "contains"), ("zzz", "matches"), ("", "empty"), ("other", "otherwise")]
    {
        for (source, key, written) in [("Variable", "Variable", "V"), ("Text", "Text", "%Variable%V%"), ("Clipboard", "Text", "")]
        {
            let mut host = host();
            host.values.insert("v".into(), ("V".into(), text.into()));
            host.values.insert("n".into(), ("N".into(), "2".into()));
            host.clipboards.insert(String::new(), text.into());
            let report = done(json!([{"kind": "Switch", "Source": source, key: written, "CaseEntries": cases}]), &mut host);
            assert_eq!(report.result.as_deref(), Some(expected), "{source} {text}");
        }
    }
    let calculated = json!({"kind": "Switch", "Source": "Calculation", "Calculation": "2 * 3",
        "CaseEntries": [{"ConditionType": "Equal", "TestValue": "6", "Actions": [give("six")]}]});
    assert_eq!(done(json!([calculated]), &mut host()).result.as_deref(), Some("six"));
}

#[test]
fn a_try_catches_what_fails() {
    let throw = json!({"kind": "Throw", "Text": "broken: %Variable%V%"});
    let tried = |inner: Value| {
        json!([set("V", "x"),
            {"kind": "TryCatch", "TryActions": [inner, give("not reached")], "CatchActions": [add("%ActionResult%")]},
            give("%Variable%Out% %ActionResult%")])
    };
    let group = json!({"kind": "Group", "Actions": [throw]});
    let report = done(tried(group), &mut host());
    assert_eq!(report.result.as_deref(), Some("broken: x OK"));
    assert_eq!(report.sinks.notifications, Vec::<String>::new(), "what is caught is shown to nobody");
    let report = done(json!([throw]), &mut host());
    assert_eq!(report.failed_action.expect("it fails").message, "broken: ");
    assert_eq!(report.sinks.notifications.len(), 1);
    // Cancelling is no failure, and neither are the engine's limits.
    assert_eq!(done(tried(cancel("CancelThisMacro")), &mut host()).status, Status::Cancelled);
    let endless = json!({"kind": "While", "Conditions": conditions("1"), "Actions": []});
    assert_eq!(done(tried(endless), &mut host()).status, Status::Failed);
    let caught =
        json!([{"kind": "TryCatch", "TryActions": [throw], "CatchActions": [{"kind": "Throw", "Text": "%ActionResult%again"}]}]);
    assert_eq!(done(caught, &mut host()).failed_action.expect("it fails").message, "broken: again");
}

#[test]
fn an_assertion_fails_when_it_does_not_hold() {
    let assert = |text: &str| json!([{"kind": "Assert", "Conditions": conditions(text)}, give("on")]);
    assert_eq!(done(assert("1"), &mut host()).result.as_deref(), Some("on"));
    let failure = done(assert("0"), &mut host()).failed_action.expect("it fails");
    assert_eq!((failure.kind.as_str(), failure.message.as_str()), ("Assert", "what it asserts does not hold"));
}

fn subroutine(uid: &str, parameters: &[&str], actions: Value) -> Arc<Macro> {
    let mut definition = Macro::clone(&definition(uid, actions));
    let fields = json!({"Parameters": parameters, "ReturnsValue": true});
    let fields = fields.as_object().cloned().expect("an object");
    definition.triggers.push(Trigger { kind: "Subroutine".into(), fields });
    Arc::new(definition)
}

#[test]
fn subroutines_take_parameters_and_give_results() {
    let call = |uid: &str, parameters: &[&str]| json!({"kind": "ExecuteSubroutine", "MacroUID": uid, "Parameters": parameters, "ResultVariable": "Local_r"});
    let mut host = host();
    host.macros = vec![
        subroutine("S", &["Local_a", "Local_b"], json!([give("%Local_a%+%Local_b%"), set("Never", "x")])),
        subroutine("T", &["Local_a"], json!([{"kind": "ExecuteMacro", "MacroUID": "U"}, set("Local_a", "%Local_a%!")])),
        definition("U", json!([give("from U")])),
        subroutine(
            "V",
            &["Local_n"],
            json!([when("Local_n < 2", &give("1")), call("V", &["%Calculate%Local_n-1%"]), give("%Calculate%Local_n*Local_r%")]),
        ),
    ];
    let result =
        |host: &mut MemoryHost, call: Value| done(json!([set("Local_a", "1"), call, give("%Local_r%|%Local_a%")]), host).result;
    assert_eq!(result(&mut host, call("S", &["%Local_a%2", "x%Variable%"])).as_deref(), Some("12+x%Variable%|1"));
    assert_eq!(result(&mut host, call("S", &["only"])).as_deref(), Some("only+|1"));
    assert_eq!(result(&mut host, call("T", &["x"])).as_deref(), Some("from U|1"), "also what it calls returns for it");
    assert_eq!(result(&mut host, call("V", &["5"])).as_deref(), Some("120|1"));
    assert_eq!(host.value("Never"), None);
    let error = run(&definition("A", json!([call("U", &[])])), None, &mut host).expect_err("refused").to_string();
    assert!(error.contains("“Macro U” as a subroutine"), "{error}");
}

#[test]
fn asynchronous_macros_are_runs_of_their_own() {
    let mut host = host();
    host.macros = vec![definition("B", json!([give("never here")]))];
    let report = done(
        json!([{"kind": "ExecuteMacro", "MacroUID": "b", "Asynchronously": true, "UseParameter": true, "Parameter": "<%TriggerValue%>"},
            {"kind": "ExecuteMacro", "MacroUID": "B", "Asynchronously": true, "Count": "2"}, give("%ExecutingInstance%")]),
        &mut host,
    );
    assert_eq!(report.result.as_deref(), Some("1"));
    let started: Vec<_> = host.begun.iter().map(|(uid, parameter)| (uid.as_str(), parameter.as_deref())).collect();
    assert_eq!(started, [("B", Some("<given>")), ("B", None), ("B", None)]);
}

#[test]
fn other_runs_are_cancelled() {
    let mut host = host();
    host.executing = vec!["X".into(), "Y".into()];
    let one = json!({"kind": "Cancel", "Action": "CancelSpecificMacro", "Instance": "X"});
    assert_eq!(done(json!([one, give("on")]), &mut host).result.as_deref(), Some("on"));
    assert_eq!(host.executing, ["Y"]);
    assert_eq!(done(json!([cancel("CancelAllOtherMacros"), give("on")]), &mut host).result.as_deref(), Some("on"));
    assert!(host.executing.is_empty());
    host.executing = vec!["X".into()];
    assert_eq!(done(json!([cancel("CancelAllMacros")]), &mut host).status, Status::Cancelled);
    assert!(host.executing.is_empty());
    let own = json!({"kind": "Cancel", "Action": "CancelSpecificMacro", "Instance": "Macro A"});
    assert_eq!(done(json!([own]), &mut host).status, Status::Cancelled);
}

#[test]
fn semaphores_are_taken_and_given_back() {
    let semaphore = |action: &str| json!({"kind": "Semaphore", "SemaphoreAction": action, "SemaphoreName": "S %Local_n%", "TimeOutPeriod": 1.5});
    let mut host = host();
    assert_eq!(done(json!([semaphore("Lock"), semaphore("Lock"), give("on")]), &mut host).result.as_deref(), Some("on"));
    assert!(host.semaphores.is_empty(), "given back at the end");
    host.semaphores.insert("S ".into(), false);
    host.semaphores.insert("S %Local_n%".into(), false);
    let before = host.clock.clone();
    let failure = done(json!([semaphore("Lock")]), &mut host).failed_action.expect("it fails");
    assert_eq!(failure.message, "it took longer than 1.5s and was ended");
    assert_eq!(Duration::try_from(host.clock.duration_since(&before)).expect("forward"), Duration::from_millis(1500));
    let mut patient = semaphore("Lock");
    patient["TimeOutAbortsMacro"] = json!(false);
    let report = done(json!([patient, give("%ActionResult%")]), &mut host);
    assert!(report.result.expect("a result").contains("longer than 1.5s"));
    assert!(
        done(json!([semaphore("TryLock")]), &mut host).failed_action.expect("it fails").message.contains("held by another run")
    );
    assert_eq!(done(json!([semaphore("Reset"), semaphore("Lock"), give("on")]), &mut host).result.as_deref(), Some("on"));
}

#[test]
fn actions_have_their_time() {
    let pause = |seconds: f64, more: &Value| {
        let mut group = json!({"kind": "Group", "TimeOutPeriod": "1 + 1", "Actions": [{"kind": "Pause", "Time": seconds}]});
        group.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        json!([group, give("on %ActionResult%")])
    };
    assert_eq!(done(pause(1.9, &json!({})), &mut host()).result.as_deref(), Some("on OK"));
    let report = done(pause(2.1, &json!({})), &mut host());
    let failure = report.failed_action.expect("it fails");
    assert_eq!((failure.path.as_str(), failure.message.as_str()), ("actions[0]", "it took longer than 2s and was ended"));
    assert_eq!(report.sinks.notifications, ["Group: it took longer than 2s and was ended"], "told once");
    let told = &report.sinks.events[0];
    assert_eq!((told.macro_uid.as_str(), told.path.as_str()), ("A", "actions[0]"));
    let silent = json!({"NotifyOnTimeOut": false});
    assert!(done(pause(2.1, &silent), &mut host()).sinks.notifications.is_empty());
    let quiet = json!({"TimeOutAbortsMacro": false, "NotifyOnTimeOut": false});
    let report = done(pause(2.1, &quiet), &mut host());
    assert_eq!(report.result.as_deref(), Some("on it took longer than 2s and was ended"));
    assert!(report.sinks.notifications.is_empty());
    // The outer limit ends an inner action with a longer one of its own.
    let inner = json!([{"kind": "Group", "TimeOutPeriod": 1, "Actions": [{"kind": "Pause", "Time": 5, "TimeOutPeriod": 3}]}]);
    assert_eq!(done(inner, &mut host()).failed_action.expect("it fails").path, "actions[0]");
    let endless = json!([{"kind": "While", "TimeOutPeriod": 1, "Conditions": conditions("1"), "Actions": [{"kind": "Pause", "Time": 0.1}]}]);
    assert!(done(endless, &mut host()).failed_action.expect("it fails").message.contains("longer than 1s"));
}

#[test]
fn a_run_has_its_time() {
    let mut host = host();
    let endless = json!([{"kind": "While", "Conditions": conditions("1"), "Actions": [
        {"kind": "TryCatch", "TryActions": [{"kind": "Pause", "Time": 0.1}], "CatchActions": []}]}]);
    let limit = Some(Duration::from_millis(950));
    let given = super::Given { parameter: None, variables: &std::collections::BTreeMap::new() };
    let report = super::run_checked(&definition("A", endless), given, limit, &crate::macros::Profile::default(), &mut host);
    assert_eq!(report.status, Status::TimedOut);
    let failure = report.failed_action.expect("the action that it had come to");
    assert_eq!(failure.path, "actions[0].Actions[0].TryActions[0]");
    assert!(failure.message.contains("time was up"), "{}", failure.message);
}

#[test]
fn pauses_end_when_their_conditions_hold() {
    let mut host = host();
    let before = host.clock.clone();
    let until = json!({"kind": "PauseUntil", "Conditions": conditions("SECOND() >= 11")});
    assert_eq!(done(json!([until, give("on")]), &mut host).result.as_deref(), Some("on"));
    let waited = Duration::try_from(host.clock.duration_since(&before)).expect("forward");
    assert!((2.0..2.2).contains(&waited.as_secs_f64()), "{waited:?}");
    let never = json!({"kind": "PauseUntil", "TimeOutPeriod": 3, "Conditions": conditions("0")});
    assert!(done(json!([never]), &mut host).failed_action.expect("it fails").message.contains("longer than 3s"));
}

#[test]
fn macros_are_switched_and_marked() {
    let mut host = host();
    let report = done(
        json!([{"kind": "SetMacroEnable", "MacroUID": "B", "Action": "Toggle"}, {"kind": "MarkMacro", "MacroUID": "B", "MacroAction": "Unmark"},
            {"kind": "SetActionDelay", "Preference": "P", "Value": "0.2"}, {"kind": "DebuggerAction", "DebuggerAction": "Breakpoint"}, give("on")]),
        &mut host,
    );
    assert_eq!(report.result.as_deref(), Some("on"));
    assert_eq!(host.switched, [("B".to_owned(), Switch::Toggle)]);
}

#[test]
fn passwords_stay_out_of_what_is_said() {
    let mut host = host();
    let report = done(
        json!([set("Mail Password", "hunter2"), {"kind": "Log", "Text": "<%Variable%Mail Password%>"},
            {"kind": "Throw", "Text": "no entry with %Variable%Mail Password%"}]),
        &mut host,
    );
    assert_eq!((&report.sinks.log[..], &host.lines[..]), (&["<••••>".to_owned()][..], &["<••••>".to_owned()][..]));
    assert_eq!(report.failed_action.expect("it fails").message, "no entry with ••••");
    assert!(!format!("{:?}", report.sinks).contains("hunter2"));
    // What a script says may be cut in the middle of one.
    let errors = ["x".repeat(297), "hunter2".into()].concat();
    host.answers.push_back(ShellOutput { output: String::new(), errors, end: ShellEnd::Exited(1), truncated: false });
    let script = json!([set("Mail Password", "hunter2"), {"kind": "ExecuteShellScript", "Text": "x"}]);
    let failure = done(script, &mut host).failed_action.expect("it fails");
    assert!(failure.message.ends_with("x•••"), "{}", failure.message);
}
