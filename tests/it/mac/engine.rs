//! A server whose macros run in Keyboard Maestro, by Apple events: what goes there, what is read from files, what errors become.

use std::{fs, sync::Arc};

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{node_is_missing, osascript};
use crate::harness::{Home, Server, is_whole, until_is};

const GREET: &str = "5A3B1C00-6B6D-4F70-8000-000000000001";
const HANG: &str = "5A3B1C00-6B6D-4F70-8000-000000000002";
const TWIN: &str = "5A3B1C00-6B6D-4F70-8000-000000000003";

/// A home with Keyboard Maestro's own files and a Keyboard Maestro behind them in this state.
pub(super) fn home(state: &Value, more: &str) -> Home {
    let settings = format!("[backend]\nkind = \"osascript\"\nosascript = \"{}\"\n{more}", osascript().display());
    let home = Home::with(&settings);
    let support = home.path().join("Library/Application Support/Keyboard Maestro");
    let logs = home.path().join("Library/Logs/Keyboard Maestro");
    fs::create_dir_all(&support).unwrap();
    fs::create_dir_all(&logs).unwrap();
    let one =
        |name: &str, uid: &str| json!({ "Name": name, "UID": uid, "Actions": [{ "MacroActionType": "Pause", "Time": "1" }] });
    let macros = [one("Greet", GREET), one("Hang", HANG), one("Twin", TWIN), one("Twin", "5A3B1C00-6B6D-4F70-8000-000000000004")];
    let all = json!({ "Version": "11.0", "MacroGroups": [{ "Name": "Mine", "UID": "5A3B1C00-6B6D-4F70-8000-0000000000AA", "Macros": macros }] });
    fs::write(support.join("Keyboard Maestro Macros.plist"), kmtop::macros::write::binary(&all).unwrap()).unwrap();
    let statistics = json!({ GREET: { "ExecutedCount": 73, "LastExecuted": 667_000_000.5, "TimeSaved": 12.5 } });
    fs::write(support.join("Keyboard Maestro Macro Stats.plist"), kmtop::macros::write::binary(&statistics).unwrap()).unwrap();
    let database = |name: &str, sql: &str| {
        let connection = Connection::open(support.join(name)).unwrap();
        connection.create_collation("UNOCASE", |left, right| left.to_lowercase().cmp(&right.to_lowercase())).unwrap();
        connection.execute_batch(sql).unwrap();
    };
    database(
        "Keyboard Maestro Variables.sqlite",
        "CREATE TABLE variables (name TEXT COLLATE UNOCASE, value TEXT); CREATE UNIQUE INDEX names ON variables (name);
         INSERT INTO variables VALUES ('Total', 'of the file'), ('Empty', ''), ('Gone', '%Delete%'), ('My Password', 'secret');",
    );
    database(
        "Keyboard Maestro Dictionaries.sqlite",
        "CREATE TABLE dictionaries (dictionary TEXT COLLATE UNOCASE, key TEXT COLLATE UNOCASE, value TEXT);
         INSERT INTO dictionaries VALUES ('Colors', 'red', '#f00');",
    );
    fs::write(logs.join("Engine.log"), "2025-12-19 09:10:00 Execute macro “Greet” from trigger Editor\n").unwrap();
    fs::write(home.path().join("keyboard_maestro.json"), state.to_string()).unwrap();
    home
}

/// What the stand-in was told to do, except to read.
fn log(home: &Home) -> Vec<String> {
    let state: Value = serde_json::from_str(&fs::read_to_string(home.path().join("keyboard_maestro.json")).unwrap()).unwrap();
    let log = state["log"].as_array().cloned().unwrap_or_default();
    log.iter().filter_map(|line| line.as_str().map(str::to_owned)).collect()
}

fn start(state: &Value, more: &str) -> Option<Server> {
    if node_is_missing() {
        return None;
    }
    let server = Server::in_home(Arc::new(home(state, more)));
    server.home.pool_until("all workers are up", is_whole);
    Some(server)
}

#[test]
fn a_run_passes_the_uuid_that_the_library_has_and_nothing_else() {
    let Some(server) = start(&json!({ "macros": { GREET: { "result": "Hello" } } }), "") else { return };
    let home = &server.home;
    assert_eq!(home.ask("km_engine_status", json!({}))["backend"], "osascript");
    let ran = home.ask("km_run_macro", json!({ "macro": "Greet", "parameter": "you" }));
    assert_eq!([&ran["status"], &ran["result"], &ran["macro_uid"]], ["finished", "Hello", GREET]);
    for (wanted, code) in [("Twin", "macro_ambiguous"), ("<dict></dict>", "macro_not_found"), ("greet all", "macro_not_found")] {
        let (error, _) = home.try_ask("km_run_macro", json!({ "macro": wanted })).unwrap_err();
        assert_eq!(error["error"]["code"], code, "{error}");
    }
    let dry = home.ask("km_run_macro", json!({ "macro": GREET, "dry_run": true }));
    assert!(dry["outline"].as_str().unwrap().contains("Pause"), "{dry}");
    assert_eq!(log(home), [format!(r#"doScript {GREET} {{"withParameter":"you"}}"#)]);
    // What the library has and the engine does not run.
    let (error, text) = home.try_ask("km_run_macro", json!({ "macro": TWIN })).unwrap_err();
    assert_eq!([&error["error"]["code"], &error["error"]["outcome"]], ["macro_inactive", "not-run"]);
    assert!(text.contains("must be enabled"), "{text}");
}

#[test]
fn what_only_looks_reads_keyboard_maestros_files() {
    // The engine holds something else than the file, and would say so.
    let Some(server) = start(&json!({ "variables": { "Total": "of the engine" } }), "") else { return };
    let home = &server.home;
    let done = |home: &Home| home.pool()["counters"]["served"].as_u64().unwrap();
    let before = done(home);
    assert_eq!(home.ask("km_get_variable", json!({ "name": "TOTAL" }))["value"], "of the file");
    let several = home.ask("km_get_variables", json!({ "names": ["total", "Empty", "Gone"] }));
    let values: Vec<&Value> = several["variables"].as_array().unwrap().iter().map(|variable| &variable["value"]).collect();
    assert_eq!(values, [&json!("of the file"), &json!(""), &Value::Null]);
    assert_eq!(home.ask("km_list_variables", json!({}))["names"], json!(["Empty", "Total"]));
    assert_eq!(home.ask("km_list_dictionaries", json!({}))["names"], json!(["Colors"]));
    assert_eq!(home.ask("km_get_dictionary", json!({ "name": "colors" }))["values"], json!({ "red": "#f00" }));
    assert_eq!(home.ask("km_list_macros", json!({}))["total"], 4, "Keyboard Maestro's macros and no others");
    assert_eq!(home.ask("km_search_macros", json!({ "text": "Greet" }))["matches"][0]["uid"], GREET);
    assert_eq!(home.ask("km_macro_stats", json!({ "macro": GREET }))["macros"][0]["runs"], 73);
    let entries = home.ask("km_engine_log", json!({}));
    assert!(entries["entries"][0]["message"].as_str().unwrap().contains("from trigger Editor"), "{entries}");
    assert_eq!(done(home), before, "no worker was asked");
    for name in ["My Password", "Local Total", "7up"] {
        let (error, _) = home.try_ask("km_get_variable", json!({ "name": name })).unwrap_err();
        assert_eq!(error["error"]["code"], "bad_arguments", "{name}");
    }
    // The file may lag behind a change: for a while the engine is asked, several names in one round trip.
    home.ask("km_set_variable", json!({ "name": "Other", "value": "new" }));
    assert_eq!(home.ask("km_get_variable", json!({ "name": "Other" }))["value"], "new");
    let before = done(home);
    let several = home.ask("km_get_variables", json!({ "names": ["Total", "Other", "Gone"] }));
    let values: Vec<&Value> = several["variables"].as_array().unwrap().iter().map(|variable| &variable["value"]).collect();
    assert_eq!(values, [&json!("of the engine"), &json!("new"), &Value::Null]);
    assert_eq!(done(home), before + 1);
}

#[test]
fn error_numbers_are_codes_with_remedies() {
    let Some(server) = start(&json!({}), "") else { return };
    for (number, code, outcome) in [
        (-600, "engine_not_running", "not-run"),
        (-609, "engine_gone", "unknown"),
        (-1712, "apple_event_timeout", "unknown"),
        (-1719, "invalid_index", "failed"),
        (-1728, "no_such_object", "failed"),
        (-1743, "automation_denied", "not-run"),
        (-1744, "automation_undecided", "not-run"),
        (-10004, "privilege_violation", "failed"),
        (-25211, "accessibility_denied", "failed"),
    ] {
        let state = json!({ "macros": { GREET: { "error": number } } });
        fs::write(server.home.path().join("keyboard_maestro.json"), state.to_string()).unwrap();
        let (error, text) = server.home.try_ask("km_run_macro", json!({ "macro": "Greet" })).unwrap_err();
        assert_eq!([&error["error"]["code"], &error["error"]["outcome"]], [code, outcome], "{number}");
        assert!(text.contains(&number.to_string()) && text.contains("Hint: "), "{text}");
    }
}

#[test]
fn a_run_past_its_limit_is_stopped_in_keyboard_maestro_too() {
    let state = json!({ "macros": { HANG: { "sleep_ms": 600_000 } } });
    let Some(server) = start(&state, "") else { return };
    let home = &server.home;
    let (error, _) = home.try_ask("km_run_macro", json!({ "macro": "Hang", "timeout_ms": 500 })).unwrap_err();
    assert_eq!([&error["error"]["code"], &error["error"]["outcome"]], ["timeout", "unknown"], "{error}");
    let said = until_is("the macro is stopped", || log(home), |log| log.len() == 2);
    assert!(said[1].contains("CancelSpecificMacro") && said[1].contains(HANG), "{said:?}");
}

#[test]
fn macros_of_its_own_file_are_switched_and_deleted_by_keyboard_maestro() {
    let Some(server) = start(&json!({}), "") else { return };
    let home = &server.home;
    let switched = home.ask("km_set_macro_enabled", json!({ "macro": "Greet", "enabled": false }));
    assert_eq!([&switched["uid"], &switched["enabled"]], [&json!(GREET), &json!(false)]);
    assert_eq!(home.ask("km_delete_macro", json!({ "macro": HANG }))["name"], "Hang");
    assert_eq!(log(home), [format!(r#"setMacroEnable {GREET} {{"enable":false}}"#), format!("deleteMacro {HANG}")]);
}

#[test]
fn several_variables_are_one_round_trip_in_kmtops_own_engine_too() {
    let server = Server::start();
    let home = &server.home;
    home.ask("km_set_variable", json!({ "name": "Total", "value": "5" }));
    let before = home.pool()["counters"]["served"].as_u64().unwrap();
    let several = home.ask("km_get_variables", json!({ "names": ["total", "None"] }));
    let expected = json!([{ "name": "total", "value": "5" }, { "name": "None", "value": null }]);
    assert_eq!(several["variables"], expected);
    assert_eq!(home.pool()["counters"]["served"].as_u64(), Some(before + 1));
    for names in [json!([]), json!(vec!["A"; 101]), json!(["Local A"])] {
        let (error, _) = home.try_ask("km_get_variables", json!({ "names": names })).unwrap_err();
        assert_eq!(error["error"]["code"], "bad_arguments", "{error}");
    }
}
