//! `kmtop bundle`: secrets are planted wherever one could be, and none is found in it.

use std::{collections::BTreeMap, fs, io::Read as _, os::unix::fs::PermissionsExt as _};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::harness::{Home, Server, until_is};

fn unpack(path: &std::path::Path) -> BTreeMap<String, String> {
    let mut archive = tar::Archive::new(GzDecoder::new(fs::File::open(path).unwrap()));
    let entries = archive.entries().unwrap();
    entries
        .map(|entry| {
            let mut entry = entry.unwrap();
            let name = entry.path().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (name, text)
        })
        .collect()
}

#[test]
fn a_bundle_holds_what_helps_and_no_secret() {
    let planted = ["planted-value", "planted-password", "planted-worker-word", "planted-comment", "planted-host"];
    let home = Home::with(
        "# planted-comment\n[server]\nlisten = \"127.0.0.1:0\"\nallowed_hosts = [\"planted-host\"]\n[log]\nlevel = \"debug\"\n",
    );
    fs::write(home.path().join("web-password"), "planted-password\n").unwrap();
    let server = Server::in_home(home);
    let home = &server.home;
    home.ask("km_set_variable", json!({ "name": "Pin", "value": "planted-value" }));
    home.ask("km_run_macro", json!({ "macro": "Greet", "parameter": "planted-value" }));
    let counted = || home.run(&["once", "--json"]).json()["totals"]["calls"].as_u64();
    until_is("both calls are in the numbers", counted, |calls| *calls >= Some(2));
    let log = home.state("kmtop.log");
    let mut lines = fs::OpenOptions::new().append(true).open(&log).unwrap();
    let token = server.token();
    let bad = format!(
        "2026-01-01T00:00:00.000000Z  INFO kmtop::pool::worker: worker: planted-worker-word\nplanted-worker-word again\n\
         2026-01-01T00:00:01.000000Z  WARN kmtop::mcp: odd {token} and planted-value and planted-password\n"
    );
    std::io::Write::write_all(&mut lines, bad.as_bytes()).unwrap();

    let path = home.path().join("b.tar.gz");
    let ran = home.run(&["bundle", "--output", path.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let parts = unpack(&path);
    for (name, text) in &parts {
        assert!(!text.contains(&token), "{name} has the token");
        for secret in planted {
            assert!(!text.contains(secret), "{name} has {secret}:\n{text}");
        }
        // Of what macros hold, nothing: this is an action of the sample library.
        assert!(!text.contains("ExecuteShellScript"), "{name}");
        assert!(ran.stdout.contains(name.as_str()) || name == "README.txt", "{name} is in the list");
    }
    let part = |name: &str| parts.get(name).unwrap_or_else(|| panic!("{name}: {:?}", parts.keys()));
    let json = |name: &str| serde_json::from_str::<Value>(part(name)).unwrap();
    assert_eq!(json("versions.json")["kmtop"], env!("CARGO_PKG_VERSION"));
    assert!(json("doctor.json")["findings"].as_array().unwrap().len() > 5);
    assert!(json("pool.json")["workers"].is_array() && json("frame.json")["totals"]["calls"].as_u64() >= Some(2));
    assert!(part("config.toml").contains("level = \"debug\"") || part("config.toml").contains("[log]"));
    assert!(part("kmtop.log").contains("kmtop starts") && part("kmtop.log").contains("(hidden)"), "{}", part("kmtop.log"));
    assert!(json("state.json")["state"].as_array().unwrap().iter().any(|file| file["name"] == "kmtop.log"));
    assert!(part("intervals.csv").lines().next().unwrap().contains("time"), "{}", part("intervals.csv"));
}

#[test]
fn without_a_server_and_with_broken_settings_there_is_one_too() {
    let home = Home::with("[pool]\nmin = \"planted-min\"\n[planted-key");
    let path = home.path().join("b.tar.gz");
    let ran = home.run(&["bundle", "--output", path.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let parts = unpack(&path);
    assert!(parts["config.toml"].contains("not TOML") && parts["doctor.json"].contains("config.toml:3"), "{parts:?}");
    assert!(parts.values().all(|text| !text.contains("planted")), "{parts:?}");
    home.configure("[pool]\nmin = \"planted-min\"\n");
    let second = home.path().join("c.tar.gz");
    home.run(&["bundle", "--output", second.to_str().unwrap()]);
    let parts = unpack(&second);
    assert!(
        parts["doctor.json"].contains("config.toml:2:7") && parts.values().all(|text| !text.contains("planted")),
        "{parts:?}"
    );
    let again = home.run(&["bundle", "--output", path.to_str().unwrap()]);
    assert_eq!(again.code, Some(2), "nothing is written over: {again:?}");
}
