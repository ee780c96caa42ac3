//! The parts of a server, looked at: by `/healthz`, `/readyz` and `health_check`.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::{Value, json};

use crate::harness::{Home, Server, http::Request, until, until_is};

const PARTS: [&str; 7] = ["engine", "pool", "library", "variables", "disk", "memory", "clock"];

/// How one part is.
fn part<'h>(health: &'h Value, name: &str) -> &'h Value {
    let checks = health["checks"].as_array().unwrap();
    checks.iter().find(|check| check["component"] == name).unwrap_or_else(|| panic!("no {name} in {health:#}"))
}

/// Waits until a part is like this.
#[track_caller]
fn part_until(home: &Home, name: &str, status: &str) -> Value {
    let health = until_is(
        &format!("{name} is {status}"),
        || home.ask("health_check", json!({})),
        |health| part(health, name)["status"] == status,
    );
    part(&health, name).clone()
}

#[test]
fn every_part_tells_how_it_is_and_how_long_looking_took() {
    let server = Server::start();
    server.home.pool_until("workers are up", |pool| pool["idle"] == 2);
    let health = server.home.ask("health_check", json!({}));
    assert_eq!(health["status"], "ok", "what scripts relied on before stays");
    assert_eq!(health["ready"], true);
    let names: Vec<&str> =
        health["checks"].as_array().unwrap().iter().map(|check| check["component"].as_str().unwrap()).collect();
    assert_eq!(names, PARTS);
    for name in PARTS {
        let check = part(&health, name);
        assert!(check["duration_ms"].as_f64().is_some_and(|took| took >= 0.0), "{check}");
        // A machine under load may be slow or full, but never so that this part would not work.
        assert_ne!(check["status"], "unhealthy", "{check}");
        assert!(check["status"] == "healthy" || check["reason"].is_string(), "{check}");
    }
}

#[test]
fn readiness_is_for_everybody_and_its_reasons_for_those_with_a_token() {
    let server = Server::start();
    server.home.pool_until("workers are up", |pool| pool["idle"] == 2);
    let open = Request::get(&server, "/healthz").without("Authorization").send();
    assert_eq!((open.status, open.body.as_str()), (200, "ok\n"));
    let request = Request::get(&server, "/readyz");
    for stranger in
        [request.clone().without("Authorization"), request.clone().set("Authorization", "Bearer wrong-wrong-wrong-wrong")]
    {
        let answer = stranger.send();
        assert_eq!((answer.status, answer.body.as_str()), (200, "ready\n"), "its status is for everybody");
    }
    let answer = request.send();
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let health = answer.json();
    assert_eq!((&health["ready"], health["checks"].as_array().unwrap().len()), (&json!(true), PARTS.len()));
}

#[test]
fn a_pool_without_workers_is_not_ready_and_says_why() {
    let home = Home::with("[backend]\nkind = \"command\"\ncommand = [\"/nonexistent/worker\"]\n");
    let server = Server::in_home(home);
    let answer = until("it gives up", || {
        let answer = Request::get(&server, "/readyz").send();
        if part(&answer.json(), "engine")["status"] == "unhealthy" { Ok(answer) } else { Err(answer.body) }
    });
    assert_eq!(answer.status, 503);
    let health = answer.json();
    assert_eq!((&health["ready"], &health["health"]), (&json!(false), &json!("unhealthy")));
    let words = part(&health, "engine")["reason"].as_str().unwrap().to_owned();
    assert!(words.contains("/nonexistent/worker"), "{words}");
    assert_eq!(part(&health, "pool")["status"], "unhealthy");
    let variables = part(&health, "variables");
    assert_eq!((&variables["status"], &variables["reason"]), (&json!("healthy"), &json!("the worker program keeps them")));
    let open = Request::get(&server, "/readyz").without("Authorization").send();
    assert_eq!((open.status, open.body.as_str()), (503, "no worker is ready\n"));
    assert_eq!(Request::get(&server, "/healthz").status(), 200, "it lives");
}

/// No check waits for a worker: both are busy for ever, and the tool answers.
#[test]
fn health_is_told_while_every_worker_is_busy() {
    let server = Server::with("[pool]\nmin = 1\nmax = 1\n");
    server.home.ask("km_run_macro", json!({ "macro": "Hung Export", "wait": false }));
    server.home.pool_until("the worker is busy", |pool| pool["busy"] == 1);
    let health = server.home.ask("health_check", json!({}));
    assert_eq!((&health["ready"], &part(&health, "pool")["status"]), (&json!(true), &json!("healthy")));
    server.home.ask("km_cancel", json!({ "all": true }));
}

#[test]
fn what_is_wrong_with_files_is_told_and_taken_back() {
    let server = Server::start();
    let home = &server.home;
    part_until(home, "library", "healthy");
    let broken = home.path().join("data/library/broken.kmmacros");
    fs::write(&broken, "no property list").unwrap();
    let check = part_until(home, "library", "degraded");
    assert_eq!(check["reason"], "1 files cannot be read; kmtop macros lint names them");
    fs::remove_file(&broken).unwrap();
    part_until(home, "library", "healthy");

    let variables = home.path().join("data/variables.sqlite");
    let aside = home.path().join("data/aside.sqlite");
    fs::rename(&variables, &aside).unwrap();
    part_until(home, "variables", "unhealthy");
    fs::rename(&aside, &variables).unwrap();
    until_is(
        "variables answer",
        || home.ask("health_check", json!({})),
        |health| part(health, "variables")["status"] != "unhealthy",
    );
}

/// Root writes wherever it likes, so the folder is taken away instead.
#[test]
fn a_state_folder_that_is_gone_is_told() {
    let server = Server::start();
    let home = &server.home;
    part_until(home, "variables", "healthy");
    let (state, aside) = (home.state(""), home.path().join("aside"));
    let socket = Request::get(&server, "/readyz");
    fs::rename(&state, &aside).unwrap();
    let health = until("the disk is found missing", || {
        let health = socket.send().json();
        if part(&health, "disk")["status"] == "unhealthy" { Ok(health) } else { Err(health.to_string()) }
    });
    let words = part(&health, "disk")["reason"].as_str().unwrap().to_owned();
    assert!(words.starts_with("the state folder cannot be written: "), "{words}");
    fs::rename(&aside, &state).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
    until_is("the disk answers", || home.ask("health_check", json!({})), |health| part(health, "disk")["status"] != "unhealthy");
}
