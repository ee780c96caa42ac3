//! The five minutes before an alert, saved as a recording when it fires: `[history] record_alerts`.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::{Timestamp, tz::TimeZone};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::{
    hub::{self, Judging},
    link::Welcome,
    model::{Alert, Interval, NoticeKind, Severity},
    record::{RecordError, Writer},
};

/// How much is saved, in milliseconds.
const BEFORE_MS: u64 = 300_000;
/// Recordings of alerts that are kept; the oldest go.
const KEPT: usize = 20;
/// Alerts that wait to be recorded; more are dropped, and the log says so.
const WAITING: usize = 16;
/// What the names of their files begin with.
const PREFIX: &str = "alert-";

/// An alert that fired, and when.
type Fired = (u64, Alert);

/// Hears of alerts that fire. It comes before the hub, which tells of them.
pub(super) struct AlertRecordings {
    fired: mpsc::Receiver<Fired>,
}

impl AlertRecordings {
    /// Has whoever is told of alerts tell this one as well.
    pub(super) fn listen(judging: &mut Judging) -> Self {
        let (sender, fired) = mpsc::channel(WAITING);
        let told = std::mem::replace(&mut judging.notify, Box::new(|_| {}));
        judging.notify = Box::new(move |notice| {
            if let (NoticeKind::AlertFiring, Some(alert)) = (notice.event, &notice.alert)
                && sender.try_send((notice.time_ms, alert.clone())).is_err()
            {
                tracing::warn!(rule = alert.rule, "an alert is not recorded: those before it take too long");
            }
            told(notice);
        });
        Self { fired }
    }

    /// Begins to record into this folder, until the handle goes.
    pub(super) fn start(mut self, hub: &hub::Handle, folder: PathBuf) -> AbortOnDropHandle<()> {
        let hub = hub.clone();
        AbortOnDropHandle::new(tokio::spawn(async move {
            while let Some((time_ms, alert)) = self.fired.recv().await {
                let Some((welcome, _)) = hub.subscribe().await else { return };
                let place = folder.clone();
                let rule = alert.rule.clone();
                let saved = tokio::task::spawn_blocking(move || save(&place, time_ms, &rule, &welcome)).await;
                match saved {
                    Ok(Ok(path)) => {
                        let text =
                            format!("the five minutes before {} are recorded: kmtop replay {}", alert.rule, path.display());
                        hub.note(Severity::Info, text).await;
                    }
                    Ok(Err(error)) => tracing::warn!(%error, rule = alert.rule, "the alert is not recorded"),
                    Err(error) => tracing::warn!(%error, rule = alert.rule, "the alert is not recorded"),
                }
            }
        }))
    }
}

/// Writes what the server keeps of the time before, and says where.
fn save(folder: &Path, time_ms: u64, rule: &str, welcome: &Welcome) -> Result<PathBuf, RecordError> {
    fs::create_dir_all(folder).map_err(|error| RecordError::Unwritable(format!("{}: {error}", folder.display())))?;
    let path = folder.join(name(time_ms, rule));
    let mut writer = Writer::open(&path, &welcome.info)?;
    let since = time_ms.saturating_sub(BEFORE_MS);
    let recent: Vec<&Arc<Interval>> = welcome.intervals.iter().filter(|interval| interval.time_ms > since).collect();
    if let Some((newest, before)) = recent.split_last() {
        before.iter().try_for_each(|interval| writer.add_before(interval))?;
        // What held then stands in the newest; the calls go with it, as in every recording.
        let calls = welcome.calls.iter().filter(|call| call.time_ms > since).cloned().collect();
        writer.add(&Interval { calls, ..Interval::clone(newest) })?;
    }
    drop(writer);
    thin(folder);
    Ok(path)
}

/// `alert-20260131-143005-queue_wait.kmrec`.
fn name(time_ms: u64, rule: &str) -> String {
    let time = i64::try_from(time_ms).ok().and_then(|time| Timestamp::from_millisecond(time).ok()).unwrap_or_default();
    let time = time.to_zoned(TimeZone::system()).strftime("%Y%m%d-%H%M%S");
    format!("{PREFIX}{time}-{rule}.kmrec")
}

/// Lets the oldest recordings of alerts go.
fn thin(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let ours = entries.map(|entry| entry.path()).filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(PREFIX) && path.extension().is_some_and(|end| end == "kmrec")
    });
    let mut ours: Vec<PathBuf> = ours.collect();
    ours.sort_unstable();
    for path in &ours[..ours.len().saturating_sub(KEPT)] {
        if let Err(error) = fs::remove_file(path) {
            tracing::warn!(%error, path = %path.display(), "an old recording of an alert cannot be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{ServerInfo, State},
        record::{Recording, Source},
    };

    fn welcome() -> Welcome {
        let interval = |second: u64| Interval { time_ms: second * 1_000, length_ms: 1_000, ..Interval::default() };
        let mut intervals: Vec<Arc<Interval>> = (1..1_000).map(|second| Arc::new(interval(second))).collect();
        intervals.push(Arc::new(Interval { state: Some(Box::new(State { calls: 7, ..State::default() })), ..interval(1_000) }));
        Welcome { info: ServerInfo { host: "mini".into(), ..ServerInfo::default() }, intervals, calls: Vec::new() }
    }

    #[test]
    fn five_minutes_are_saved_and_old_ones_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("recordings");
        fs::create_dir_all(&place).expect("a folder");
        fs::write(place.join("mine.kmrec"), "x").expect("written");
        for alert in 0..25 {
            save(&place, 1_000_000 + alert * 1_000, "queue_wait", &welcome()).expect("saved");
        }
        let mut names: Vec<String> = fs::read_dir(&place)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
            .collect();
        names.sort();
        assert_eq!((names.len(), names.last().map(String::as_str)), (21, Some("mine.kmrec")));
        assert!(names[0].starts_with("alert-") && names[0].ends_with("-queue_wait.kmrec"), "{names:?}");
        let path = save(&folder.path().join("others"), 1_000_000, "cpu", &welcome()).expect("saved");
        let mut recording = Recording::open(&path).expect("a recording");
        let times = recording.times().to_vec();
        assert_eq!((times.first(), times.last(), times.len()), (Some(&701_000), Some(&1_000_000), 300));
        let newest = recording.read(299..300);
        assert_eq!(newest[0].state.as_ref().map(|state| state.calls), Some(7), "what held then is in it");
    }
}
