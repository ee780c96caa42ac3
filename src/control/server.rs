//! The server's end of the control socket.

use std::{io, path::Path, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::{
    net::{UnixListener, UnixStream, unix::OwnedReadHalf, unix::OwnedWriteHalf},
    sync::broadcast,
};
use tokio_util::{
    codec::{FramedRead, FramedWrite, LinesCodec},
    sync::CancellationToken,
};

use super::{FromServer, Host, ToServer, VERSION, carry};
use crate::{
    access::Principal,
    hub,
    link::{Ask, Backlog, Welcome},
    model::{Command, Transport},
    tools::{Caller, Toolbox},
    util::text::brief,
};

/// Longest line that is taken from a client, in bytes.
const LONGEST_LINE: usize = 4 * 1024 * 1024;
/// Longest name of who commands, in characters.
const LONGEST_NAME: usize = 40;

/// What the control socket leads to.
#[derive(Clone)]
pub struct Doors {
    /// Numbers and changes.
    pub hub: hub::Handle,
    /// Tools.
    pub toolbox: Arc<Toolbox>,
    /// Speaks MCP with those that want it.
    pub mcp: Host,
}

type Lines = FramedRead<OwnedReadHalf, LinesCodec>;
type Out = FramedWrite<OwnedWriteHalf, LinesCodec>;

/// Binds the socket, which must be in a folder of its owner's alone, and serves it until `stop` fires. A file left there by a
/// server that was killed is replaced: the caller holds the home's lock.
///
/// # Errors
/// When the socket cannot be bound.
pub fn serve(path: &Path, doors: Doors, stop: CancellationToken) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    tokio::spawn(accept(listener, doors, stop));
    Ok(())
}

async fn accept(listener: UnixListener, doors: Doors, stop: CancellationToken) {
    let own = rustix::process::geteuid().as_raw();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                // The folder's mode keeps others out already; this holds if somebody widened it.
                if stream.peer_cred().is_ok_and(|peer| peer.uid() == own || peer.uid() == 0) {
                    let (doors, stop) = (doors.clone(), stop.child_token());
                    tokio::spawn(async move {
                        tokio::select! {
                            () = converse(stream, doors) => {}
                            () = stop.cancelled() => {}
                        }
                    });
                } else {
                    tracing::warn!("a control connection of another user was refused");
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a control connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn converse(stream: UnixStream, doors: Doors) {
    let peer = stream.peer_cred().ok().and_then(|peer| peer.pid()).map(|pid| Arc::from(format!("pid {pid}")));
    let (read, write) = stream.into_split();
    let mut lines = FramedRead::new(read, LinesCodec::new_with_max_length(LONGEST_LINE));
    let mut out = FramedWrite::new(write, LinesCodec::new());
    let Some(Ok(first)) = lines.next().await else { return };
    let _connected = doors.hub.connected();
    match serde_json::from_str(&first) {
        Ok(
            ToServer::Attach { version }
            | ToServer::Call { version, .. }
            | ToServer::Frame { version }
            | ToServer::Command { version, .. }
            | ToServer::Mcp { version, .. },
        ) if version != VERSION => {
            let reason =
                format!("this server speaks control protocol {VERSION}, the client {version}; use the same kmtop for both");
            send(&mut out, &FromServer::Refused { reason }).await;
        }
        Ok(ToServer::Attach { .. }) => screen(&doors.hub, &mut lines, &mut out).await,
        Ok(ToServer::Call { tool, arguments, .. }) => {
            let caller = Caller::new("kmtop call", Transport::Control, CancellationToken::new());
            let caller = caller.with(Principal::owner(), peer);
            call(&doors.toolbox, (&tool, arguments), &caller, &mut lines, &mut out).await;
        }
        Ok(ToServer::Frame { .. }) => {
            if let Some(frame) = doors.hub.frame().await {
                send(&mut out, &FromServer::Frame(Box::new(frame))).await;
            }
        }
        Ok(ToServer::Command { command, by, .. }) => {
            let said = obeyed(&doors.hub, 0, command, &brief(&by, LONGEST_NAME)).await;
            send(&mut out, &said).await;
        }
        Ok(ToServer::Mcp { read_only, .. }) => host(&doors.mcp, lines, out, read_only).await,
        Ok(ToServer::Ask(_)) | Err(_) => {
            let reason = "the first line must attach, call, command, ask for a frame or want MCP".into();
            send(&mut out, &FromServer::Refused { reason }).await;
        }
    }
}

/// Hands the connection to whoever speaks MCP.
async fn host(mcp: &Host, lines: Lines, mut out: Out, read_only: bool) {
    if !send(&mut out, &FromServer::Speak {}).await {
        return;
    }
    let rest = lines.read_buffer().to_vec();
    let whole = lines.into_inner().reunite(out.into_inner()).map_err(io::Error::other);
    match whole.and_then(|stream| carry::carried(stream, rest, read_only)) {
        Ok(carried) => mcp(carried).await,
        Err(error) => tracing::warn!(%error, "a stream could not be carried"),
    }
}

/// Calls one tool. A client that goes away meanwhile cancels the call.
async fn call(toolbox: &Toolbox, (tool, arguments): (&str, Value), caller: &Caller, lines: &mut Lines, out: &mut Out) {
    let cancel = &caller.cancel;
    let mut answer = std::pin::pin!(toolbox.call(tool, arguments, caller));
    let answer = loop {
        tokio::select! {
            answer = &mut answer => break answer,
            line = lines.next(), if !cancel.is_cancelled() => {
                if line.is_none_or(|line| line.is_err()) {
                    cancel.cancel();
                }
            }
        }
    };
    let said = match answer.map(|answer| answer.result) {
        None => FromServer::Refused { reason: format!("there is no tool {tool}; tools: {}", names(toolbox)) },
        Some(Ok(value)) => FromServer::Answer { value, is_error: false, text: None },
        Some(Err(error)) => FromServer::Answer { value: error.structured(), is_error: true, text: Some(error.text()) },
    };
    send(out, &said).await;
}

fn names(toolbox: &Toolbox) -> String {
    toolbox.tools().iter().map(|tool| &*tool.name).collect::<Vec<_>>().join(", ")
}

/// Feeds one screen. Only this task waits for a screen that reads slowly; it is handed everything anew when it has fallen behind.
async fn screen(hub: &hub::Handle, lines: &mut Lines, out: &mut Out) {
    let Some((welcome, mut intervals)) = hub.subscribe().await else { return };
    let mut alive = send_welcome(out, welcome).await;
    while alive {
        alive = tokio::select! {
            line = lines.next() => match line {
                Some(Ok(line)) => obey(hub, &line, out).await,
                None | Some(Err(_)) => false,
            },
            interval = intervals.recv() => match interval {
                Ok(interval) => send(out, &FromServer::Interval(interval)).await,
                Err(broadcast::error::RecvError::Closed) => false,
                Err(broadcast::error::RecvError::Lagged(_)) => match hub.subscribe().await {
                    Some((welcome, fresh)) => {
                        intervals = fresh;
                        send_welcome(out, welcome).await
                    }
                    None => false,
                },
            },
        };
    }
}

async fn obey(hub: &hub::Handle, line: &str, out: &mut Out) -> bool {
    let Ok(ToServer::Ask(Ask { id, command })) = serde_json::from_str(line) else {
        return send(out, &FromServer::Refused { reason: "not a request".into() }).await;
    };
    send(out, &obeyed(hub, id, command, "console").await).await
}

/// Has a command obeyed, and says what came of it.
async fn obeyed(hub: &hub::Handle, id: u64, command: Command, by: &str) -> FromServer {
    match hub.command(command, by).await {
        Ok(reply) => FromServer::Reply { id, done: Some(reply), error: None },
        Err(error) => FromServer::Reply { id, done: None, error: Some(error) },
    }
}

/// An hour of Intervals and ten thousand calls take a while to become text: not on the server's own thread.
async fn send_welcome(out: &mut Out, welcome: Welcome) -> bool {
    let text =
        tokio::task::spawn_blocking(move || serde_json::to_string(&FromServer::Welcome(Box::new(Backlog::pack(&welcome)))));
    match text.await {
        Ok(Ok(line)) => out.send(line).await.is_ok(),
        _ => false,
    }
}

async fn send(out: &mut Out, said: &FromServer) -> bool {
    match serde_json::to_string(said) {
        Ok(line) => out.send(line).await.is_ok(),
        Err(error) => {
            tracing::error!(%error, "a control line could not be made");
            false
        }
    }
}
