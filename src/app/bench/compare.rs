//! `kmtop bench --compare`: two servers of its own, one of them with other settings.

use std::{fs, path::Path};

use tokio_util::sync::CancellationToken;
use toml::{Table, Value};

use super::{Asked, Served, Show, asked::wrong};
use crate::{
    app::Failure,
    bench::{Comparing, Environment, Report},
};

/// What is left out of settings that are tried: where it listens, whom it tells, what it asks, and files that are somebody's own.
const LEFT_OUT: [&str; 8] = ["server", "hook", "otlp", "metrics", "ask", "log", "audit", "console"];

/// Measures both servers in turns.
pub(super) async fn run(
    asked: &Asked,
    path: &Path,
    workers: Option<u16>,
    (environment, stop): (Environment, CancellationToken),
    show: Show<'_>,
) -> Result<Report, Failure> {
    if asked.address.is_some() {
        return Err(Failure::wrong("--compare measures two servers of its own; leave the target out"));
    }
    let text = fs::read_to_string(path).map_err(|error| Failure::wrong(format!("{}: {error}", path.display())))?;
    let tried = tried(&text).map_err(|error| Failure::wrong(format!("{}: {error}", path.display())))?;
    let present = Served::temporary(workers).await?;
    let changed = match Served::temporary_with(&tried, workers).await {
        Ok(changed) => changed,
        Err(failure) => {
            present.end().await;
            return Err(failure);
        }
    };
    let report = match (present.address(), changed.address()) {
        (Ok(without), Ok(with)) => {
            let name = path.display().to_string();
            let sides = [&without, &with];
            let comparing = Comparing { sides, settings: &asked.settings, name, block: asked.block, stop, environment };
            comparing.run(show).await.map_err(wrong)
        }
        (Err(failure), _) | (_, Err(failure)) => Err(failure),
    };
    present.end().await;
    changed.end().await;
    report
}

/// The settings as they are tried: with the benchmark's own macros and an engine of kmtop's own.
fn tried(text: &str) -> Result<String, String> {
    let mut table: Table = text.parse().map_err(|error: toml::de::Error| error.to_string().trim_end().to_owned())?;
    for section in LEFT_OUT {
        table.remove(section);
    }
    if let Some(Value::Table(engine)) = table.get_mut("engine") {
        engine.remove("library");
    }
    // A program that somebody wrote to run macros may be what is tried; Keyboard Maestro's engine would run the user's own.
    let own = table.get("backend").and_then(|backend| backend.get("kind")).and_then(Value::as_str) == Some("command");
    if !own {
        let embedded = Table::from_iter([("kind".to_owned(), Value::from("embedded"))]);
        table.insert("backend".to_owned(), embedded.into());
    }
    toml::to_string(&table).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_users_own_is_left_out() {
        let text = "allow = [\"read\", \"run\"]\n[server]\nlisten = \"0.0.0.0:80\"\n[pool]\nmin = 3\n[engine]\nlibrary = [\"/mine\"]\n[backend]\nkind = \"osascript\"\n";
        let tried: Table = tried(text).expect("settings").parse().expect("TOML");
        assert_eq!((tried.get("server"), tried["backend"]["kind"].as_str()), (None, Some("embedded")));
        assert_eq!((tried["pool"]["min"].as_integer(), tried["engine"].get("library")), (Some(3), None));
        assert!(super::tried("[pool").is_err_and(|error| error.contains("line 1")));
        assert!(super::tried("[backend]\nkind = \"command\"\n").is_ok_and(|text| text.contains("command")));
    }
}
