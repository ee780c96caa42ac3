//! `kmtop connect`: the entry goes in and out, and the rest of the client's file stays.

use std::{fs, os::unix::fs::PermissionsExt as _};

use kmtop::{config::Environment, install::Client};
use serde_json::{Value, json};

use super::{Account, copies, text};

fn claude_code(account: &Account) -> Value {
    serde_json::from_str(&text(account.path(".claude.json"))).unwrap()
}

#[test]
fn an_entry_goes_in_and_out_and_the_rest_stays() {
    let account = Account::new();
    let before = "{\n  \"numStartups\": 41,\n  \"projects\": {\"/x\": {\"history\": [1.50]}},\n  \"mcpServers\": {\n    \"other\": {\"command\": \"x\"}\n  },\n  \"zebra\": null\n}\n";
    let path = account.put(".claude.json", before);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let ran = account.run(&["connect", "claude-code", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.stdout.contains("+    \"kmtop\": {") && ran.stdout.contains("--- ") && ran.stdout.contains("what was there: "),
        "{ran:?}"
    );
    let entry = &claude_code(&account)["mcpServers"]["kmtop"];
    assert_eq!([&entry["type"], &entry["args"]], [&json!("stdio"), &json!(["--serve", "--stdio"])]);
    assert_eq!(entry["command"], env!("CARGO_BIN_EXE_kmtop"));
    assert_eq!(entry["env"]["KMTOP_HOME"].as_str(), account.home.path().to_str(), "the client's kmtop is in this home");
    assert!(text(&path).contains("{\"/x\": {\"history\": [1.50]}}") && copies(&path) == 1);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    let again = account.run(&["connect", "claude-code", "--yes"]);
    assert!(again.code == Some(0) && again.stdout.starts_with("nothing to do") && copies(&path) == 1, "{again:?}");
    let out = account.run(&["connect", "claude-code", "--remove", "--yes"]);
    assert_eq!(out.code, Some(0), "{out:?}");
    assert_eq!(text(&path), before);
}

#[test]
fn what_the_entry_says_is_what_a_client_can_start() {
    let account = Account::new();
    account.run(&["connect", "claude-code", "--yes"]);
    let entry = claude_code(&account)["mcpServers"]["kmtop"].clone();
    let words: Vec<&str> = entry["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    let mut command = std::process::Command::new(entry["command"].as_str().unwrap());
    command.env_clear().args(words).arg("--standalone").stdin(std::process::Stdio::null());
    let variables = entry["env"].as_object().unwrap();
    command.envs(variables.iter().map(|(name, value)| (name, value.as_str().unwrap())));
    let ran = crate::harness::Ran::of(&mut command);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "it serves until its client is gone");
}

#[test]
fn comments_of_visual_studio_code_survive() {
    let account = Account::new();
    let file = account.put(
        "mcp.json",
        "{\n\t// my servers\n\t\"servers\": {\n\t\t\"a\": {\"url\": \"http://a\"}, // keep\n\t},\n\t\"inputs\": [],\n}\n",
    );
    let file = file.to_str().unwrap();
    let ran = account.run(&["connect", "vscode", "--file", file, "--ssh", "me@mini", "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let after = text(file);
    for kept in [
        "// my servers",
        "// keep",
        "\"inputs\": [],",
        "\"ssh\"",
        "\"me@mini\", \"kmtop\", \"--serve\", \"--stdio\"",
        "\"type\": \"stdio\"",
    ] {
        assert!(after.contains(kept), "{kept}: {after}");
    }
    assert!(!after.contains("KMTOP_HOME"), "this home is not that machine's");
}

#[test]
fn without_a_yes_nothing_is_written() {
    let account = Account::new();
    let path = account.put(".cursor/mcp.json", "{}\n");
    let ran = account.run(&["connect", "cursor"]);
    assert!(ran.code == Some(2) && ran.stdout.contains("+  \"mcpServers\"") && ran.stderr.contains("--yes"), "{ran:?}");
    assert!(text(&path) == "{}\n" && copies(&path) == 0);
    let ran = account.run(&["connect", "cursor", "--print"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("\"mcpServers\"") && text(&path) == "{}\n", "{ran:?}");
}

#[test]
fn a_broken_file_is_not_touched_and_its_fault_is_named() {
    let account = Account::new();
    let broken = "{\n  \"mcpServers\": {\n    \"a\": {]\n";
    let path = account.put(".claude.json", broken);
    let ran = account.run(&["connect", "claude-code", "--yes"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains(".claude.json:3:") && ran.stderr.contains("nothing was written"), "{ran:?}");
    assert!(text(&path) == broken && copies(&path) == 0);
}

#[test]
fn prometheus_gets_a_job_with_this_homes_token() {
    let account = Account::new();
    let before = "global:\n  scrape_interval: 15s\n\nscrape_configs:\n  # the node\n  - job_name: node\n    static_configs:\n      - targets: ['a:9100']\n\nrule_files: []\n";
    let file = account.put("prometheus.yml", before);
    let named = file.to_str().unwrap();
    let ran = account.run(&["connect", "prometheus", "--file", named, "--yes"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let after = text(&file);
    let token = account.home.state("token");
    assert!(after.contains("- job_name: \"kmtop\"") && after.contains("127.0.0.1:4499"), "{after}");
    assert!(after.contains(&format!("credentials_file: \"{}\"", token.display())) && after.contains("# the node"), "{after}");
    assert!(ran.stdout.contains("must be able to read"), "{ran:?}");
    let out = account.run(&["connect", "prometheus", "--file", named, "--remove", "--yes"]);
    assert_eq!((out.code, text(&file)), (Some(0), before.to_owned()), "{out:?}");
    let shown = account.run(&["connect", "prometheus", "--print"]);
    assert!(shown.stdout.starts_with("scrape_configs:\n"), "{shown:?}");
    account.home.configure("[metrics]\nlisten = \"127.0.0.1:9464\"\n");
    let own = account.run(&["connect", "prometheus", "--print"]);
    assert!(own.stdout.contains("127.0.0.1:9464") && !own.stdout.contains("credentials"), "no token is needed there: {own:?}");
}

#[test]
fn each_client_is_looked_for_where_its_makers_put_it() {
    let of = |pairs: &[(&str, &str)]| pairs.iter().copied().collect::<Environment>();
    let plain = of(&[("HOME", "/h")]);
    let place = |client: Client, environment: &Environment, macos| client.file(environment, macos).unwrap().display().to_string();
    assert_eq!(
        Client::ALL.map(|client| place(client, &plain, true)),
        [
            "/h/Library/Application Support/Claude/claude_desktop_config.json",
            "/h/.claude.json",
            "/h/.cursor/mcp.json",
            "/h/Library/Application Support/Code/User/mcp.json",
        ]
    );
    assert_eq!(
        Client::ALL.map(|client| place(client, &plain, false)),
        [
            "/h/.config/Claude/claude_desktop_config.json",
            "/h/.claude.json",
            "/h/.cursor/mcp.json",
            "/h/.config/Code/User/mcp.json",
        ]
    );
    let moved = of(&[("HOME", "/h"), ("CLAUDE_CONFIG_DIR", "/c"), ("XDG_CONFIG_HOME", "/x")]);
    assert_eq!(place(Client::ClaudeCode, &moved, false), "/c/.claude.json");
    assert_eq!(place(Client::VsCode, &moved, false), "/x/Code/User/mcp.json");
    assert_eq!(Client::Cursor.file(&Environment::default(), false), None);
}
