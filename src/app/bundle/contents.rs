//! What goes into a bundle.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{Part, redact::Redactor};
use crate::{
    app::{Failure, block_on, doctor, engine::Engine},
    backend::embedded::Variables,
    cli::Arguments,
    config::{self, Environment, Home, Settings},
    control,
    export::{Format, Sheet, Table},
    history::Reader,
    model::{Frame, ServerInfo},
    sample,
    util::clock::unix_ms,
};

/// Lines of the log.
const LINES: usize = 500;
/// How much of the history, in milliseconds: what people tell of happened just now.
const SPAN_MS: u64 = 15 * 60 * 1_000;
/// How far up a log is read, in bytes.
const TAIL: usize = 1 << 20;

/// Everything, with secrets hidden.
pub(super) fn gather(arguments: &Arguments) -> Result<Vec<Part>, Failure> {
    let environment = Environment::of_process();
    let home = Home::resolve(&environment, arguments.config.as_deref())?;
    let settings = config::load(&home, &environment, &arguments.overrides()).unwrap_or_default();
    let engine = Engine::of(&home, &settings);
    let redactor = Redactor::new(secrets(&home, &settings, &engine), environment.home_dir().as_deref());
    let frame = block_on(async { Ok(control::frame(&home.socket()).await.ok()) })?;
    let serving = frame.is_some();
    let frame = frame.unwrap_or_else(|| machine(&home));
    let versions = json!({
        "kmtop": env!("CARGO_PKG_VERSION"),
        "server": serving.then_some(&frame.version),
        "system": sample::system(),
        "processor": std::env::consts::ARCH,
        "backend": engine.kind.word(),
    });
    let examination = doctor::examine(arguments)?;
    let json = |mut value: Value| {
        redactor.value(&mut value);
        format!("{value:#}\n")
    };
    let known = |value: Result<Value, serde_json::Error>| json(value.unwrap_or_default());
    let part = |name, about, text| Part { name, about, text };
    Ok(vec![
        part("versions.json", "of kmtop, of the server that runs, of the system", json(versions)),
        part("doctor.json", "what kmtop doctor --json says", known(serde_json::to_value(&examination).map(without_quotes))),
        part("config.toml", "the settings; texts are hidden", settings_file(&home.config_file)),
        part(
            "kmtop.log",
            "the last 500 lines of the log, without what workers said",
            redactor.log(&tail(&home.log_file()), LINES),
        ),
        part("state.json", "the files of this home: names and sizes", json(files(&home))),
        part("pool.json", "the pool of the server that runs", known(serde_json::to_value(&frame.pool))),
        part("frame.json", "what kmtop once --json says", known(serde_json::to_value(&frame))),
        part("intervals.csv", "the numbers of the last 15 minutes", history(&home, Table::Intervals)),
        part("tools.csv", "the same by tool", history(&home, Table::Tools)),
    ])
}

/// What is wrong with settings repeats them: only the places stay.
fn without_quotes(mut examination: Value) -> Value {
    for finding in examination["findings"].as_array_mut().into_iter().flatten() {
        if finding["check"] == "config" && finding["status"] == "fault" {
            let places = finding["found"].as_str().unwrap_or_default().lines().filter_map(|line| line.split(": ").next());
            let places = places.collect::<Vec<_>>().join("\n");
            finding["found"] = Value::String(places);
        }
    }
    examination
}

fn machine(home: &Home) -> Frame {
    let info = ServerInfo { version: env!("CARGO_PKG_VERSION").to_owned(), host: sample::host(), ..ServerInfo::default() };
    let place = if home.state_dir.exists() { home.state_dir.clone() } else { std::env::temp_dir() };
    crate::metrics::system_only(&info, unix_ms(), &sample::take_once(&place))
}

/// Every secret that is known: tokens, the web server's password, values of variables.
fn secrets(home: &Home, settings: &Settings, engine: &Engine) -> Vec<String> {
    let mut files: Vec<PathBuf> = entries(&home.state_dir).into_iter().filter(|path| named(path).starts_with("token")).collect();
    files.push(home.config_file.with_file_name("web-password"));
    files.push(settings.backend.web.password_file.clone());
    let mut secrets: Vec<String> = files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect();
    let path = home.variables_file();
    let variables = path.exists().then(|| Variables::open(&path).and_then(|variables| variables.all()).ok()).flatten();
    secrets.extend(variables.into_iter().flatten().map(|(_, value)| value));
    let own = engine.files.as_ref().and_then(|files| files.variables().ok());
    secrets.extend(own.into_iter().flatten().map(|(_, value)| value));
    secrets
}

fn settings_file(path: &Path) -> String {
    let shown = match fs::read_to_string(path) {
        Ok(text) => config::redacted(&text),
        Err(error) => Err(format!("there are none that can be read ({error})")),
    };
    shown.unwrap_or_else(|why| format!("# {why}\n"))
}

fn tail(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(TAIL)..]).into_owned()
}

/// The files of the home; macro files and recordings only by their number, since their names are the user's.
fn files(home: &Home) -> Value {
    let about = |path: &PathBuf| {
        let about = path.symlink_metadata().ok()?;
        Some(json!({ "name": named(path), "bytes": about.len(), "mode": format!("{:o}", about.mode() & 0o7777) }))
    };
    let list = |folder: &Path| entries(folder).iter().filter_map(about).collect::<Vec<_>>();
    let count = |folder: &Path| {
        let sizes: Vec<u64> = entries(folder).iter().filter_map(|path| Some(path.symlink_metadata().ok()?.len())).collect();
        json!({ "files": sizes.len(), "bytes": sizes.iter().sum::<u64>() })
    };
    json!({
        "state": list(&home.state_dir),
        "data": list(&home.data_dir),
        "library": count(&home.library_dir()),
        "recordings": count(&home.recordings_dir()),
    })
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.sort();
    found
}

fn named(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What the history has of the last minutes; a history that is not there is an empty table.
fn history(home: &Home, table: Table) -> String {
    let now = unix_ms();
    let rows = || -> Option<Vec<u8>> {
        let reader = Reader::open(&home.history_file()).ok()?;
        let mut sheet = Sheet::begin(Vec::new(), table, Format::Csv).ok()?;
        let written = reader.each((now.saturating_sub(SPAN_MS), now), 1, |interval| sheet.add(&interval).is_ok());
        written.ok()?;
        sheet.end().ok()
    };
    rows().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
