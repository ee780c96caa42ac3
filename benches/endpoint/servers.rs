//! The servers that are compared, each a process of its own.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A running server; killed when it is dropped.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) port: u16,
    pub(crate) token: Option<String>,
    child: Child,
    pub(crate) home: Option<tempfile::TempDir>,
}

/// One tool of FastMCP's that answers the same.
const FASTMCP: &str = r#"
import sys
from fastmcp import FastMCP
server = FastMCP("bench")
@server.tool
def health_check() -> dict:
    return {"status": "ok", "uptime_s": 12, "version": "0.1.0"}
server.run(transport="http", host="127.0.0.1", port=int(sys.argv[1]), path="/mcp", show_banner=False, log_level="error")
"#;

impl Server {
    pub(crate) fn kmtop() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_kmtop"));
        command.args(["--serve", "--listen", "127.0.0.1:0"]).env("KMTOP_HOME", home.path());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let url = lines.find_map(|line| line.strip_prefix("kmtop listening on ").map(str::to_owned)).unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        let port = url.trim_end_matches("/mcp").rsplit(':').next().unwrap().parse().unwrap();
        let token = fs::read_to_string(home.path().join("state/token")).unwrap().trim().to_owned();
        Self { name: "kmtop", port, token: Some(token), child, home: Some(home) }
    }

    pub(crate) fn bare() -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut child = command.arg("--bare").stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { name: "bare rmcp", port: line.trim().parse().unwrap(), token: None, child, home: None }
    }

    /// When there is a Python that has it.
    pub(crate) fn fastmcp() -> Option<Self> {
        let python = std::env::var_os("KMTOP_BENCH_PYTHON")?;
        // Free now, and nearly always still free a moment later.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(python);
        let child = command.args(["-c", FASTMCP, &port.to_string()]).stdin(Stdio::null()).spawn().unwrap();
        let end = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < end, "FastMCP does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(Self { name: "FastMCP", port, token: None, child, home: None })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
