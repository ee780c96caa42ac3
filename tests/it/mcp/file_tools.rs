//! The file tools over HTTP.

use std::fs;

use serde_json::{Value, json};

use super::{assert_answered, tools};
use crate::harness::{Home, Server, http::Request, until};

/// A server with one root, and a secret beside that.
fn server() -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("root")).unwrap();
    fs::write(folder.path().join("secret"), "root:secret").unwrap();
    let root = folder.path().join("root").display().to_string();
    let settings = format!("allow = [\"read\", \"files-write\"]\n[files]\nroots = [{root:?}]\nfile_bytes = 100000\n");
    (Server::in_home(Home::with(&settings)), folder)
}

fn call(server: &Server, tool: &str, arguments: &Value) -> (bool, Value) {
    let result = Request::call(server, tool, arguments).send().json()["result"].clone();
    (result["isError"] == true, result["structuredContent"].clone())
}

#[test]
fn files_are_written_read_listed_and_their_schemas_kept() {
    let (server, folder) = server();
    let tools = tools(&server);
    let calls = [
        ("file_write", json!({ "path": "notes.txt", "content": "äöü\n" }), json!({ "size": 7, "created": true })),
        (
            "file_append",
            json!({ "path": "notes.txt", "content": "more", "flush": true }),
            json!({ "size": 11, "created": false }),
        ),
        ("file_read", json!({ "path": "notes.txt" }), json!({ "content": "äöü\nmore", "size": 11, "next_offset": null })),
        ("file_read", json!({ "path": "notes.txt", "length": 3 }), json!({ "content": "ä", "next_offset": 2 })),
        ("file_read", json!({ "path": "notes.txt", "offset": 7, "encoding": "base64" }), json!({ "content": "bW9yZQ==" })),
        (
            "file_write",
            json!({ "path": "a/b.bin", "content": "/wA=", "encoding": "base64", "create_folders": true }),
            json!({ "size": 2 }),
        ),
        ("file_info", json!({ "path": "a" }), json!({ "kind": "folder" })),
        ("file_list", json!({ "path": "." }), json!({ "total": 2, "next_cursor": null })),
        ("file_list", json!({ "path": ".", "limit": 1 }), json!({ "next_cursor": "a" })),
        ("file_list", json!({}), json!({ "total": 1 })),
        (
            "file_batch",
            json!({ "operations": [
                { "operation": "append", "path": "log", "content": "one" },
                { "operation": "read", "path": "../secret" },
                { "operation": "read", "path": "log" },
                { "operation": "delete", "path": "log" },
            ] }),
            json!({ "failed": 2 }),
        ),
    ];
    for (tool, arguments, expected) in calls {
        let (failed, value) = call(&server, tool, &arguments);
        assert!(!failed, "{tool} {arguments}: {value:#}");
        assert_answered(&tools, tool, &arguments, &expected, &value);
    }
    let batch = json!({ "operations": [{ "operation": "read", "path": "log" }, { "operation": "read", "path": "none" }] });
    let results = call(&server, "file_batch", &batch).1["results"].clone();
    assert_eq!([&results[0]["result"]["content"], &results[1]["result"]["error"]["code"]], ["one", "file_not_found"]);
    assert_eq!(fs::read(folder.path().join("root/a/b.bin")).unwrap(), [255, 0]);
    for (tool, arguments, code) in [
        ("file_read", json!({ "path": "a/b.bin" }), "not_text"),
        ("file_write", json!({ "path": "notes.txt", "content": "x", "overwrite": false }), "file_exists"),
        ("file_write", json!({ "path": "big", "content": "x".repeat(100_001) }), "too_long"),
        ("file_write", json!({ "path": "x", "content": "?", "encoding": "base64" }), "bad_arguments"),
        ("file_info", json!({ "path": "none" }), "file_not_found"),
        ("file_list", json!({ "path": "notes.txt" }), "wrong_kind"),
    ] {
        let (failed, value) = call(&server, tool, &arguments);
        assert!(failed && value["error"]["code"] == code, "{tool} {arguments}: {value:#}");
        assert_answered(&tools, tool, &arguments, &json!({}), &value);
    }
}

#[test]
fn nothing_outside_is_read_or_written_and_nothing_is_executed() {
    let (server, folder) = server();
    let marker = folder.path().join("marker").display().to_string();
    let secret = folder.path().join("secret").display().to_string();
    std::os::unix::fs::symlink("/", folder.path().join("root/slash")).unwrap();
    let paths = [
        "../secret".to_owned(),
        secret.clone(),
        "/etc/passwd".to_owned(),
        "slash/etc/passwd".to_owned(),
        "/proc/self/environ".to_owned(),
        "a/../../secret".to_owned(),
        format!("$(touch {marker})"),
        format!("; touch {marker}"),
        "-rf".to_owned(),
        "\u{1b}]0;x\u{7}".to_owned(),
        "a\u{0}b".to_owned(),
        "x".repeat(5_000),
    ];
    for path in &paths {
        for (tool, arguments) in [
            ("file_read", json!({ "path": path })),
            ("file_info", json!({ "path": path })),
            ("file_list", json!({ "path": path })),
            ("file_append", json!({ "path": path, "content": "x" })),
            ("file_write", json!({ "path": path, "content": "x" })),
        ] {
            let answer = Request::call(&server, tool, &arguments).send();
            assert!(!answer.body.contains("root:"), "{tool} {path:?}: {answer:?}");
            assert!(!answer.body.contains('\u{1b}'), "{tool} {path:?}: {answer:?}");
        }
    }
    assert_eq!(fs::read_to_string(secret).unwrap(), "root:secret");
    assert!(!folder.path().join("marker").exists());
}

fn cache_of_files(frame: &Value) -> &Value {
    frame["caches"].as_array().unwrap().iter().find(|cache| cache["name"] == "files").unwrap()
}

#[test]
fn what_is_read_and_cached_is_told() {
    let (server, folder) = server();
    fs::write(folder.path().join("root/cached"), "content").unwrap();
    let frame = until("a hit of the cache", || {
        assert!(!call(&server, "file_read", &json!({ "path": "cached" })).0);
        let frame = server.home.run(&["once", "--json"]).json();
        let share = cache_of_files(&frame)["hit_share"].as_f64();
        if share.is_some_and(|share| share > 0.0) { Ok(frame) } else { Err(frame["caches"].to_string()) }
    });
    let cache = cache_of_files(&frame);
    assert_eq!([&cache["entries"], &cache["bytes"]], [&json!(1), &json!(7)]);
    let io = &frame["io"];
    assert!(io["reads"].as_u64() >= Some(2) && io["bytes_read"].as_u64() >= Some(14) && io["mean_read_us"].is_number(), "{io}");
    assert_eq!([&io["writes"], &io["mean_write_us"]], [&json!(0), &Value::Null]);
}
