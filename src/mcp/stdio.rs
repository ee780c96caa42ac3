//! MCP on the process's own stdin and stdout.
//!
//! On Linux pipes are read and written by the runtime itself. Elsewhere, and for anything but pipes, one thread reads and one writes: the
//! runtime's own stdin and stdout hop through a pool of threads for each line. Nothing but JSON-RPC ever goes to stdout.

use std::io::{self, Read, Write};

use rmcp::ServiceExt;
use tokio::sync::oneshot;

use super::{
    Server,
    lines::{self, Inlet, Lines, Outlet, READ_AT_ONCE},
};

/// Serves until stdin ends or the client goes away, and all answers are written.
///
/// # Errors
/// When the threads cannot be made.
pub async fn serve(server: Server) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if let Some((input, output)) = pipes() {
        // Whether anybody is left to read an answer shows when it is written.
        lines::converse(server, input, output, std::future::pending()).await;
        return Ok(());
    }
    let (transport, mut written) = open()?;
    let session = async {
        // An empty stdin, or a client that goes before it has said hello, is a normal end.
        let counted = server.clone();
        if let Ok(running) = server.serve(transport).await {
            let _session = counted.session();
            let _ = running.waiting().await;
        }
    };
    tokio::select! {
        () = session => {
            // The writer ends when nobody sends any more; until then it has answers to write.
            let _ = written.await;
        }
        // A client that no longer reads is gone, even if its end of stdin stays open.
        _ = &mut written => {}
    }
    Ok(())
}

/// Stdin and stdout for the runtime's event queue, if both are pipes. They are opened anew: whoever else holds them must not find them
/// without blocking.
#[cfg(target_os = "linux")]
fn pipes() -> Option<(tokio::net::unix::pipe::Receiver, tokio::net::unix::pipe::Sender)> {
    let open = tokio::net::unix::pipe::OpenOptions::new();
    Some((open.open_receiver("/proc/self/fd/0").ok()?, open.open_sender("/proc/self/fd/1").ok()?))
}

/// Both threads started, and what tells of the writer's end.
fn open() -> io::Result<(Lines, oneshot::Receiver<()>)> {
    let (transport, inlet, outlet) = lines::lines();
    std::thread::Builder::new().name("mcp-stdin".into()).spawn(move || {
        // The thread may outlive the server in a read that nobody can end; it holds nothing that matters then.
        read(&mut io::stdin().lock(), inlet);
    })?;
    let (ended, written) = oneshot::channel();
    std::thread::Builder::new().name("mcp-stdout".into()).spawn(move || {
        write(outlet);
        let _ = ended.send(());
    })?;
    Ok((transport, written))
}

fn read(input: &mut impl Read, mut inlet: Inlet) {
    let mut bytes = vec![0; READ_AT_ONCE];
    loop {
        match input.read(&mut bytes) {
            Ok(0) => {
                // A last line needs no end.
                inlet.push_blocking(b"\n");
                return;
            }
            Ok(read) if !inlet.push_blocking(&bytes[..read]) => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Writes lines until nobody sends any more, or the client no longer reads: a broken pipe is a normal end.
fn write(mut outlet: Outlet) {
    let mut output = io::stdout().lock();
    while let Some(line) = outlet.blocking_recv() {
        let lines = lines::gather(line, &mut outlet);
        if output.write_all(&lines).and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}
