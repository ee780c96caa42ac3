//! `kmtop connect prometheus`: the job with which Prometheus scrapes this home's server.

use std::{fs, net::SocketAddr, process::ExitCode};

use serde_json::Value;

use super::{
    Failure,
    connect::{apply, file},
    program, say,
};
use crate::{
    app::Setup,
    cli::Connect,
    config::Auth,
    install::{Change, Job, PrometheusFile, prometheus},
};

/// Shows what changes, asks, writes.
pub(super) fn connect(setup: &Setup, asked: &Connect) -> Result<ExitCode, Failure> {
    if asked.ssh.is_some() {
        let words = "--ssh is for clients that start kmtop. For Prometheus forward the port: ssh -N -L 4499:127.0.0.1:4499 HOST";
        return Err(Failure::wrong(words));
    }
    let token = asked.token_file.clone().unwrap_or_else(|| setup.home.token_file());
    let (address, wanted) = scraped(setup);
    let token_file = wanted.then(|| program::absolute(&token).into());
    let job = || {
        address.clone().map_err(Failure::wrong).map(|address| Job {
            name: asked.name.clone(),
            address,
            token_file: token_file.clone(),
        })
    };
    if asked.print {
        say(job()?.shown().trim_end())?;
        return Ok(ExitCode::SUCCESS);
    }
    let places = prometheus::places(cfg!(target_os = "macos"));
    let found = places.iter().find(|place| place.exists()).cloned();
    let Some(path) = asked.file.as_ref().map(|_| file(asked, None)).transpose()?.or(found) else {
        let places = places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(" or ");
        return Err(Failure::wrong(format!("there is no {places}; name Prometheus' file with --file, or see --print")));
    };
    let change = Change::of(&path)?.with_mode(0o644);
    let before = change.before().unwrap_or_default().to_owned();
    let yml = PrometheusFile::new(&path, &before);
    let after = if asked.remove { yml.without(&asked.name)? } else { yml.with(&job()?)? };
    let reader = if wanted && !asked.remove {
        format!(
            ". It must be able to read {token}; where it runs as a user of its own, give it a copy (sudo install -o prometheus -m 400 \
             '{token}' /etc/prometheus/kmtop.token) and name that with --token-file",
            token = token.display()
        )
    } else {
        String::new()
    };
    let afterwards = format!("restart Prometheus, or send it SIGHUP{reader}");
    apply(&change.to(after), asked, "Prometheus", &afterwards)
}

/// What is scraped, or why nobody knows, and whether a token has to be shown there. An address that metrics have for themselves goes before
/// the endpoint; on this machine it needs no token. What a running server says goes before what the settings say.
fn scraped(setup: &Setup) -> (Result<SocketAddr, String>, bool) {
    let said: Option<Value> = fs::read(setup.home.server_file()).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let running = |key: &str| {
        let address = said.as_ref()?[key].as_str()?.strip_prefix("http://")?;
        address.split('/').next()?.parse::<SocketAddr>().ok()
    };
    let of = |key: &str, listen: SocketAddr| {
        let known = running(key).or_else(|| (listen.port() != 0).then_some(listen));
        known.ok_or_else(|| {
            "the settings say port 0, and no server runs that would know which it is; set `listen` to a port".to_owned()
        })
    };
    match setup.settings.metrics.address() {
        Some(own) => (of("metrics", own), !own.ip().is_loopback()),
        None => (of("http", setup.settings.server.listen), setup.settings.server.auth == Auth::Token),
    }
}
