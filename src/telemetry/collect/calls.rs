//! Calls, by tool and by client.

use super::{Page, transport};
use crate::{
    hub::Numbers,
    telemetry::{Point, definition},
};

pub(super) fn collect(page: &mut Page, numbers: &Numbers) {
    let tools = || numbers.calls.tools();
    page.add(
        &definition::OPERATION,
        numbers.operations.iter().map(|(asked, durations)| {
            let error = asked.failure.map(|failure| failure.to_string()).unwrap_or_default();
            let (tool, version) = (asked.tool.as_deref().unwrap_or_default(), asked.protocol.unwrap_or_default());
            Point::durations(&[asked.method, tool, &error, transport(asked.transport), version], durations)
        }),
    );
    page.add(
        &definition::PHASE,
        tools().flat_map(|(name, tool)| {
            let phases = [("queued", &tool.queued), ("ran", &tool.ran), ("overhead", &tool.overhead)];
            let known = phases.into_iter().filter(|(_, durations)| durations.count() > 0);
            known.map(move |(phase, durations)| Point::durations(&[name, phase], durations))
        }),
    );
    page.add(
        &definition::CALLS,
        tools().flat_map(|(name, tool)| {
            tool.endings.iter().map(move |(ending, count)| Point::new(&[name, ending.word()], *count as f64))
        }),
    );
    page.add(
        &definition::ERRORS,
        tools().flat_map(|(name, tool)| tool.codes.iter().map(move |(code, count)| Point::new(&[name, code], *count as f64))),
    );
    let in_flight = numbers.state.in_flight.iter();
    page.add(&definition::IN_FLIGHT, in_flight.map(|(name, count)| Point::new(&[name], f64::from(*count))));
    let clients = || numbers.calls.clients();
    page.add(&definition::CLIENT_CALLS, clients().map(|(name, client)| Point::new(&[name], client.calls as f64)));
    page.add(&definition::CLIENT_ERRORS, clients().map(|(name, client)| Point::new(&[name], client.errors as f64)));
    let sessions = || numbers.sessions.iter();
    page.add(&definition::SESSIONS, sessions().map(|(came, totals)| Point::new(&[transport(*came)], totals.open as f64)));
    let ended = sessions().filter(|(_, totals)| totals.ended.count() > 0);
    page.add(&definition::SESSION, ended.map(|(came, totals)| Point::durations(&[transport(*came)], &totals.ended)));
    page.one(&definition::CONNECTIONS, f64::from(numbers.state.connections));
    page.one(&definition::DROPPED, numbers.state.dropped as f64);
}
