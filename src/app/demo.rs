//! `kmtop demo`: server, console and clients on the sample library, in a temporary home.
//!
//! The clients are real MCP clients over real HTTP, on a runtime of their own. They ask for more than two workers can do, so that
//! a newcomer sees calls wait, and sees the wait shrink when the pool grows.

use std::{fs, path::PathBuf, process::ExitCode, time::Duration};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    Failure, block_on, console, logging, recording, serve,
    stack::{Doors, Stack},
};
use crate::{
    client::Client,
    config::{Home, OnHangup, Overrides, Settings},
};

/// The sample library.
const SAMPLE: &str = include_str!("../../assets/sample.kmmacros");

/// Makes the tool and arguments of a client's call from its turn.
type Line = fn(u64) -> (&'static str, Value);

/// One of the demo's clients: its name, the pause between its calls, and what it calls in turn.
struct Part {
    name: &'static str,
    pause: Duration,
    calls: &'static [Line],
}

fn run_macro(name: &str) -> (&'static str, Value) {
    ("km_run_macro", json!({ "macro": name, "parameter": "demo" }))
}

/// Who calls what. The four reporters alone keep about three workers busy, and the exporter one more.
const CAST: &[Part] = &[
    Part { name: "reporter-1", pause: Duration::from_millis(120), calls: &[|_| run_macro("Slow Report")] },
    Part {
        name: "reporter-2",
        pause: Duration::from_millis(150),
        calls: &[|_| run_macro("Slow Report"), |_| run_macro("Word Count")],
    },
    Part {
        name: "reporter-3",
        pause: Duration::from_millis(180),
        calls: &[|_| run_macro("Slow Report"), |_| run_macro("Greet")],
    },
    Part {
        name: "reporter-4",
        pause: Duration::from_millis(100),
        calls: &[|_| run_macro("Slow Report"), |_| run_macro("Invoice Total")],
    },
    Part { name: "uploader", pause: Duration::from_millis(900), calls: &[|_| run_macro("Flaky Upload")] },
    Part {
        name: "notebook",
        pause: Duration::from_millis(200),
        calls: &[
            |turn| ("km_set_variable", json!({ "name": "Demo Counter", "value": turn.to_string() })),
            |_| ("km_get_variable", json!({ "name": "Demo Counter" })),
            |_| ("km_calculate", json!({ "expression": "ROUND(Demo Counter * 1.19)" })),
            |_| ("km_process_tokens", json!({ "text": "%ICUDateTime%HH:mm:ss% %Variable%Demo Counter%" })),
            |_| ("health_check", json!({})),
            |_| ("km_list_macros", json!({ "limit": 20 })),
        ],
    },
    Part {
        name: "exporter",
        pause: Duration::from_secs(15),
        calls: &[|_| ("km_run_macro", json!({ "macro": "Hung Export", "timeout_ms": 14_000 }))],
    },
];

/// Runs until the console ends; the home is removed.
pub(super) fn run(overrides: &Overrides, record: Option<PathBuf>, plain: bool) -> Result<ExitCode, Failure> {
    // The demo's home goes with it; what is recorded stays.
    let place = recording::place(std::env::temp_dir().join("kmtop-recordings"), record)?;
    let folder = tempfile::Builder::new().prefix("kmtop-demo-").tempdir();
    let folder = folder.map_err(|error| Failure::wrong(format!("no temporary folder can be made: {error}")))?;
    let home = home(&folder);
    home.create()?;
    let library = home.library_dir().join("sample.kmmacros");
    fs::write(&library, SAMPLE).map_err(|error| Failure::wrong(format!("{}: {error}", library.display())))?;
    let _log = logging::start(&home.log_file(), "info");
    let settings = settings(overrides);
    block_on(async {
        let mut signals = serve::take_signals()?;
        let stack = Stack::start(&home, &settings, Some(Doors { demo: true, ..Doors::default() }))?;
        serve::ready(&stack).await;
        let stop = CancellationToken::new();
        let clients = act(&stack, stop.clone())?;
        let ended = console::recorded_screen(
            console::of_settings(&settings, None, plain, true),
            stack.link(),
            place,
            &mut signals,
            OnHangup::Exit,
        )
        .await;
        stop.cancel();
        serve::end_quickly(stack).await;
        let _ = tokio::task::spawn_blocking(move || clients.join()).await;
        ended
    })
}

fn home(folder: &tempfile::TempDir) -> Home {
    let root = folder.path();
    Home {
        config_file: root.join("config.toml"),
        config_named: false,
        state_dir: root.join("state"),
        data_dir: root.join("data"),
        user_dir: None,
    }
}

fn settings(overrides: &Overrides) -> Settings {
    let mut settings = Settings::default();
    settings.server.listen = overrides.listen.unwrap_or(([127, 0, 0, 1], 0).into());
    settings.pool.min = overrides.pool_min.unwrap_or(2);
    settings.pool.max = overrides.pool_max.unwrap_or(12).max(settings.pool.min);
    settings.pool.hung_after_ms = 5_000;
    settings.alerts.hung_worker_ms = crate::config::Levels::new(5_000.0, 10_000.0);
    settings.console.window_s = overrides.window_s.unwrap_or(60);
    if let Some(theme) = &overrides.theme {
        settings.console.theme.clone_from(theme);
    }
    settings.console.read_only = overrides.read_only.unwrap_or(false);
    settings
}

/// Sends the clients off, on a thread and runtime of their own: what they cost must not slow what they measure.
fn act(stack: &Stack, stop: CancellationToken) -> Result<std::thread::JoinHandle<()>, Failure> {
    let failed = |error: std::io::Error| Failure::wrong(format!("the demo's clients cannot be started: {error}"));
    let url = stack.url().unwrap_or_default();
    let token = stack.token.as_ref().map(|token| token.reveal().to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let thread = std::thread::Builder::new().name("demo-clients".into());
    let play = move || {
        runtime.block_on(async {
            for part in CAST {
                tokio::spawn(play(part, url.clone(), token.clone()));
            }
            stop.cancelled().await;
        });
        runtime.shutdown_timeout(Duration::from_millis(500));
    };
    thread.spawn(play).map_err(failed)
}

/// One client's life: it connects, calls in turn, and connects anew when the connection breaks.
async fn play(part: &Part, url: String, token: Option<String>) {
    loop {
        match Client::connect(&url, token.as_deref(), part.name).await {
            Ok(client) => call_in_turn(part, &client).await,
            Err(error) => tracing::warn!(client = part.name, %error, "the demo's client is not connected"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn call_in_turn(part: &Part, client: &Client) {
    for turn in 0.. {
        for call in part.calls {
            let (tool, arguments) = call(turn);
            if let Err(error) = client.call(tool, arguments).await {
                tracing::warn!(client = part.name, %error, "the demo's call broke");
                return;
            }
            tokio::time::sleep(part.pause).await;
        }
    }
}
