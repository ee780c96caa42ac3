//! `kmtop token`: named tokens made, listed, given another text, ended.

use std::{process::ExitCode, time::Duration};

use serde_json::json;

use super::{Failure, Setup, block_on};
use crate::{
    access::{
        Rate,
        tokens::{Secret, Stored, TokenFile, TokensError, Wanted},
    },
    cli::{self, NewToken, TokenCommand},
    config::{AccessClass, Auth},
    control,
    mcp::http::PATH,
    model::Command,
    util::clock::{millis, unix_ms},
};

pub(super) fn run(setup: &Setup, asked: TokenCommand) -> Result<ExitCode, Failure> {
    let file = TokenFile::new(setup.home.tokens_file());
    match asked {
        TokenCommand::List { json } => list(setup, &file, json)?,
        TokenCommand::Create(new) => create(setup, &file, new)?,
        TokenCommand::Rotate { name, keep } => rotate(setup, &file, &name, keep)?,
        TokenCommand::Revoke { name } => revoke(setup, &file, &name)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn wrong(error: &TokensError) -> Failure {
    Failure::wrong(error.to_string())
}

fn list(setup: &Setup, file: &TokenFile, json: bool) -> Result<(), Failure> {
    let tokens = file.read().map_err(|error| wrong(&error))?;
    let ceiling = setup.settings.offered();
    let printed = if json {
        let now = unix_ms();
        let tokens: Vec<_> = tokens.iter().map(|token| shown(token, &ceiling, now)).collect();
        cli::value(&json!({ "tokens": tokens }))
    } else {
        cli::line(&cli::token_table(&tokens, &ceiling, unix_ms()))
    };
    printed.map_err(|error| Failure::wrong(format!("stdout: {error}")))
}

/// A token as it may be seen: what it may do in the end, and nothing of its texts.
fn shown(token: &Stored, ceiling: &[AccessClass], now: u64) -> serde_json::Value {
    let Stored { name, allow, rate, concurrent, created_ms, expires_ms, .. } = token;
    let classes: Vec<AccessClass> =
        allow.as_deref().unwrap_or(ceiling).iter().copied().filter(|class| ceiling.contains(class)).collect();
    let keys: Vec<_> = token
        .keys
        .iter()
        .filter(|key| token.end_of(key).is_none_or(|end| now < end))
        .map(|key| json!({ "created_ms": key.created_ms, "until_ms": token.end_of(key) }))
        .collect();
    json!({
        "name": name, "allow": allow, "classes": classes, "rate": rate.map(|rate| rate.to_string()),
        "burst": rate.map(Rate::burst), "concurrent": concurrent, "created_ms": created_ms, "expires_ms": expires_ms,
        "valid": !keys.is_empty(), "keys": keys,
    })
}

fn create(setup: &Setup, file: &TokenFile, new: NewToken) -> Result<(), Failure> {
    setup.home.create()?;
    let rate = new.rate();
    let NewToken { name, allow, concurrent, expires, .. } = new;
    let wanted = Wanted { name, allow, rate, concurrent: Some(concurrent), valid_ms: expires.map(millis) };
    let surplus = beyond(setup, wanted.allow.as_deref());
    let (stored, secret) = Stored::make(wanted, unix_ms()).map_err(|error| wrong(&error))?;
    let name = stored.name.clone();
    let added = file.change(|tokens| {
        if tokens.iter().any(|token| token.name == stored.name) {
            return Err(TokensError::Taken(stored.name));
        }
        tokens.push(stored);
        Ok(())
    });
    added.map_err(|error| wrong(&error))?;
    hand_over(&secret)?;
    say(&format!(
        "this is token {name}; it is shown this once. A client sends it to http://{}{PATH} as:",
        setup.settings.server.listen
    ));
    say("  Authorization: Bearer TOKEN");
    if !surplus.is_empty() {
        say(&format!("the settings do not allow {}: add it to `allow` there, or the token has no use of it", surplus.join(", ")));
    }
    if setup.settings.server.auth == Auth::None {
        say("`auth = \"none\"` lets everybody on this machine in without a token");
    }
    take_over(setup)
}

/// The classes that a token wants and the settings do not allow.
fn beyond(setup: &Setup, wanted: Option<&[AccessClass]>) -> Vec<&'static str> {
    let ceiling = setup.settings.offered();
    wanted.into_iter().flatten().filter(|class| !ceiling.contains(class)).map(|class| class.word()).collect()
}

fn rotate(setup: &Setup, file: &TokenFile, name: &str, keep: Duration) -> Result<(), Failure> {
    let secret = file.change(|tokens| named(tokens, name)?.rotate(unix_ms(), millis(keep)));
    hand_over(&secret.map_err(|error| wrong(&error))?)?;
    let before =
        if keep.is_zero() { "is not valid any more".to_owned() } else { format!("stays valid for {} s", keep.as_secs()) };
    say(&format!("this is token {name} from now on; it is shown this once. The one before {before}"));
    take_over(setup)
}

fn revoke(setup: &Setup, file: &TokenFile, name: &str) -> Result<(), Failure> {
    let ended = file.change(|tokens| {
        named(tokens, name)?;
        tokens.retain(|token| token.name != name);
        Ok(())
    });
    ended.map_err(|error| wrong(&error))?;
    take_over(setup)?;
    say(&format!("token {name} is not valid any more; calls that it has under way go on to their end"));
    Ok(())
}

fn named<'a>(tokens: &'a mut [Stored], name: &str) -> Result<&'a mut Stored, TokensError> {
    tokens.iter_mut().find(|token| token.name == name).ok_or_else(|| TokensError::Missing(name.to_owned()))
}

/// Prints the token, alone, so that it can go into a file or another program.
fn hand_over(secret: &Secret) -> Result<(), Failure> {
    cli::line(secret.reveal()).map_err(|error| Failure::wrong(format!("stdout: {error}")))
}

/// Has the running server read the tokens now. Without one there is nothing to do, and a server that does not listen finds out by itself
/// within a second.
fn take_over(setup: &Setup) -> Result<(), Failure> {
    block_on(async {
        if let Ok(Err(error)) = control::command(&setup.home.socket(), Command::ReadTokens, "kmtop token").await {
            say(&format!("the running server keeps the tokens it has: {error}"));
        }
        Ok(())
    })
}

#[expect(clippy::print_stderr, reason = "stdout carries the token alone")]
fn say(words: &str) {
    eprintln!("kmtop: {words}");
}
