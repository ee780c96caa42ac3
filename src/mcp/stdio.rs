//! MCP on the process's own stdin and stdout.
//!
//! One thread reads and one writes, on every system alike: the runtime's own stdin and stdout hop through a pool of threads for
//! each line. Nothing but JSON-RPC ever goes to stdout.

use std::{
    io::{self, BufRead, Read, Write},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
};

use rmcp::{
    RoleServer, ServiceExt,
    model::{ClientJsonRpcMessage, ServerJsonRpcMessage},
    transport::Transport,
};
use tokio::sync::{mpsc, oneshot};

use super::Server;

/// Longest line that is taken from a client, in bytes.
const LONGEST_LINE: u64 = 4 * 1024 * 1024;
/// Messages that may wait in either direction.
const WAITING: usize = 64;

/// Serves until stdin ends or the client goes away, and all answers are written.
///
/// # Errors
/// When the threads cannot be made.
pub async fn serve(server: Server) -> io::Result<()> {
    let (transport, mut written) = Stdio::open()?;
    let session = async {
        // An empty stdin, or a client that goes before it has said hello, is a normal end.
        if let Ok(running) = server.serve(transport).await {
            let _ = running.waiting().await;
        }
    };
    tokio::select! {
        () = session => {
            // The writer ends when the transport is gone; until then it has answers to write.
            let _ = written.await;
        }
        // A client that no longer reads is gone, even if its end of stdin stays open.
        _ = &mut written => {}
    }
    Ok(())
}

/// The two streams as a transport.
struct Stdio {
    incoming: mpsc::Receiver<ClientJsonRpcMessage>,
    outgoing: SyncSender<Vec<u8>>,
}

impl Stdio {
    /// Both threads started, and what tells of the writer's end.
    fn open() -> io::Result<(Self, oneshot::Receiver<()>)> {
        let (messages, incoming) = mpsc::channel(WAITING);
        let (outgoing, lines) = sync_channel::<Vec<u8>>(WAITING);
        let answers = outgoing.clone();
        std::thread::Builder::new().name("mcp-stdin".into()).spawn(move || {
            // The thread may outlive the server in a read that nobody can end; it holds nothing that matters then.
            read(&mut io::stdin().lock(), &messages, &answers);
        })?;
        let (ended, written) = oneshot::channel();
        std::thread::Builder::new().name("mcp-stdout".into()).spawn(move || {
            write(&lines);
            let _ = ended.send(());
        })?;
        Ok((Self { incoming, outgoing }, written))
    }
}

impl Transport<RoleServer> for Stdio {
    type Error = io::Error;

    fn send(&mut self, message: ServerJsonRpcMessage) -> impl Future<Output = Result<(), io::Error>> + Send + 'static {
        let outgoing = self.outgoing.clone();
        async move {
            let line = serde_json::to_vec(&message)?;
            match outgoing.try_send(line) {
                Ok(()) => Ok(()),
                // A client that does not read must not stop the others on this runtime: its own answer waits elsewhere.
                Err(std::sync::mpsc::TrySendError::Full(line)) => {
                    let sent = tokio::task::spawn_blocking(move || outgoing.send(line)).await;
                    sent.map_err(io::Error::other)?.map_err(|_| io::ErrorKind::BrokenPipe.into())
                }
                Err(std::sync::mpsc::TrySendError::Disconnected(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            }
        }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        self.incoming.recv().await
    }

    async fn close(&mut self) -> Result<(), io::Error> {
        self.incoming.close();
        Ok(())
    }
}

/// Reads lines until the end. A line that is no message is answered with a JSON-RPC error, and the next one is read.
fn read(input: &mut impl BufRead, messages: &mpsc::Sender<ClientJsonRpcMessage>, answers: &SyncSender<Vec<u8>>) {
    let mut line = Vec::new();
    loop {
        line.clear();
        match input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        if line.len() as u64 == LONGEST_LINE && !line.ends_with(b"\n") {
            if skip_line(input).is_err() || answers.send(refusal(-32600, "the line is too long")).is_err() {
                return;
            }
            continue;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let refused = match serde_json::from_slice(&line) {
            Ok(message) => messages.blocking_send(message).is_err(),
            Err(error) if error.is_data() => answers.send(refusal(-32600, "not a JSON-RPC message of MCP")).is_err(),
            Err(_) => answers.send(refusal(-32700, "not JSON")).is_err(),
        };
        if refused {
            return;
        }
    }
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

fn refusal(code: i32, message: &str) -> Vec<u8> {
    serde_json::json!({ "jsonrpc": "2.0", "id": null, "error": { "code": code, "message": message } }).to_string().into_bytes()
}

/// Writes lines until nobody sends any more, or the client no longer reads: a broken pipe is a normal end.
fn write(lines: &Receiver<Vec<u8>>) {
    let mut output = io::stdout().lock();
    while let Ok(mut line) = lines.recv() {
        line.push(b'\n');
        // What waits already goes out in the same write.
        while let Ok(more) = lines.try_recv() {
            line.extend_from_slice(&more);
            line.push(b'\n');
        }
        if output.write_all(&line).and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_lines_are_answered_and_good_ones_go_on() {
        let ping = r#"{"jsonrpc":"2.0","id":7,"method":"ping"}"#;
        let long = "x".repeat(usize::try_from(LONGEST_LINE).expect("fits") + 10);
        let input = format!("garbage\n\n{long}\n[]\n{ping}\n{ping}");
        let (messages, mut received) = mpsc::channel(8);
        let (answers, refusals) = sync_channel(8);
        read(&mut input.as_bytes(), &messages, &answers);
        drop((messages, answers));
        let refusals: Vec<String> = refusals.iter().map(|line| String::from_utf8(line).expect("text")).collect();
        assert_eq!(refusals.len(), 3, "{refusals:?}");
        assert!(refusals[0].contains("-32700") && refusals[1].contains("too long") && refusals[2].contains("-32600"));
        assert!(received.blocking_recv().is_some() && received.blocking_recv().is_some() && received.blocking_recv().is_none());
    }
}
