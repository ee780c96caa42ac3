//! What kmtop is set to do, checked and complete.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

use super::{
    ask::Ask,
    audit::Audit,
    backend::Backend,
    choice::{AccessClass, Auth, Color, Glyphs, OnHangup},
    home::Home,
    levels::Alerts,
    offered::{Files, Mcp},
    outward::{Metrics, Otlp},
    own_tool::OwnTool,
    promises::Hook,
    simulate::Simulate,
};
use crate::model::{Contract, Policy};

/// All settings. [`Settings::default`] is what holds without any file, variable or flag; the ranges are those of the key table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Classes of tools that MCP clients are offered.
    pub allow: Vec<AccessClass>,
    /// What tools are promised to do, in place of the defaults.
    pub contract: Vec<Contract>,
    /// What is told of alerts and changes.
    pub hook: Vec<Hook>,
    /// Tools of the user's own.
    pub tool: Vec<OwnTool>,
    /// What waits for the owner's yes or no.
    pub ask: Vec<Ask>,
    /// The HTTP endpoint.
    pub server: Server,
    /// The macro engine.
    pub engine: Engine,
    /// What executes.
    pub backend: Backend,
    /// The worker pool.
    pub pool: Pool,
    /// Sizes.
    pub limits: Limits,
    /// How the server steers itself.
    pub optimizer: Policy,
    /// What clients are offered besides kmtop's own tools.
    pub mcp: Mcp,
    /// The file tools.
    pub files: Files,
    /// When a number becomes an alert.
    pub alerts: Alerts,
    /// What is kept on the disk.
    pub history: History,
    /// The log of calls.
    pub audit: Audit,
    /// The console.
    pub console: Console,
    /// The log file.
    pub log: Log,
    /// Where metrics are read from besides the endpoint.
    pub metrics: Metrics,
    /// Where traces and metrics are sent to.
    pub otlp: Otlp,
}

impl Settings {
    /// The macro files and folders to serve: those that are set, or else the library folder of `home`.
    #[must_use]
    pub fn library(&self, home: &Home) -> Vec<PathBuf> {
        if self.engine.library.is_empty() { vec![home.library_dir()] } else { self.engine.library.clone() }
    }

    /// The classes that MCP clients may have at most.
    #[must_use]
    pub fn offered(&self) -> Vec<AccessClass> {
        let offered = |class: &&AccessClass| !self.server.read_only || **class == AccessClass::Read;
        self.allow.iter().filter(offered).copied().collect()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow: vec![AccessClass::Read, AccessClass::Run, AccessClass::Write],
            contract: Vec::new(),
            hook: Vec::new(),
            tool: Vec::new(),
            ask: Vec::new(),
            server: Server::default(),
            engine: Engine::default(),
            backend: Backend::default(),
            pool: Pool::default(),
            limits: Limits::default(),
            optimizer: Policy::default(),
            mcp: Mcp::default(),
            files: Files::default(),
            alerts: Alerts::default(),
            history: History::default(),
            audit: Audit::default(),
            console: Console::default(),
            log: Log::default(),
            metrics: Metrics::default(),
            otlp: Otlp::default(),
        }
    }
}

/// `[server]`: the HTTP endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What a caller must show.
    pub auth: Auth,
    /// Most MCP sessions at a time, 1 to 10,000; the one idle the longest makes room.
    pub sessions: u32,
    /// Most connections at a time, 1 to 10,000.
    pub connections: u32,
    /// How long a client may take for a request's head, for its body, between requests, and for reading on in an answer, in seconds, 1
    /// to 3,600.
    pub patience_s: u32,
    /// Whether results of more than 1,000 bytes carry their structured content as text, too, as shorter ones do.
    pub text_results: bool,
    /// How long answers about variables, dictionaries and macros are kept for identical calls, in milliseconds; 0 to 60,000, 0 for not
    /// at all.
    pub cache_ms: u64,
    /// How many of these answers are kept at most, 10 to 100,000.
    pub cache_entries: u32,
    /// Whether MCP clients get no class but `read`, whatever `allow` says.
    pub read_only: bool,
    /// How long a call waits for the owner's answer, in seconds, 1 to 3,600.
    pub ask_timeout_s: u32,
    /// Host names accepted besides loopback ones.
    pub allowed_hosts: Vec<String>,
    /// Origins accepted besides the server's own, each `http://…` or `https://…`.
    pub allowed_origins: Vec<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 4499)),
            auth: Auth::Token,
            sessions: 128,
            connections: 256,
            patience_s: 30,
            text_results: false,
            cache_ms: 1_000,
            cache_entries: 1_000,
            read_only: false,
            ask_timeout_s: 50,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
        }
    }
}

/// `[engine]`: the macro engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Engine {
    /// Macro files and folders, absolute; empty means the data folder's library (see [`Settings::library`]).
    pub library: Vec<PathBuf>,
    /// Whether Keyboard Maestro's own files are read, where there are any.
    pub keyboard_maestro_files: bool,
    /// Largest file of the engine's log, in bytes, 64 KiB to 1 GiB.
    pub log_bytes: u64,
    /// Files of the engine's log in all, 1 to 100.
    pub log_files: u32,
    /// The desktop that macros are told of.
    pub simulate: Simulate,
}

impl Default for Engine {
    fn default() -> Self {
        Self {
            library: Vec::new(),
            keyboard_maestro_files: true,
            log_bytes: 1 << 20,
            log_files: 5,
            simulate: Simulate::default(),
        }
    }
}

/// `[pool]`: the worker pool. `min` ≤ `max`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pool {
    /// Fewest workers, 1 to 512.
    pub min: u16,
    /// Most workers, 1 to 512.
    pub max: u16,
    /// Most calls that wait for a worker, 1 to 100,000.
    pub queue: u32,
    /// How long a worker may take to start, in ms.
    pub start_timeout_ms: u64,
    /// How long a call may take, in ms; a macro goes on beyond it.
    pub call_timeout_ms: u64,
    /// How long a macro may run, in ms.
    pub run_timeout_ms: u64,
    /// How long a call may wait for a worker, in ms.
    pub queue_timeout_ms: u64,
    /// From when on a busy worker counts as hung, in ms.
    pub hung_after_ms: u64,
    /// From which idle time on a worker is asked whether it is well before it gets a call, in ms.
    pub check_after_ms: u64,
    /// After about so many calls a worker is replaced; 0 for never.
    pub worker_calls: u64,
    /// At about this age a worker is replaced, in s; 0 for never.
    pub worker_age_s: u64,
    /// A worker that holds this much memory is replaced, in MB; 0 for never.
    pub worker_memory_mb: u64,
    /// How long running calls have to end once the server is told to, in ms.
    pub drain_timeout_ms: u64,
    /// Clients whose calls wait behind all others.
    pub bulk_clients: Vec<String>,
    /// Clients whose calls wait behind even those.
    pub bench_clients: Vec<String>,
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            min: 2,
            max: 15,
            queue: 256,
            start_timeout_ms: 5_000,
            call_timeout_ms: 30_000,
            run_timeout_ms: 55_000,
            queue_timeout_ms: 10_000,
            hung_after_ms: 10_000,
            check_after_ms: 30_000,
            worker_calls: 0,
            worker_age_s: 1_800,
            worker_memory_mb: 300,
            drain_timeout_ms: 10_000,
            bulk_clients: Vec::new(),
            bench_clients: Vec::new(),
        }
    }
}

/// `[limits]`: sizes, and how many at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Largest variable, parameter or result, in bytes, 1 KiB to 1 GiB.
    pub value_bytes: u64,
    /// How many macros that use this may run at once, each 1 to 512. The name is that of an application, a macro or a group.
    pub target: BTreeMap<String, u16>,
    /// How many commands of `work = "io"` run at once; 0 for no limit.
    pub io_commands: u16,
    /// How many of `work = "cpu"`; 0 for as many as there are processors.
    pub cpu_commands: u16,
    /// How many of `work = "mixed"`; 0 for no limit.
    pub mixed_commands: u16,
}

impl Default for Limits {
    fn default() -> Self {
        Self { value_bytes: 1 << 20, target: BTreeMap::new(), io_commands: 16, cpu_commands: 0, mixed_commands: 8 }
    }
}

/// `[history]`: what is kept on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct History {
    /// Whether anything is.
    pub enabled: bool,
    /// Days for which minutes are kept, 1 to 3,650; seconds are kept for an hour and tens of seconds for a day.
    pub days: u64,
    /// Largest size of the file, in MB, 16 to 1,000,000.
    pub size_mb: u64,
    /// Whether the five minutes before an alert are saved as a recording when it fires.
    pub record_alerts: bool,
}

impl Default for History {
    fn default() -> Self {
        Self { enabled: true, days: 30, size_mb: 512, record_alerts: false }
    }
}

/// `[console]`: the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Console {
    /// Name of the theme.
    pub theme: String,
    /// How far back graphs and percentiles look at first, in seconds, 60 to 86,400.
    pub window_s: u32,
    /// Name of the layout of its panes.
    pub layout: String,
    /// Whether the mouse is taken.
    pub mouse: bool,
    /// What happens when the terminal goes away.
    pub on_hangup: OnHangup,
    /// Whether keys that change anything are off.
    pub read_only: bool,
    /// Which characters graphs and frames are drawn with.
    pub glyphs: Glyphs,
    /// How colours are written.
    pub color: Color,
}

impl Default for Console {
    fn default() -> Self {
        Self {
            theme: "terminal".to_owned(),
            window_s: 300,
            layout: "standard".to_owned(),
            mouse: true,
            on_hangup: OnHangup::Serve,
            read_only: false,
            glyphs: Glyphs::Unicode,
            color: Color::Auto,
        }
    }
}

/// `[log]`: the log file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The least serious lines that are written: `off`, `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: "info".to_owned() }
    }
}
