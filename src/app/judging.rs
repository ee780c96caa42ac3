//! What the hub judges by, put together: the settings, what this host was like, what is usual at this time of day, and who is told.

use std::sync::Arc;

use super::{baseline, hooks, slots};
use crate::{
    config::{Home, Settings},
    hub::Judging,
    optimizer,
    tools::Tool,
};

/// For a server of this home with these tools. History is looked at only where it is kept. Needs the server's runtime.
pub(super) fn judging(home: &Home, settings: &Settings, tools: &[Tool], host: &str, history: bool) -> Judging {
    let path = home.baseline_file();
    let offered = tools.iter().filter(|tool| settings.allow.contains(&tool.class));
    let bytes = offered.map(|tool| {
        let schemas = [&tool.input, &tool.output].map(|schema| serde_json::to_string(&**schema).map_or(0, |text| text.len()));
        tool.name.len() + tool.title.len() + tool.description.len() + schemas.iter().sum::<usize>()
    });
    let bytes = u64::from(crate::util::numbers::count(bytes.sum()));
    Judging {
        settings: Arc::new(settings.clone()),
        baseline: baseline::load(&path, host),
        keep_baseline: Box::new(move |taken| baseline::keep(&path, &taken)),
        slots: if history { slots::start(home.history_file()) } else { Box::new(|| None) },
        notify: hooks::start(&settings.hook),
        tools_list: optimizer::tokens(bytes),
    }
}
