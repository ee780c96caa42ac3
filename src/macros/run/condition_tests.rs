//! Tests of conditions beyond variables, texts and calculations.

use serde_json::{Value, json};

use super::stage::{definition, give, host, set};
use crate::macros::{
    Profile,
    desktop::{Application, Desktop, Window},
    host::{Files, ShellEnd, ShellOutput},
    memory::{HOME, MemoryHost},
    run::{NotRun, RunReport},
};

fn decide(condition: &Value, profile: &Profile, host: &mut MemoryHost) -> Result<RunReport, NotRun> {
    let actions = json!([{"kind": "IfThenElse", "Conditions": {"ConditionList": [condition]},
        "ThenActions": [give("yes")], "ElseActions": [give("no")]}]);
    super::run(&definition("A", actions), None, profile, host)
}

fn holds(condition: &Value, profile: &Profile, host: &mut MemoryHost) -> bool {
    let report = decide(condition, profile, host).expect("it is run");
    assert_eq!(report.failed_action, None, "{condition}");
    report.result.as_deref() == Some("yes")
}

#[test]
fn clipboards_paths_and_macros_are_asked() {
    let clipboard =
        |kind: &str, text: &str| json!({"ConditionType": "Clipboard", "ClipboardConditionType": kind, "ClipboardText": text});
    let path = |kind: &str, path: &str| json!({"ConditionType": "Path", "PathConditionType": kind, "Path": path});
    let asked = |kind: &str, uid: &str| json!({"ConditionType": "Macro", "MacroConditionType": kind, "MacroUID": uid});
    let cases = [
        (clipboard("HasText", ""), true),
        (clipboard("DoesNotHaveText", ""), false),
        (clipboard("HasImage", ""), false),
        (clipboard("Is", "CLIP"), true),
        (clipboard("Contains", "x"), false),
        (path("FileExists", "~/file"), true),
        (path("FileDoesNotExists", "~/file"), false),
        (path("FolderExists", "~/file"), false),
        (path("FolderExists", "~"), true),
        (path("NothingExists", "~/none"), true),
        (path("SomethingExists", "~/%TriggerValue%file"), true),
        (asked("IsEnabled", "B"), true),
        (asked("IsEnabled", "NONE"), false),
        (asked("IsNotEnabled", "B"), false),
        (asked("IsExecuting", "A"), true),
        (asked("IsExecuting", "B"), false),
        (asked("IsNotExecuting", "C"), false),
    ];
    for (condition, expected) in cases {
        let mut host = host();
        host.clipboards.insert(String::new(), "clip".into());
        host.write_file(&std::path::Path::new(HOME).join("file"), b"x", false).expect("written");
        host.macros = vec![definition("B", json!([]))];
        host.executing = vec!["C".into()];
        assert_eq!(holds(&condition, &Profile::default(), &mut host), expected, "{condition}");
    }
}

#[test]
fn scripts_and_results_are_asked() {
    let script = |kind: &str, more: &str| {
        json!({"ConditionType": "Script", "ScriptConditionSourceType": "ShellScriptText", "ScriptText": "x",
        "ScriptConditionType": kind, "ScriptResult": more, "ScriptTerminationStatus": 3})
    };
    for (kind, more, code, expected) in [
        ("ReturnsSuccess", "", 0, true),
        ("ReturnsSuccess", "", 3, false),
        ("ReturnsError", "", 3, true),
        ("ReturnsStatus", "", 3, true),
        ("ReturnsStatus", "", 0, false),
        ("Is", "TRUE", 0, true),
        ("IsNot", "true", 0, false),
    ] {
        let mut host = host();
        host.answers.push_back(ShellOutput {
            output: "true\n".into(),
            errors: String::new(),
            end: ShellEnd::Exited(code),
            truncated: false,
        });
        assert_eq!(holds(&script(kind, more), &Profile::default(), &mut host), expected, "{kind} {code}");
    }
    let result =
        |kind: &str| json!({"ConditionType": "ActionResult", "ActionResultConditionType": kind, "ActionResultText": "division"});
    for (kind, expected) in [("IsOK", "no"), ("IsNotOK", "yes"), ("Contains", "yes")] {
        let failing = json!({"kind": "SetVariableToCalculation", "Variable": "X", "Text": "1/0", "StopOnFailure": false});
        let actions = json!([set("A", ""), failing, {"kind": "IfThenElse", "Conditions": {"ConditionList": [result(kind)]},
            "ThenActions": [give("yes")], "ElseActions": [give("no")]}]);
        let report = super::stage::done(actions, &mut host());
        assert_eq!(report.result.as_deref(), Some(expected), "{kind}");
    }
}

fn desktop() -> Profile {
    let finder = Application { name: "Finder".into(), bundle_id: Some("com.apple.finder".into()), ..Application::default() };
    let notes = Application { name: "Notes".into(), ..Application::default() };
    let window = |title: &str| Window { title: title.into(), frame: None };
    let desktop = Desktop {
        front: Some(notes.clone()),
        running: Some(vec![finder, notes]),
        windows: Some(vec![window("Draft 1"), window("List")]),
        ..Desktop::default()
    };
    Profile { desktop: Some(desktop), ..Profile::default() }
}

#[test]
fn a_pretended_desktop_decides() {
    let application = |kind: &str, name: &str, bundle: &str| {
        json!({"ConditionType": "Application", "ApplicationConditionType": kind,
        "Application": {"Name": name, "BundleIdentifier": bundle}})
    };
    let front = |kind: &str, title: &str| {
        json!({"ConditionType": "FrontWindow", "FrontWindowConditionType": kind, "FrontWindowTitle": title,
        "IsFrontApplication": true})
    };
    let other = |name: &str| {
        json!({"ConditionType": "FrontWindow", "FrontWindowConditionType": "Exists", "IsFrontApplication": false,
        "Application": {"Name": name}})
    };
    let any =
        |kind: &str, title: &str| json!({"ConditionType": "AnyWindow", "AnyWindowConditionType": kind, "AnyWindowTitle": title});
    let cases = [
        (application("Active", "Notes.app", "com.apple.Notes"), true),
        (application("Active", "Finder", "com.apple.finder"), false),
        (application("Running", "Anything", "com.apple.finder"), true),
        (application("NotRunning", "Mail", "com.apple.mail"), true),
        (front("Exists", ""), true),
        (front("TitleIs", "draft 1"), true),
        (front("TitleIsNot", "List"), true),
        (front("TitleContains", "1"), true),
        (front("TitleDoesNotContain", "Draft"), false),
        (front("ExistsButTitleIsNot", "Draft 1"), false),
        (front("TitleMatches", r"\d$"), true),
        (other("Notes"), true),
        (other("Mail"), false),
        (any("Is", "List"), true),
        (any("Matches", "^Z"), false),
    ];
    for (condition, expected) in cases {
        assert_eq!(holds(&condition, &desktop(), &mut host()), expected, "{condition}");
    }
    let windowless = Desktop { windows: Some(Vec::new()), ..desktop().desktop.expect("one") };
    let profile = Profile { desktop: Some(windowless), ..Profile::default() };
    for (kind, expected) in [("DoesNotExist", true), ("TitleIsNot", true), ("ExistsButTitleIsNot", false), ("TitleIs", false)] {
        assert_eq!(holds(&front(kind, "x"), &profile, &mut host()), expected, "{kind}");
    }
}

#[test]
fn what_is_not_known_is_refused() {
    let named = json!({"Name": "Mail"});
    let cases = [
        (
            json!({"ConditionType": "Application", "ApplicationConditionType": "Active", "Application": named}),
            "application in front; [engine.simulate]",
        ),
        (
            json!({"ConditionType": "Application", "ApplicationConditionType": "Running", "Application": named}),
            "running applications; [engine.simulate]",
        ),
        (
            json!({"ConditionType": "FrontWindow", "FrontWindowConditionType": "Exists"}),
            "windows of an application; [engine.simulate]",
        ),
        (json!({"ConditionType": "Key", "KeyCode": 36, "KeyConditionType": "Down"}), "on Key needs macOS, and [engine.simulate]"),
        (json!({"ConditionType": "Menu"}), "on Menu needs macOS"),
        (
            json!({"ConditionType": "Script", "ScriptConditionSourceType": "AppleScriptText", "ScriptText": "x"}),
            "AppleScriptText",
        ),
        (json!({"ConditionType": "Path", "PathConditionType": "IsShiny", "Path": "/x"}), "“IsShiny”"),
        (json!({"ConditionType": "Clipboard", "ClipboardConditionType": "ConformsTo"}), "needs macOS"),
        (json!({"ConditionType": "Macro", "MacroConditionType": "IsEnabled"}), "does not name"),
    ];
    for (condition, expected) in cases {
        let error = decide(&condition, &Profile::default(), &mut host()).expect_err("refused").to_string();
        assert!(error.contains(expected), "{condition}: {error}");
    }
    let full_screen = json!({"ConditionType": "FrontWindow", "FrontWindowConditionType": "IsFullScreen"});
    let error = decide(&full_screen, &desktop(), &mut host()).expect_err("refused").to_string();
    assert!(error.contains("“IsFullScreen”, which [engine.simulate] cannot pretend"), "{error}");
    let behind = json!({"ConditionType": "FrontWindow", "FrontWindowConditionType": "Exists", "IsFrontApplication": false,
        "Application": {"Name": "Finder"}});
    assert!(decide(&behind, &desktop(), &mut host()).is_err(), "only the front application's windows are known");
}
