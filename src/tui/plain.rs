//! The console as plain lines, for screen readers, logs and terminals that cannot be drawn on: one line for each thing that happens, and
//! a summary every few seconds. No escape sequences, and nothing that was said is changed.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    time::{Duration, Instant},
};

use super::{App, ColorMode, Console, Effect, Event, Exit, Signal, Themes, app::p95, app::tally};
use crate::{
    link::{Link, LinkEvent},
    model::{Alert, CallRecord, Severity},
    util::{text::sanitize, units},
};

/// Time between two summaries.
const SUMMARY: Duration = Duration::from_secs(5);
/// Failed calls that are told one by one in a second; more are counted.
const MOST: usize = 10;

impl Console {
    /// Tells what happens in lines until a signal, the end of the server or of whoever reads.
    pub fn run_plain(self, link: Link, out: &mut dyn Write) -> Exit {
        let (options, events, handle) = self.into_parts();
        let mut plain = Plain::new(App::new(&options, &Themes::new(None, ColorMode::Mono), false));
        let _requests = link.open(handle.clone());
        loop {
            let event = events.recv().unwrap_or(Event::Terminate);
            for signal in handle.take() {
                match signal {
                    Signal::Terminate => return Exit::Terminated,
                    Signal::Hangup => return Exit::Hangup,
                    Signal::Resize => {}
                }
            }
            match plain.tell(Instant::now(), event, out) {
                Ok(None) => {}
                Ok(Some(exit)) => return exit,
                // Nobody reads any more.
                Err(_) => return Exit::Hangup,
            }
        }
    }
}

/// What has been told.
#[derive(Debug)]
pub struct Plain {
    app: App,
    alerts: BTreeMap<u64, String>,
    held: Vec<u64>,
    stopped: bool,
    last_summary: Option<Instant>,
}

impl Plain {
    /// Nothing has been told yet.
    #[must_use]
    pub fn new(app: App) -> Self {
        Self { app, alerts: BTreeMap::new(), held: Vec::new(), stopped: false, last_summary: None }
    }

    /// Tells what an event brings; the reason when it is the last.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn tell(&mut self, now: Instant, event: Event, out: &mut dyn Write) -> io::Result<Option<Exit>> {
        let told = match &event {
            Event::Link(LinkEvent::Lost { reason }) => {
                writeln!(out, "the server is gone: {}", sanitize(reason))?;
                out.flush()?;
                return Ok(Some(Exit::Lost(reason.clone())));
            }
            Event::Link(LinkEvent::Interval(interval)) => {
                let time = self.time(interval.time_ms);
                for event in &interval.events {
                    writeln!(out, "{time} {}: {}", severity(event.severity), sanitize(&event.text))?;
                }
                self.failed(&interval.calls, out)?;
                true
            }
            Event::Link(LinkEvent::Welcome(welcome)) => {
                let info = &welcome.info;
                writeln!(out, "kmtop {} on {}, {} engine", info.version, sanitize(&info.host), info.backend)?;
                true
            }
            _ => false,
        };
        let effects = self.app.update(now, event);
        if told {
            self.changes(out)?;
            if self.last_summary.is_none_or(|last| now.saturating_duration_since(last) >= SUMMARY) {
                self.last_summary = Some(now);
                self.summary(out)?;
            }
            out.flush()?;
        }
        Ok(effects.into_iter().find_map(|effect| if let Effect::Exit(exit) = effect { Some(exit) } else { None }))
    }

    fn time(&self, time_ms: u64) -> String {
        let time = i64::try_from(time_ms).ok().and_then(|time| jiff::Timestamp::from_millisecond(time).ok());
        time.map(|time| time.to_zoned(self.app.options.time_zone.clone()).strftime("%H:%M:%S").to_string()).unwrap_or_default()
    }

    fn failed(&self, calls: &[CallRecord], out: &mut dyn Write) -> io::Result<()> {
        let failed: Vec<&CallRecord> = calls.iter().filter(|call| call.ending.is_error()).collect();
        for call in failed.iter().take(MOST) {
            let about = call.subject.as_deref().map(|subject| format!(" \"{}\"", sanitize(subject))).unwrap_or_default();
            let (time, tool, client) = (self.time(call.time_ms), sanitize(&call.tool), sanitize(&call.client));
            let word = call.code.as_deref().unwrap_or(call.ending.word());
            writeln!(
                out,
                "{time} failed: call {} of {client}, {tool}{about}, {word} after {}",
                call.id,
                units::span(call.total_us)
            )?;
        }
        match failed.len().checked_sub(MOST) {
            Some(more @ 1..) => writeln!(out, "{more} more calls failed in this second"),
            _ => Ok(()),
        }
    }

    /// Alerts that came or ended, calls that wait, the red stop.
    fn changes(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let time = self.time(self.app.data.time_ms);
        let state = &self.app.data.state;
        let now: BTreeMap<u64, &Alert> = state.alerts.iter().map(|alert| (alert.id, alert)).collect();
        for (id, text) in self.alerts.iter().filter(|(id, _)| !now.contains_key(id)) {
            writeln!(out, "{time} over: {text} (alert {id})")?;
        }
        for (id, alert) in now.iter().filter(|(id, _)| !self.alerts.contains_key(id)) {
            writeln!(out, "{time} alert {id}, {}: {}", severity(alert.severity), sanitize(&alert.text))?;
        }
        self.alerts = now.into_iter().map(|(id, alert)| (id, sanitize(&alert.text).into_owned())).collect();
        for call in state.held.iter().filter(|call| !self.held.contains(&call.id)) {
            let (who, tool) = (sanitize(&call.who), sanitize(&call.tool));
            writeln!(out, "{time} waits for you: {who} wants {tool}; answer with kmtop approve")?;
        }
        self.held = state.held.iter().map(|call| call.id).collect();
        let stopped = state.pool.stopped.as_deref();
        if stopped.is_some() != self.stopped {
            let words = stopped.map_or_else(
                || "calls are taken again".to_owned(),
                |by| format!("STOPPED by {}: every call is refused", sanitize(by)),
            );
            writeln!(out, "{time} {words}")?;
        }
        self.stopped = stopped.is_some();
        Ok(())
    }

    fn summary(&self, out: &mut dyn Write) -> io::Result<()> {
        let (data, window) = (&self.app.data, &self.app.data.window);
        if !data.has_numbers() {
            return Ok(());
        }
        let all = window.all();
        let (critical, warning) = tally(data);
        let pool = &data.state.pool;
        let p95 = p95(&all.total).map_or_else(|| "not known".to_owned(), units::span);
        writeln!(
            out,
            "{} in the last {}: {} calls, {}/s, {}% failed, p95 {p95}; pool {} workers, {} busy, {} waiting; {critical} critical, {warning} warnings",
            self.time(data.time_ms),
            units::window(window.seconds()),
            units::count(all.calls),
            units::rate(window.rate(all.calls).unwrap_or_default()),
            units::percent(all.error_share().unwrap_or_default()),
            pool.live,
            pool.busy,
            pool.queued,
        )
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Critical => "critical",
    }
}
