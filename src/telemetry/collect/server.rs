//! The server, its process, the machine, and how well they are.

use super::Page;
use crate::{
    hub::Numbers,
    model::{AlertState, CacheFrame, Condition, Health, SecurityKind, ServerInfo, Severity, SystemSample},
    telemetry::{Point, definition},
    util::clock::unix_ms,
};

pub(super) fn collect(page: &mut Page, info: &ServerInfo, numbers: &Numbers) {
    let state = &numbers.state;
    page.one(&definition::MACROS, state.engine.macros.map(|macros| macros as f64));
    page.one(&definition::UNREADABLE, state.engine.unreadable_files as f64);
    let firing = |severity| {
        let alerts = state.alerts.iter().filter(|alert| alert.severity == severity && alert.state != AlertState::Pending);
        alerts.count() as f64
    };
    let severities = [(Severity::Info, "info"), (Severity::Warning, "warning"), (Severity::Critical, "critical")];
    page.add(&definition::ALERTS, severities.map(|(severity, label)| Point::new(&[label], firing(severity))));
    if let Some(score) = &numbers.frame.score {
        let parts = [
            ("total", score.total),
            ("latency", score.latency),
            ("errors", score.errors),
            ("pool", score.pool),
            ("system", score.system),
        ];
        page.add(&definition::SCORE, parts.map(|(part, value)| Point::new(&[part], value)));
    }
    caches(page, numbers);
    let security = &state.security;
    let times = |kind| security.counts.get(&kind).copied().unwrap_or(0) as f64;
    page.add(&definition::SECURITY, SecurityKind::ALL.map(|kind| Point::new(&[kind.word()], times(kind))));
    page.one(&definition::AUDIT_LOST, security.audit_lost as f64);
    page.add(&definition::BUILD, [Point::new(&[&info.version, &info.backend], 1.0)]);
    page.one(&definition::UPTIME, unix_ms().saturating_sub(info.started_ms) as f64 / 1e3);
    system(page, &state.system);
}

/// The caches as the Frame tells of them.
fn caches(page: &mut Page, numbers: &Numbers) {
    let caches = numbers.frame.caches.as_deref().unwrap_or_default();
    let points = |number: fn(&CacheFrame) -> Option<f64>| {
        let points = caches.iter().filter_map(|cache| Some(Point::new(&[&cache.name], number(cache)?)));
        points.collect::<Vec<_>>()
    };
    page.add(&definition::CACHE_ENTRIES, points(|cache| Some(cache.entries as f64)));
    page.add(&definition::CACHE_BYTES, points(|cache| Some(cache.bytes as f64)));
    page.add(&definition::CACHE_HITS, points(|cache| cache.hit_share));
}

fn system(page: &mut Page, system: &SystemSample) {
    let share = |percent: f32| f64::from(percent) / 100.0;
    page.one(&definition::OWN_CPU, system.own.and_then(|own| own.cpu_percent).map(share));
    page.one(&definition::OWN_MEMORY, system.own.map(|own| own.rss_bytes as f64));
    page.one(&definition::CPU, system.cpu_percent.map(share));
    let windows = ["1m", "5m", "15m"];
    let load = system.load.into_iter().flat_map(|load| windows.into_iter().zip(load));
    page.add(&definition::LOAD, load.map(|(window, load)| Point::new(&[window], load)));
    if let Some(memory) = system.memory {
        let states = [("used", memory.used_bytes), ("available", memory.available_bytes)];
        page.add(&definition::MEMORY, states.map(|(state, bytes)| Point::new(&[state], bytes as f64)));
        page.one(&definition::MEMORY_LIMIT, memory.total_bytes as f64);
    }
    if let Some(swap) = system.swap {
        let states = [("used", swap.used_bytes), ("free", swap.available_bytes)];
        page.add(&definition::SWAP, states.map(|(state, bytes)| Point::new(&[state], bytes as f64)));
    }
    page.one(&definition::VOLUME, system.disk.and_then(|disk| disk.used_percent).map(share));
    let disk = system.disk.into_iter().flat_map(|disk| [("read", disk.read_bytes_per_s), ("write", disk.write_bytes_per_s)]);
    page.add(&definition::DISK, disk.filter_map(|(direction, rate)| Some(Point::new(&[direction], rate?))));
    let network = system.network.into_iter();
    let network = network.flat_map(|network| [("receive", network.received_bytes_per_s), ("transmit", network.sent_bytes_per_s)]);
    page.add(&definition::NETWORK, network.filter_map(|(direction, rate)| Some(Point::new(&[direction], rate?))));
}

pub(super) fn health(page: &mut Page, health: &Health) {
    let number = |status| match status {
        Condition::Healthy => 0.0,
        Condition::Degraded => 1.0,
        Condition::Unhealthy => 2.0,
    };
    let checks = || health.checks.iter();
    page.add(&definition::HEALTH, checks().map(|check| Point::new(&[&check.component], number(check.status))));
    page.add(&definition::HEALTH_TIME, checks().map(|check| Point::new(&[&check.component], check.duration_ms / 1e3)));
}
