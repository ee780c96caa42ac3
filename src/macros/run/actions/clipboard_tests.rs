//! Tests of the clipboards and of inserted text.

use serde_json::{Value, json};

use super::super::{
    Sink, Status,
    stage::{definition, done, give, host, run, set},
};
use crate::macros::Profile;

fn put(text: &str) -> Value {
    json!({"kind": "SetClipboardToText", "Text": text})
}

fn kinds(sinks: &super::super::Sinks) -> Vec<(Sink, &str, &str)> {
    sinks.events.iter().map(|event| (event.kind, event.text.as_str(), event.path.as_str())).collect()
}

#[test]
fn a_run_works_on_its_own_clipboard() {
    let mut host = host();
    host.clipboards.insert(String::new(), "before".into());
    let report = done(
        json!([
            {"kind": "SetVariableToClipboard", "Variable": "Local_old"},
            put("one"),
            put("%Local_old% two"),
            {"kind": "SetClipboardToPastClipboard", "PastExpression": "1"},
            {"kind": "DeletePastClipboard", "PastExpression": "0"},
            {"kind": "SetVariableToClipboard", "Variable": "Local_now"},
            {"kind": "DeletePastClipboard", "Past": 1},
            {"kind": "SetClipboardToPastClipboard", "PastExpression": "1"},
            {"kind": "CutCopyPaste", "Action": "Paste"},
            give("%Local_old%|%Local_now%"),
        ]),
        &mut host,
    );
    assert_eq!(report.result.as_deref(), Some("before|before two"));
    assert_eq!(report.sinks.clipboard.as_deref(), Some("before"));
    assert_eq!(report.sinks.typed, ["before"]);
    assert_eq!(host.clipboards[""], "before", "kept at the end");
}

#[test]
fn named_clipboards_are_kept_at_once() {
    let mut host = host();
    let named = |kind: &str, more: Value| {
        let mut action = json!({"kind": kind, "TargetUseNamedClipboard": true, "TargetNamedClipboardUID": "U-1",
            "TargetNamedClipboardRedundantDisplayName": "Notes"});
        action.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        action
    };
    let report = done(
        json!([
            named("SetClipboardToText", json!({"Text": "n"})),
            named("SetVariableToClipboard", json!({"Variable": "Local_x"})),
            {"kind": "ExecuteShellScript", "Text": "out", "DisplayKind": "NamedClipboard", "TargetNamedClipboardUID": "Other"},
            {"kind": "Cancel", "Action": "CancelThisMacro"},
        ]),
        &mut host,
    );
    assert_eq!(report.status, Status::Cancelled);
    assert_eq!((host.clipboards["notes"].as_str(), host.clipboards["other"].as_str()), ("n", "out"));
    assert_eq!(report.sinks.clipboard, None);
}

#[test]
fn a_named_clipboard_is_one_whatever_names_it() {
    let mut host = host();
    let case = |text: &str, result: &str| json!({"ConditionType": "Is", "TestValue": text, "Actions": [give(result)]});
    let switch = |more: Value| {
        let mut switch = json!({"kind": "Switch", "Source": "NamedClipboard", "CaseEntries": [case("n", "same")]});
        switch.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        switch
    };
    let put = json!({"kind": "SetClipboardToText", "Text": "n", "TargetUseNamedClipboard": true, "TargetNamedClipboardUID": "U-1",
        "TargetNamedClipboardRedundantDisplayName": "Notes"});
    let condition = json!({"ConditionType": "Clipboard", "ClipboardConditionType": "Is", "ClipboardText": "n",
        "ClipboardSourceNamedClipboardUID": "U-1", "ClipboardSourceNamedClipboardRedundantDisplayName": "Notes"});
    let readers = [
        // As Keyboard Maestro 11 writes it.
        switch(json!({"NamedClipboardName": "U-1", "RedundandDisplayName": "Notes"})),
        switch(json!({"SourceNamedClipboardUID": "U-1", "SourceNamedClipboardRedundantDisplayName": "Notes"})),
        json!({"kind": "IfThenElse", "Conditions": {"ConditionList": [condition]}, "ThenActions": [give("same")]}),
    ];
    for reader in readers {
        assert_eq!(done(json!([put, reader]), &mut host).result.as_deref(), Some("same"), "{reader}");
    }
    let paste =
        json!([put, {"kind": "ClipboardSwitcherMacroAction", "Action": "Paste", "Name": "U-1", "RedundandDisplayName": "Notes"}]);
    assert_eq!(done(paste, &mut host).sinks.typed, ["n"]);
}

#[test]
fn a_password_on_a_clipboard_ends_with_its_run() {
    let mut host = host();
    host.clipboards.insert(String::new(), "before".into());
    let named = |kind: &str, more: Value| {
        let mut action = json!({"kind": kind, "TargetUseNamedClipboard": true, "TargetNamedClipboardUID": "Mine"});
        action.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        action
    };
    let report = done(
        json!([
            set("My Password", "hunter2"),
            put("<%Variable%My Password%>"),
            named("SetClipboardToText", json!({"Text": "%Variable%My Password%"})),
            give("%SystemClipboard% %NamedClipboard%mine%"),
        ]),
        &mut host,
    );
    assert_eq!(report.result.as_deref(), Some("<hunter2> hunter2"));
    assert_eq!(host.clipboards.values().collect::<Vec<_>>(), ["before"]);
    let report = done(json!([named("SetClipboardToText", json!({"Text": "n"})), give("%NamedClipboard%Mine%")]), &mut host);
    assert_eq!((report.result.as_deref(), host.clipboards["mine"].as_str()), (Some("n"), "n"));
}

#[test]
fn inserted_text_is_recorded_in_order() {
    let mut host = host();
    let insert = |how: &str, text: &str| json!({"kind": "InsertText", "Action": how, "Text": text});
    let report = done(
        json!([
            insert("ByTyping", "a%|%b %TriggerValue%"),
            {"kind": "Group", "Actions": [insert("ByPasting", "p")]},
            insert("DisplayLarge", "shown"),
            {"kind": "InsertText", "Action": "ByTyping", "Text": "%TriggerValue%", "ProcessingMode": "Nothing"},
            {"kind": "Log", "Text": "l"},
        ]),
        &mut host,
    );
    assert_eq!(report.sinks.typed, ["ab given", "p", "%TriggerValue%"]);
    assert_eq!(
        kinds(&report.sinks),
        [
            (Sink::Typed, "ab given", "actions[0]"),
            (Sink::Clipboard, "p", "actions[1].Actions[0]"),
            (Sink::Typed, "p", "actions[1].Actions[0]"),
            (Sink::Notifications, "shown", "actions[2]"),
            (Sink::Typed, "%TriggerValue%", "actions[3]"),
            (Sink::Log, "l", "actions[4]"),
        ]
    );
    assert_eq!(report.sinks.events[0].macro_uid, "A");
}

#[test]
fn what_needs_a_selection_or_a_person_is_refused() {
    let cases = [
        (json!({"kind": "CutCopyPaste", "Action": "Copy"}), "selected"),
        (json!({"kind": "InsertText", "Action": "ByTyping", "Text": "%FrontWindowName%"}), "macOS"),
        (json!({"kind": "InsertText", "Action": "ByPasting", "StyledText": {"base64": ""}}), "styles"),
        (json!({"kind": "Alert", "Text": "x"}), "person"),
        (json!({"kind": "GetURL", "URL": "https://a.example/"}), "allow"),
        (json!({"kind": "WriteFile", "Destination": "x", "Format": "PNG", "Source": "Clipboard"}), "plain text"),
    ];
    for (action, expected) in cases {
        let mut host = host();
        let error = run(&definition("A", json!([set("Before", "x"), action.clone()])), None, &mut host).expect_err("refused");
        assert!(error.to_string().contains(expected), "{action}: {error}");
        assert_eq!(host.value("Before"), None);
    }
}

#[test]
fn what_is_recorded_has_a_bound() {
    let mut host = host();
    let text = "x".repeat(200_000);
    let insert = json!({"kind": "InsertText", "Action": "ByTyping", "Text": text});
    let report = done(json!([insert, insert, insert, insert]), &mut host);
    assert_eq!(report.sinks.typed.len(), 2);
    assert_eq!(report.sinks.events.len(), 2);
    assert!(report.sinks.log[0].contains("left out"));
}

#[test]
fn fetching_needs_the_network() {
    let mut host = host();
    host.pages.insert("https://a.example/x%20y?q=1".into(), " page\n".into());
    let profile = Profile { network: true, ..Profile::default() };
    let fetch = |address: &str| {
        definition(
            "A",
            json!([set("P", "x y"), {"kind": "GetURL", "URL": address, "DisplayKind": "Variable", "Variable": "Local_p"},
            give("%Local_p%")]),
        )
    };
    let report = super::super::run(&fetch("https://a.example/%Variable%P%?q=1"), None, &profile, &mut host).expect("it is run");
    assert_eq!(report.result.as_deref(), Some("page"), "trimmed, as the action does not say otherwise");
    for (address, expected) in [("file:///etc/passwd", "only http and https"), ("nonsense", "no address")] {
        let error = super::super::run(&fetch(address), None, &profile, &mut host).expect_err("refused");
        assert!(error.to_string().contains(expected), "{error}");
    }
    // What comes out of a variable is looked at when it is known.
    host.values.insert("u".into(), ("U".into(), "file:///etc/passwd".into()));
    let report = super::super::run(&fetch("%Variable%U%"), None, &profile, &mut host).expect("it is run");
    assert!(report.failed_action.expect("it fails").message.contains("only http"));
}
