//! The tools of the library: what they find, change, bring in, and what they record of runs.

use serde_json::{Value, json};

use crate::harness::{Home, Server, http::Request, until};

/// The answer to a call over HTTP; its error when it has one.
fn call(server: &Server, tool: &str, arguments: &Value) -> Result<Value, Value> {
    let result = Request::call(server, tool, arguments).send().json()["result"].clone();
    let value = result["structuredContent"].clone();
    if result["isError"] == true { Err(value["error"].clone()) } else { Ok(value) }
}

fn library(name: &str, uid: &str, action: &str) -> String {
    format!(
        "<plist version=\"1.0\"><array><dict><key>Name</key><string>New</string><key>UID</key><string>G-NEW</string><key>Macros</key>\
        <array><dict><key>Name</key><string>{name}</string><key>UID</key><string>{uid}</string><key>Actions</key><array><dict>{action}\
        </dict></array></dict></array></dict></array></plist>"
    )
}

fn give(text: &str) -> String {
    format!("<key>MacroActionType</key><string>Return</string><key>Text</key><string>{text}</string>")
}

const SCRIPT: &str = "<key>MacroActionType</key><string>ExecuteShellScript</string><key>Text</key><string>id</string>";

#[test]
fn macros_are_brought_in_switched_taken_out_and_deleted() {
    let server = Server::with("allow = [\"read\", \"run\", \"write\", \"delete\"]\n");
    let text = library("Fresh", "F-1", &give("one"));
    let imported = call(&server, "km_import_macros", &json!({ "xml": text })).unwrap();
    assert_eq!([&imported["added"], &imported["skipped"]], [&json!(["F-1"]), &json!([])]);
    assert_eq!(call(&server, "km_run_macro", &json!({ "macro": "Fresh" })).unwrap()["result"], "one");
    let again = library("Fresh", "F-1", &give("two"));
    assert_eq!(call(&server, "km_import_macros", &json!({ "xml": again })).unwrap()["skipped"], json!(["F-1"]));
    let replaced = call(&server, "km_import_macros", &json!({ "xml": again, "conflict": "replace" })).unwrap();
    assert_eq!(replaced["replaced"], json!(["F-1"]));
    assert_eq!(call(&server, "km_run_macro", &json!({ "macro": "F-1" })).unwrap()["result"], "two");

    let switched = call(&server, "km_set_macro_enabled", &json!({ "macro": "Fresh", "enabled": false })).unwrap();
    assert_eq!([&switched["enabled"], &switched["changed"]], [&json!(false), &json!(true)]);
    assert_eq!(call(&server, "km_run_macro", &json!({ "macro": "Fresh" })).unwrap_err()["code"], "macro_disabled");

    let exported = call(&server, "km_export_macros", &json!({ "group": "New" })).unwrap();
    assert_eq!(exported["macros"], json!(["F-1"]));
    assert_eq!(call(&server, "km_delete_macro", &json!({ "macro": "Fresh" })).unwrap()["uid"], "F-1");
    assert_eq!(call(&server, "km_get_macro", &json!({ "macro": "Fresh" })).unwrap_err()["code"], "macro_not_found");
    let back = call(&server, "km_import_macros", &json!({ "xml": exported["xml"] })).unwrap();
    assert_eq!(back["added"], json!(["F-1"]));
    let macros = call(&server, "km_list_macros", &json!({ "group": "New" })).unwrap();
    assert_eq!(macros["macros"][0]["enabled"], false, "what was taken out comes back as it was: {macros}");
}

#[test]
fn code_is_brought_in_by_those_alone_who_may() {
    let server = Server::start();
    let text = library("Harm", "H-1", SCRIPT);
    let error = call(&server, "km_import_macros", &json!({ "xml": text })).unwrap_err();
    assert_eq!([&error["code"], &error["outcome"]], [&json!("needs_script"), &json!("not-run")]);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("“Harm” actions[0] ExecuteShellScript runs code"), "{message}");
    assert_eq!(call(&server, "km_get_macro", &json!({ "macro": "Harm" })).unwrap_err()["code"], "macro_not_found");
    assert_eq!(server.home.ask("km_import_macros", json!({ "xml": text }))["added"], json!(["H-1"]), "the owner may");
    let trusting = Server::with("allow = [\"read\", \"write\", \"script\"]\n");
    assert_eq!(call(&trusting, "km_import_macros", &json!({ "xml": text })).unwrap()["added"], json!(["H-1"]));
    let error = call(&trusting, "km_import_macros", &json!({ "xml": "<plist><string>no" })).unwrap_err();
    assert_eq!(error["code"], "bad_arguments");
}

#[test]
fn runs_are_counted_and_logged_each_once() {
    let server = Server::start();
    for _ in 0..2 {
        call(&server, "km_run_macro", &json!({ "macro": "Greet", "parameter": "Ann" })).unwrap();
    }
    call(&server, "km_run_macro", &json!({ "macro": "Greet", "dry_run": true })).unwrap();
    call(&server, "km_run_macro", &json!({ "macro": "Visit Counter", "wait": false })).unwrap();
    call(&server, "km_run_macro", &json!({ "macro": "Flaky Upload" })).unwrap_err();
    call(&server, "km_run_macro", &json!({ "macro": "Type Signature", "dry_run": true })).ok();
    call(&server, "km_run_macro", &json!({ "macro": "Hung Export", "timeout_ms": 100 })).unwrap_err();
    let runs = until("the run that nobody waited for", || {
        let stats = call(&server, "km_macro_stats", &json!({})).unwrap();
        let runs: Vec<(String, u64)> = stats["macros"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (row["name"].as_str().unwrap().to_owned(), row["runs"].as_u64().unwrap()))
            .collect();
        if runs.len() == 4 { Ok(runs) } else { Err(format!("{runs:?}")) }
    });
    assert_eq!(runs[0], ("Greet".to_owned(), 2), "the most frequent first, and a dry run is no run: {runs:?}");
    assert!(runs[1..].iter().all(|(_, count)| *count == 1), "{runs:?}");

    let log = call(&server, "km_engine_log", &json!({ "macro": "Greet" })).unwrap();
    assert_eq!(log["entries"].as_array().unwrap().len(), 2, "{log:#}");
    assert!(log["entries"][0]["message"].as_str().unwrap().starts_with("Execute macro \"Greet\" from trigger km_run_macro of "));
    let errors = call(&server, "km_engine_log", &json!({ "errors_only": true, "oldest_first": true })).unwrap();
    let errors: Vec<&str> =
        errors["entries"].as_array().unwrap().iter().map(|entry| entry["message"].as_str().unwrap()).collect();
    assert_eq!(errors.len(), 2, "{errors:#?}");
    assert!(errors[0].contains("of macro \"Flaky Upload\" failed: "), "{errors:#?}");
    assert!(errors[1].starts_with("Macro \"Hung Export\" cancelled because of its timeout"), "{errors:#?}");
}

#[test]
fn the_log_is_read_page_by_page_without_repeating_or_losing_an_entry() {
    let home = Home::new();
    // Seconds of one, two and three entries, so that pages of two begin and end within a second and between two.
    let seconds = ["00", "01", "01", "02", "02", "02", "03", "04", "04"];
    let lines = seconds.iter().enumerate();
    let lines: Vec<String> = lines.map(|(number, second)| format!("2026-03-01 09:00:{second} entry {number}\n")).collect();
    std::fs::create_dir_all(home.state("")).unwrap();
    std::fs::write(home.state("Engine.log"), lines.concat()).unwrap();
    let server = Server::in_home(home);
    for oldest_first in [false, true] {
        let all = call(&server, "km_engine_log", &json!({ "oldest_first": oldest_first })).unwrap();
        assert_eq!(all["entries"].as_array().unwrap().len(), seconds.len());
        let (mut paged, mut cursor) = (Vec::new(), Value::Null);
        for _ in &seconds {
            let mut arguments = json!({ "limit": 2, "oldest_first": oldest_first });
            if cursor.is_string() {
                arguments["cursor"] = cursor.clone();
            }
            let page = call(&server, "km_engine_log", &arguments).unwrap();
            paged.extend(page["entries"].as_array().unwrap().clone());
            cursor = page["next_cursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!(json!(paged), all["entries"]);
    }
}

#[test]
fn pages_of_macros_hold_when_the_library_changes_between_them() {
    let server = Server::with("allow = [\"read\", \"write\", \"delete\"]\n");
    let uids = |page: &Value| -> Vec<String> {
        page["macros"].as_array().unwrap().iter().map(|row| row["uid"].as_str().unwrap().to_owned()).collect()
    };
    let all = uids(&call(&server, "km_list_macros", &json!({})).unwrap());
    let first = call(&server, "km_list_macros", &json!({ "limit": 3 })).unwrap();
    call(&server, "km_delete_macro", &json!({ "macro": all[0] })).unwrap();
    let next = call(&server, "km_list_macros", &json!({ "limit": 3, "cursor": first["next_cursor"] })).unwrap();
    assert_eq!(uids(&next), all[3..6], "the macro after the last one seen");
}

#[test]
fn what_is_odd_in_the_library_is_told() {
    let home = Home::new();
    let folder = home.path().join("data/library");
    std::fs::write(folder.join("z.kmmacros"), library("Greet", "5a3b1c00-6b6d-4f70-8000-000000000001", &give("x"))).unwrap();
    std::fs::write(folder.join("y.kmmacros"), library("Greet", "Y-1", &give("x"))).unwrap();
    std::fs::write(folder.join("x.kmmacros"), "<plist><array>").unwrap();
    let server = Server::in_home(home);
    let status = call(&server, "km_engine_status", &json!({})).unwrap();
    assert_eq!(status["duplicates"][0]["file"], "z.kmmacros", "{status:#}");
    assert_eq!(status["duplicate_names"][0]["name"], "Greet", "{status:#}");
    assert_eq!(status["unreadable"][0]["file"], "x.kmmacros", "{status:#}");
}

/// Big answers come in pages: names of variables and dictionaries, a dictionary's keys, a macro's actions.
#[test]
fn lists_by_name_come_in_pages() {
    let server = Server::start();
    let names = ["alpha", "Beta", "gamma", "delta", "Epsilon"];
    for name in names {
        server.home.ask("km_set_variable", json!({ "name": name, "value": "1" }));
        server.home.ask("km_set_dictionary", json!({ "name": "Words", "key": name, "value": "1" }));
        server.home.ask("km_set_dictionary", json!({ "name": name, "key": "k", "value": "1" }));
    }
    let all = |tool: &str, more: &Value, member: &str| {
        let (mut seen, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let mut arguments = json!({ "limit": 2, "cursor": cursor });
            arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let page = call(&server, tool, &arguments).unwrap();
            let found: Vec<String> = match &page[member] {
                Value::Object(values) => values.keys().cloned().collect(),
                names => names.as_array().unwrap().iter().map(|name| name.as_str().unwrap_or_default().to_owned()).collect(),
            };
            assert!(found.len() <= 2, "{tool}: {page}");
            seen.extend(found);
            cursor = page["next_cursor"].clone();
            if cursor.is_null() {
                return seen;
            }
        }
    };
    let sorted = ["alpha", "Beta", "delta", "Epsilon", "gamma"];
    assert_eq!(all("km_list_variables", &json!({}), "names"), sorted);
    let mut dictionaries = all("km_list_dictionaries", &json!({}), "names");
    assert_eq!(dictionaries.pop().as_deref(), Some("Words"));
    assert_eq!(dictionaries, sorted);
    let mut keys = all("km_get_dictionary", &json!({ "name": "Words" }), "values");
    keys.sort_by_key(|key| key.to_lowercase());
    assert_eq!(keys, sorted);
    let whole = call(&server, "km_lint_macro", &json!({ "macro": "Slow Report" })).unwrap();
    let actions = whole["actions"].as_array().unwrap().len();
    assert!(actions >= 2 && whole["next_cursor"].is_null(), "{whole}");
    let name = whole["name"].clone();
    let pages = (0..actions)
        .map(|at| call(&server, "km_lint_macro", &json!({ "macro": name, "limit": 1, "cursor": at.to_string() })).unwrap());
    let pages: Vec<Value> = pages.map(|page| page["actions"][0].clone()).collect();
    assert_eq!(json!(pages), whole["actions"]);
    for tool in ["km_list_variables", "km_list_dictionaries"] {
        assert!(call(&server, tool, &json!({ "limit": 0 })).is_err() && call(&server, tool, &json!({ "limit": 5001 })).is_err());
    }
    assert!(call(&server, "km_lint_macro", &json!({ "macro": name, "cursor": "x" })).is_err());
}

/// Every list that may be long comes in pages, which together hold what one long page does.
#[test]
fn searches_and_statistics_come_in_pages() {
    let server = Server::start();
    for name in ["Greet", "Word Count", "Greet", "Backup Check"] {
        let _ = call(&server, "km_run_macro", &json!({ "macro": name }));
    }
    for (tool, arguments, rows) in
        [("km_search_macros", json!({ "text": "e" }), "matches"), ("km_macro_stats", json!({ "sort": "last_run" }), "macros")]
    {
        let with = |limit: u32, cursor: &Value| {
            let mut asked = arguments.clone();
            (asked["limit"], asked["cursor"]) = (json!(limit), cursor.clone());
            call(&server, tool, &asked)
        };
        let whole = with(500, &Value::Null).unwrap();
        assert_eq!(whole["next_cursor"], Value::Null, "{whole:#}");
        let (mut all, mut cursor, mut pages) = (Vec::new(), Value::Null, 0);
        loop {
            let page = with(2, &cursor).unwrap();
            all.extend(page[rows].as_array().expect("rows").iter().cloned());
            cursor = page["next_cursor"].clone();
            pages += 1;
            if cursor.is_null() {
                break;
            }
        }
        assert!(pages > 1 && json!(all) == whole[rows], "{tool}: {pages} pages of {all:#?}");
        assert_eq!(with(2, &json!("x")).unwrap_err()["code"], "bad_arguments");
    }
}
