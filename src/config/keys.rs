//! Every key there is. Checks, hints, documentation and the example file come from this table; defaults are those of `Settings::default`.

use toml::{Spanned, de::DeValue};

use super::{
    ask,
    kind::{Kind, is_origin},
    outward, own_tool, promises, simulate,
};

/// One key of the file.
#[derive(Debug)]
pub(super) struct Key {
    /// Its section; empty for the top of the file.
    pub(super) section: &'static str,
    /// Its name in the section.
    pub(super) name: &'static str,
    /// What it may hold.
    pub(super) kind: Kind,
    /// What it does.
    pub(super) about: &'static str,
}

impl Key {
    /// The key with its section.
    pub(super) fn path(&self) -> String {
        path(self.section, self.name)
    }
}

/// A key with its section.
pub(super) fn path(section: &str, name: &str) -> String {
    if section.is_empty() { name.to_owned() } else { format!("{section}.{name}") }
}

/// The sections and what they are about, in the order of the example file.
pub(super) const SECTIONS: &[(&str, &str)] = &[
    ("", ""),
    ("server", "The HTTP endpoint."),
    ("engine", "The macro engine."),
    (
        "engine.simulate",
        "The desktop that macros are told of, since there is none. What is not set is not known, and a macro that asks for it is refused.",
    ),
    ("backend", "What executes."),
    ("backend.web", "Keyboard Maestro's web server, for kind = \"web\"."),
    ("pool", "The worker pool."),
    ("limits", "Sizes, and how many at once."),
    ("mcp", "What clients are offered besides kmtop's own tools. Taken live, as [files] and [[tool]] are."),
    ("files", "The file tools. Without roots there are none."),
    ("alerts", "When a number becomes an alert: [warning, critical], or { warning = …, critical = … }."),
    ("history", "What is kept on the disk: a second each for an hour, ten seconds for a day, a minute for days."),
    ("audit", "The log of calls, audit.jsonl in the state folder: who called what, and what became of it."),
    ("console", "The console."),
    ("log", "The log file."),
    ("metrics", "An address of its own for `/metrics`, which the endpoint has in any case."),
    ("otlp", "Where traces and metrics are sent to, by OTLP over HTTP. Only in a build with the feature `otlp`."),
];

/// The key at `section` and `name`.
pub(super) fn find(section: &str, name: &str) -> Option<&'static Key> {
    every().find(|key| key.section == section && key.name == name)
}

/// Every key, those of a tool of the user's own included.
pub(super) fn every() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().chain(own_tool::KEYS)
}

const fn key(section: &'static str, name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { section, name, kind, about }
}

/// A number of things, at least one.
const fn count(most: u64, unit: &'static str) -> Kind {
    Kind::Whole { least: 1, most, unit }
}

/// A value with parts of its own.
const fn shape(fits: fn(&Spanned<DeValue<'_>>) -> bool, wanted: &'static str) -> Kind {
    Kind::Shape { fits, wanted }
}

fn is_text(value: &Spanned<DeValue<'_>>) -> bool {
    value.get_ref().is_str()
}

fn is_origin_value(value: &Spanned<DeValue<'_>>) -> bool {
    value.get_ref().as_str().is_some_and(is_origin)
}

/// A number of things, or 0.
const fn or_never(most: u64, unit: &'static str) -> Kind {
    Kind::Whole { least: 0, most, unit }
}

/// 1 ms to 1 h.
const SPAN: Kind = count(3_600_000, "ms");
const WORKERS: Kind = count(512, "workers");
const PERCENT: Kind = Kind::Levels { most: 100, unit: "percent" };
const SPAN_LEVELS: Kind = Kind::Levels { most: 3_600_000, unit: "ms" };

/// Every key, section by section.
pub(super) const KEYS: &[Key] = &[
    key(
        "",
        "allow",
        Kind::Words(&["read", "run", "write", "delete", "script", "files-write", "network", "admin"]),
        "Classes of tools that MCP clients are offered; a tool of another class is not listed. The console has every class. With network macros may fetch URLs.",
    ),
    key(
        "",
        "contract",
        shape(
            promises::are_contracts,
            "[[contract]] on a line of its own, below all sections, with `tool` and some of p50_ms, p95_ms, p99_ms (rising), success_percent (under 100) and rate_per_s",
        ),
        "What a tool is promised to do, in place of the default: times are what kmtop adds, without a macro's own work.",
    ),
    key(
        "",
        "hook",
        shape(
            promises::are_hooks,
            "[[hook]] on a line of its own, below all sections, with `on`, a list out of \"alert_firing\", \"alert_resolved\", \"change_applied\", \"change_rolled_back\", \"approval_needed\", and either `command`, a program with its arguments, or `url`, http or https",
        ),
        "What is told of alerts and changes, as JSON on stdin or as the body of a POST; 10 s at most, and each rule once in five minutes.",
    ),
    key(
        "",
        "tool",
        shape(|value| value.get_ref().is_array(), "[[tool]] on a line of its own for each tool, and its keys below it"),
        "Tools of your own, made of command lines: docs/own-tools.md.",
    ),
    key(
        "",
        "ask",
        shape(ask::are_rules, ask::WANTED),
        "Calls that wait for your yes or no, in the console or by `kmtop approve`: of a class, of a tool, of whatever runs or changes a macro.",
    ),
    key("server", "listen", Kind::Address, "Where `--serve` listens; port 0 takes a free one."),
    key("server", "auth", Kind::Word(&["token", "none"]), "What a caller must show: the token from the token file, or nothing."),
    key("server", "sessions", count(10_000, "sessions"), "Most MCP sessions at a time; the one idle the longest makes room."),
    key("server", "connections", count(10_000, "connections"), "Most connections at a time."),
    key(
        "server",
        "patience_s",
        count(3600, "s"),
        "How long a client may take for a request's head, for its body, between requests, and for reading on in an answer.",
    ),
    key(
        "server",
        "text_results",
        Kind::Switch,
        "Whether results of more than 1,000 bytes carry their structured content as text, too, for a client that gives its model only texts. Shorter ones always do. Clients of protocols before 2025-06-18 get text in any case.",
    ),
    key(
        "server",
        "cache_ms",
        Kind::Whole { least: 0, most: 60_000, unit: "ms" },
        "How long answers about variables, dictionaries and macros are kept for identical calls; 0 keeps none. A change that goes through kmtop ends them at once, and none are used while a macro runs.",
    ),
    key(
        "server",
        "read_only",
        Kind::Switch,
        "Whether MCP clients may only look, whatever `allow` and their tokens say; as with --read-only.",
    ),
    key("server", "ask_timeout_s", count(3600, "s"), "How long a call waits for your answer before it is refused."),
    key("server", "allowed_hosts", Kind::Texts, "Host names accepted besides loopback ones, for tunnels and proxies."),
    key("server", "allowed_origins", Kind::Origins, "Web origins accepted besides the server's own."),
    key(
        "engine",
        "library",
        Kind::Texts,
        "Macro files and folders to serve; `~/` is the home folder, a relative path starts at this file's folder. Empty: kmtop's own library folder.",
    ),
    key(
        "engine",
        "keyboard_maestro_files",
        Kind::Switch,
        "Whether Keyboard Maestro's own macros, statistics and log are read, where the user has any. They are never written.",
    ),
    key(
        "engine",
        "log_bytes",
        Kind::Whole { least: 1 << 16, most: 1 << 30, unit: "bytes" },
        "Largest file of the engine's log; then a new one is started.",
    ),
    key("engine", "log_files", count(100, "files"), "Files of the engine's log in all; the oldest goes."),
    key(
        "engine.simulate",
        "front_application",
        shape(
            simulate::is_application,
            "its name, like \"Notes\", or a table, like { name = \"Notes\", bundle_id = \"com.apple.Notes\", path = …, version = … }",
        ),
        "The application in front.",
    ),
    key(
        "engine.simulate",
        "running_applications",
        shape(simulate::are_applications, "a list of applications, each by its name or as a table with a name"),
        "The applications that run, from front to back.",
    ),
    key(
        "engine.simulate",
        "windows",
        shape(
            simulate::are_windows,
            "a list of windows, each by its title or as a table, like { title = \"Plan\", frame = [0, 25, 800, 600] }",
        ),
        "The windows of the application in front, from front to back. A frame is left, top, width and height, in points.",
    ),
    key(
        "engine.simulate",
        "screens",
        shape(
            simulate::are_screens,
            "a list of screens, each as its frame, like [0, 0, 1440, 900], or as a table with frame, visible, name, internal",
        ),
        "The screens, the main one first.",
    ),
    key("engine.simulate", "mouse", shape(simulate::is_point, "[x, y], or [] when that is not known"), "Where the mouse points."),
    key(
        "backend",
        "kind",
        Kind::Word(&["auto", "embedded", "osascript", "web", "command"]),
        "kmtop's own engine, Keyboard Maestro by Apple events or by its web server, or a program that speaks the worker protocol. \
         \"auto\" is \"osascript\" on a Mac with Keyboard Maestro's files in your home folder, and \"embedded\" elsewhere.",
    ),
    key("backend", "command", Kind::Texts, "Program and arguments of that worker; only with kind = \"command\"."),
    key("backend", "osascript", Kind::Text, "The program that runs scripts; for kind = \"osascript\"."),
    key(
        "backend.web",
        "address",
        shape(is_origin_value, "its scheme, host and port, like \"http://mini.local:4490\" or \"https://mini.local:4491\""),
        "Where it is.",
    ),
    key("backend.web", "user", shape(is_text, "a name in quotes"), "Who logs in, as set in Keyboard Maestro's settings."),
    key(
        "backend.web",
        "password_file",
        shape(is_text, "a path in quotes"),
        "The file with the password, which only you may read. Empty: `web-password` beside this file.",
    ),
    key(
        "backend.web",
        "pinned_key",
        shape(is_text, "\"sha256//\" and the key's hash, in quotes"),
        "The key of a server whose certificate nobody has signed, as curl's --pinnedpubkey takes it; then no other is spoken with.",
    ),
    key("pool", "min", WORKERS, "Fewest workers. A default gives way to a `max` below it."),
    key("pool", "max", WORKERS, "Most workers. A default gives way to a `min` above it."),
    key(
        "pool",
        "queue",
        count(100_000, "calls"),
        "Most calls that wait for a worker; the next one is told at once that kmtop is busy.",
    ),
    key("pool", "start_timeout_ms", SPAN, "How long a worker may take to start."),
    key("pool", "call_timeout_ms", SPAN, "How long a call may take; a macro goes on beyond it, up to its own limit."),
    key("pool", "run_timeout_ms", SPAN, "How long a macro may run; then its worker is killed."),
    key("pool", "queue_timeout_ms", SPAN, "How long a call may wait for a worker."),
    key("pool", "hung_after_ms", SPAN, "From when on a busy worker is shown as hung."),
    key("pool", "check_after_ms", SPAN, "From which idle time on a worker is asked whether it is well before it gets a call."),
    key(
        "pool",
        "worker_calls",
        or_never(1_000_000_000, "calls"),
        "After about so many calls a worker is replaced, give or take a fifth; 0 for never.",
    ),
    key("pool", "worker_age_s", or_never(31_536_000, "seconds"), "At about this age a worker is replaced; 0 for never."),
    key(
        "pool",
        "worker_memory_mb",
        or_never(1_000_000, "MB"),
        "A worker that holds this much memory is replaced, as is one that holds far more than the others; 0 for neither.",
    ),
    key(
        "pool",
        "drain_timeout_ms",
        SPAN,
        "How long running calls have to end once the server is told to; then they are stopped.",
    ),
    key("pool", "bulk_clients", Kind::Texts, "Clients, by name, whose calls wait behind all others."),
    key("pool", "bench_clients", Kind::Texts, "Clients, by name, whose calls wait behind even those: load tests."),
    key(
        "limits",
        "value_bytes",
        Kind::Whole { least: 1 << 10, most: 1 << 30, unit: "bytes" },
        "Largest variable, parameter or result.",
    ),
    key(
        "limits",
        "target",
        Kind::Counts { most: 512, unit: "macros" },
        "How many macros that use it may run at once, by name of an application, a macro or a group: for what does one thing at a time.",
    ),
    key("limits", "io_commands", or_never(512, "commands"), "How many commands that mostly wait run at once; 0 for no limit."),
    key(
        "limits",
        "cpu_commands",
        or_never(512, "commands"),
        "How many commands that keep a processor busy run at once; 0 for as many as there are processors.",
    ),
    key("limits", "mixed_commands", or_never(512, "commands"), "How many other commands run at once; 0 for no limit."),
    key("mcp", "expose_groups", Kind::Texts, "Groups whose macros are tools of their own, by name or UUID: docs/own-tools.md."),
    key(
        "files",
        "roots",
        Kind::Texts,
        "The folders that the file tools may look into and, with files-write in `allow`, write to.",
    ),
    key(
        "files",
        "file_bytes",
        Kind::Whole { least: 1 << 10, most: 1 << 30, unit: "bytes" },
        "Largest file that is read or written.",
    ),
    key(
        "files",
        "flush_ms",
        count(10_000, "ms"),
        "What was written goes to the disk together after so long; 10 is careful, 100 is quick.",
    ),
    key("files", "cache_mb", or_never(10_000, "MB"), "Memory for files under 1 MB that were read; 0 for none."),
    key("alerts", "cpu_percent", PERCENT, "Busy share of all processors."),
    key("alerts", "memory_percent", PERCENT, "Used share of main memory."),
    key("alerts", "error_percent", PERCENT, "Share of failed calls."),
    key("alerts", "queue_wait_ms", SPAN_LEVELS, "95th percentile of the wait for a worker."),
    key("alerts", "hung_worker_ms", SPAN_LEVELS, "How long a worker has been in one job."),
    key("alerts", "response_ms", SPAN_LEVELS, "95th percentile of what kmtop adds to a call."),
    key("alerts", "disk_percent", PERCENT, "Used share of the volume that holds the state folder."),
    key("history", "enabled", Kind::Switch, "Whether history is kept."),
    key("history", "days", count(3_650, "days"), "Days for which minutes are kept."),
    key(
        "history",
        "size_mb",
        Kind::Whole { least: 16, most: 1_000_000, unit: "MB" },
        "Largest size of the history file; beyond, the oldest goes, whatever its age.",
    ),
    key("audit", "enabled", Kind::Switch, "Whether it is kept."),
    key(
        "audit",
        "values",
        Kind::Switch,
        "Whether the values of arguments are written, with secrets hidden, and not only their names and a digest.",
    ),
    key(
        "audit",
        "file_bytes",
        Kind::Whole { least: 1 << 16, most: 1 << 30, unit: "bytes" },
        "Largest file; then a new one is started.",
    ),
    key("audit", "files", count(100, "files"), "Files in all; the oldest goes."),
    key(
        "console",
        "theme",
        Kind::Text,
        "Name of the theme: terminal, nord, mono, or a file in the themes folder beside the settings.",
    ),
    key(
        "console",
        "window_s",
        Kind::Whole { least: 60, most: 86_400, unit: "seconds" },
        "How far back graphs and percentiles look at first.",
    ),
    key("console", "on_hangup", Kind::Word(&["serve", "exit"]), "When the terminal goes away: go on serving, or shut down."),
    key("console", "read_only", Kind::Switch, "Whether keys that change anything are off."),
    key("console", "glyphs", Kind::Word(&["unicode", "ascii"]), "Which characters graphs and frames are drawn with."),
    key("console", "color", Kind::Word(&["auto", "always16", "indexed", "truecolor", "never"]), "How colours are written."),
    key(
        "log",
        "level",
        Kind::Word(&["off", "error", "warn", "info", "debug", "trace"]),
        "The least serious lines that go to the log file.",
    ),
    key(
        "metrics",
        "listen",
        shape(outward::is_address, "an address and a port, like \"127.0.0.1:9464\", or \"\" for none"),
        "Where metrics can be read besides the endpoint: without a token on this machine's loopback, with --allow-remote and the token elsewhere.",
    ),
    key(
        "otlp",
        "endpoint",
        shape(outward::is_collector, "scheme, host and port, like \"http://127.0.0.1:4318\", or \"\" for none"),
        "The collector; without TLS, so best one on this machine.",
    ),
    key("otlp", "traces", Kind::Switch, "Whether calls are sent as spans."),
    key("otlp", "metrics", Kind::Switch, "Whether metrics are sent."),
    key("otlp", "period_s", count(3600, "s"), "How often metrics are sent; spans go each second."),
];
