//! The open Interval: drains the recorder, and closes one Interval a tick.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use hdrhistogram::Histogram;

use super::{Cumulative, Recorder, histogram};
use crate::model::{CallRecord, Client, Event, Gauges, Interval, ToolInterval};

/// When an Interval ends and how long it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Its end, milliseconds since 1970.
    pub time_ms: u64,
    /// Its length in milliseconds.
    pub length_ms: u32,
}

/// Turns call records into Intervals and counts what the server has done since it started.
#[derive(Debug)]
pub struct Store {
    recorder: Arc<Recorder>,
    sequence: u64,
    open: BTreeMap<Arc<str>, Open>,
    calls: Vec<CallRecord>,
    events: Vec<Event>,
    totals: BTreeMap<Arc<str>, (u64, u64)>,
    /// By token and name: agents of many people introduce themselves by the same name.
    clients: HashMap<(Option<Arc<str>>, Arc<str>), Client>,
    cumulative: Cumulative,
    dropped: u64,
}

/// One tool's part of the open Interval. Kept from one Interval to the next, so that closing allocates nothing anew.
#[derive(Debug)]
struct Open {
    calls: u32,
    errors: u32,
    queued: Histogram<u32>,
    ran: Histogram<u32>,
    total: Histogram<u32>,
    overhead: Histogram<u32>,
}

impl Store {
    /// Clients that are remembered; the one unheard for longest goes first.
    pub const CLIENTS: usize = 64;

    /// A store that drains this recorder.
    #[must_use]
    pub fn new(recorder: Arc<Recorder>) -> Self {
        Self {
            recorder,
            sequence: 0,
            open: BTreeMap::new(),
            calls: Vec::new(),
            events: Vec::new(),
            totals: BTreeMap::new(),
            clients: HashMap::new(),
            cumulative: Cumulative::default(),
            dropped: 0,
        }
    }

    /// Takes over all records that wait in the queue: as many as it holds at most, so that a flood cannot keep it here.
    pub fn drain(&mut self) {
        for _ in 0..Recorder::CAPACITY {
            let Some(call) = self.recorder.take() else { break };
            self.add(call);
        }
    }

    /// Notes something that happened besides calls.
    pub fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn add(&mut self, call: CallRecord) {
        let error = call.ending.is_error();
        self.open.entry(Arc::clone(&call.tool)).or_insert_with(Open::new).add(&call);
        let totals = self.totals.entry(Arc::clone(&call.tool)).or_default();
        totals.0 += 1;
        totals.1 += u64::from(error);
        self.count_client(&call, error);
        self.cumulative.add(&call);
        self.calls.push(call);
    }

    fn count_client(&mut self, call: &CallRecord, error: bool) {
        let key = (call.token.clone(), Arc::clone(&call.client));
        if !self.clients.contains_key(&key) && self.clients.len() >= Self::CLIENTS {
            let oldest = self.clients.iter().min_by_key(|(_, client)| client.seen_ms).map(|(key, _)| key.clone());
            oldest.and_then(|key| self.clients.remove(&key));
        }
        let client = self.clients.entry(key).or_insert_with(|| Client {
            name: Arc::clone(&call.client),
            token: call.token.clone(),
            transport: call.transport,
            calls: 0,
            errors: 0,
            limited: 0,
            allowance: None,
            seen_ms: call.time_ms,
        });
        client.transport = call.transport;
        client.calls += 1;
        client.errors += u64::from(error);
        client.limited += u64::from(call.is_limited());
        client.seen_ms = client.seen_ms.max(call.time_ms);
    }

    /// Closes the open Interval and begins the next.
    pub fn close(&mut self, moment: Moment, gauges: Gauges) -> Interval {
        self.sequence += 1;
        let dropped = self.recorder.take_dropped();
        self.dropped += dropped;
        let moved = self.open.iter_mut().filter(|(_, open)| open.calls > 0);
        Interval {
            sequence: self.sequence,
            time_ms: moment.time_ms,
            length_ms: moment.length_ms,
            gauges,
            tools: moved.map(|(name, open)| open.close(name)).collect(),
            calls: std::mem::take(&mut self.calls),
            events: std::mem::take(&mut self.events),
            dropped,
            state: None,
        }
    }

    /// Calls and failures since the start, by tool.
    #[must_use]
    pub fn tool_totals(&self) -> Vec<(Arc<str>, u64, u64)> {
        self.totals.iter().map(|(name, (calls, errors))| (Arc::clone(name), *calls, *errors)).collect()
    }

    /// The clients that called, most recent first.
    #[must_use]
    pub fn clients(&self) -> Vec<Client> {
        let mut clients: Vec<Client> = self.clients.values().cloned().collect();
        clients.sort_by(|a, b| b.seen_ms.cmp(&a.seen_ms).then_with(|| a.name.cmp(&b.name)));
        clients
    }

    /// What calls were since the start.
    #[must_use]
    pub fn cumulative(&self) -> &Cumulative {
        &self.cumulative
    }

    /// Records dropped since the start.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

impl Open {
    fn new() -> Self {
        let empty = histogram::latency;
        Self { calls: 0, errors: 0, queued: empty(), ran: empty(), total: empty(), overhead: empty() }
    }

    fn add(&mut self, call: &CallRecord) {
        self.calls += 1;
        self.errors += u32::from(call.ending.is_error());
        histogram::record(&mut self.total, call.total_us);
        let parts = [(call.queued_us, &mut self.queued), (call.ran_us, &mut self.ran), (call.overhead_us(), &mut self.overhead)];
        for (micros, histogram) in parts {
            if let Some(micros) = micros {
                histogram::record(histogram, micros);
            }
        }
    }

    fn close(&mut self, name: &Arc<str>) -> ToolInterval {
        let interval = ToolInterval {
            tool: Arc::clone(name),
            calls: self.calls,
            errors: self.errors,
            queued: histogram::encode(&self.queued),
            ran: histogram::encode(&self.ran),
            total: histogram::encode(&self.total),
            overhead: histogram::encode(&self.overhead),
        };
        self.calls = 0;
        self.errors = 0;
        for histogram in [&mut self.queued, &mut self.ran, &mut self.total, &mut self.overhead] {
            histogram.reset();
        }
        interval
    }
}
