//! `kmtop --serve`: the server without a console, over HTTP or on stdin and stdout.

use std::{process::ExitCode, time::Duration};

use super::{
    Failure, Setup, block_on, logging, recording,
    reload::Reload,
    signals::Signals,
    stack::{Doors, Stack},
    supervised::{self, Supervised},
};
use crate::{access::Principal, mcp, model::Transport};

/// How long the first worker may take before the server is announced without one.
const FIRST_WORKER: Duration = Duration::from_secs(3);

/// Serves HTTP and the control socket until a signal ends it.
pub(super) fn http(setup: &Setup) -> Result<ExitCode, Failure> {
    setup.home.create()?;
    let _log = logging::start(&setup.home.log_file(), &setup.settings.log.level);
    block_on(async {
        let mut signals = take_signals()?;
        let doors = Doors { allow_remote: setup.allow_remote, conformance: setup.conformance, ..Doors::default() };
        let place = recording::place(setup.home.recordings_dir(), setup.record.clone())?;
        let stack = Stack::start(&setup.home, &setup.settings, Some(doors))?;
        let reload = Reload::start(setup, &stack);
        let recorder = setup.record.as_ref().map(|_| recording::headless(stack.link(), place)).transpose()?;
        ready(&stack).await;
        say_ready(&stack);
        let _supervised = Supervised::ready(&stack);
        if setup.until_stdin_ends {
            let ended = stdin_ended()?;
            tokio::select! {
                () = signals.end_or(|| reload.now()) => {}
                _ = ended => {}
            }
        } else {
            signals.end_or(|| reload.now()).await;
        }
        drop(reload);
        say_stopping(&stack, setup.settings.pool.drain_timeout_ms / 1_000).await;
        end(stack, signals).await;
        if let Some((recorder, _requests)) = recorder {
            recording::finish(recorder).await;
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Tells when stdin has ended. The thread that reads it ends with it or with the process.
fn stdin_ended() -> Result<tokio::sync::oneshot::Receiver<()>, Failure> {
    let (sender, ended) = tokio::sync::oneshot::channel();
    let read = move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = sender.send(());
    };
    let thread = std::thread::Builder::new().name("stdin".into()).spawn(read);
    thread.map_err(|error| Failure::wrong(format!("the thread that reads stdin cannot be started: {error}")))?;
    Ok(ended)
}

#[expect(clippy::print_stderr, reason = "whoever stops the server should know why it takes a while")]
async fn say_stopping(stack: &Stack, seconds: u64) {
    let busy = stack.pool().status().await.map_or(0, |status| status.busy);
    supervised::stopping(&format!("stopping; {busy} calls run"));
    if busy > 0 {
        eprintln!("kmtop: stopping; {busy} running calls may take up to {seconds} s. A second signal ends them at once");
    }
}

/// Serves one client on stdin and stdout until it is gone, with a pool of its own.
pub(super) fn standalone(setup: &Setup) -> Result<ExitCode, Failure> {
    setup.home.create()?;
    let _log = logging::start(&setup.home.log_file(), &setup.settings.log.level);
    block_on(async {
        let mut signals = take_signals()?;
        let stack = Stack::start(&setup.home, &setup.settings, None)?;
        let toolbox = std::sync::Arc::clone(&stack.toolbox);
        let server = mcp::Server::new(toolbox, &setup.settings, Transport::Stdio, Principal::stdio(false));
        let _connected = stack.hub.connected();
        let reload = Reload::start(setup, &stack);
        tokio::select! {
            ended = mcp::stdio::serve(server) => {
                ended.map_err(|error| Failure::wrong(format!("stdin and stdout cannot be served: {error}")))?;
            }
            () = signals.end_or(|| reload.now()) => {}
        }
        drop(reload);
        end(stack, signals).await;
        Ok(ExitCode::SUCCESS)
    })
}

/// Takes the signals over.
pub(super) fn take_signals() -> Result<Signals, Failure> {
    Signals::take().map_err(|error| Failure::wrong(format!("signals cannot be taken: {error}")))
}

/// Waits until the first worker can take a job, for a while.
pub(super) async fn ready(stack: &Stack) {
    let first = async {
        while stack.pool().status().await.is_some_and(|status| status.live == 0 && status.degraded.is_none()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let _ = tokio::time::timeout(FIRST_WORKER, first).await;
    let library = stack.toolbox.context().library.clone();
    let _ = tokio::task::spawn_blocking(move || library.wait_ready(FIRST_WORKER)).await;
    stack.wait_for_list(FIRST_WORKER).await;
}

#[expect(clippy::print_stderr, reason = "scripts wait for this line on stderr")]
fn say_ready(stack: &Stack) {
    if let Some(url) = stack.url() {
        eprintln!("kmtop listening on {url}");
    }
    if let Some(connect) = &stack.hub.info().connect {
        eprintln!("add it to a client: {connect}");
    }
    for (path, reason) in &stack.toolbox.context().library.index().files_unreadable {
        eprintln!("kmtop: the macro library lacks {}: {reason}", path.display());
    }
}

/// Ends the server in good order; a second signal ends it at once.
pub(super) async fn end(stack: Stack, mut signals: Signals) {
    tokio::select! {
        () = stack.stop() => {}
        () = signals.end() => tracing::warn!("ended at once by a second signal"),
    }
}

/// Ends a server that nobody else uses: what runs is not waited for.
pub(super) async fn end_quickly(stack: Stack) {
    stack.stop_within(Duration::ZERO).await;
}
