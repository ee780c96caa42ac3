//! The pool's mind against ten thousand random histories, and against some chosen ones.

mod chosen;
mod overloads;
mod piloted;
mod world;

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;

use super::{
    breaker::Breakers,
    queue::{Fit, Queue},
    *,
};
use crate::model::{BreakerState, Lane, Resize};
use world::{Chance, Gone, World, ticket};

/// Histories for each property.
const SEEDS: u64 = 10_000;

#[test]
fn no_history_loses_a_call_answers_one_twice_or_leaves_the_pool_wrong() {
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        for _ in 0..60 {
            world.step();
        }
        world.settle();
    }
}

#[test]
fn a_drain_ends_whatever_goes_on() {
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        for _ in 0..30 {
            world.step();
        }
        world.drain();
    }
}

#[test]
fn the_queue_keeps_lanes_order_and_turns() {
    for seed in 0..SEEDS {
        let (mut chance, now) = (Chance::new(seed), Instant::now());
        let mut queue: Queue<Gone> = Queue::new(8, Duration::from_secs(10));
        let mut waiting: Vec<(usize, &'static str, u64)> = Vec::new();
        // Since which step a client has had something waiting without a break, and when it was served last, by lane.
        let mut since: BTreeMap<(usize, &'static str), u64> = BTreeMap::new();
        let mut served: BTreeMap<(usize, &'static str), u64> = BTreeMap::new();
        for id in 0..60 {
            if chance.one_in(2) {
                let (lane, client) = (chance.below(3), ["a", "b", "c"][chance.below(3)]);
                match queue.push(ticket(id, Lane::QUEUED[lane], client, "key", now)) {
                    Ok(displaced) => {
                        if let Some(out) = displaced {
                            let youngest = waiting.iter().map(|(lane, _, id)| (*lane, *id)).max();
                            assert_eq!(youngest.map(|(_, id)| id), Some(out.id), "seed {seed}: the youngest of the last lane");
                            waiting.retain(|(_, _, id)| *id != out.id);
                        }
                        waiting.push((lane, client, id));
                    }
                    Err(_) => assert!(waiting.len() == 8 && waiting.iter().all(|(other, ..)| *other <= lane), "seed {seed}"),
                }
            } else if let Some(taken) = queue.pop(now, |_| Fit::Good, &mut Vec::new()) {
                let (lane, client, _) = *waiting.iter().find(|(.., id)| *id == taken.id).expect("it waited");
                assert_eq!(Some(lane), waiting.iter().map(|(lane, ..)| *lane).min(), "seed {seed}: the first lane first");
                let first = waiting.iter().find(|(l, c, _)| (*l, *c) == (lane, client)).expect("it waited");
                assert_eq!(first.2, taken.id, "seed {seed}: in order for each client");
                if let Some(before) = served.insert((lane, client), id) {
                    let passed = since.iter().find(|((l, c), from)| {
                        *l == lane && *c != client && **from < before && served.get(&(*l, *c)).is_none_or(|at| *at < before)
                    });
                    assert_eq!(passed, None, "seed {seed}: {client} was served twice while another waited for its turn");
                }
                waiting.retain(|(.., id)| *id != taken.id);
            }
            since.retain(|(lane, client), _| waiting.iter().any(|(l, c, _)| (l, c) == (lane, client)));
            for (lane, client, _) in &waiting {
                since.entry((*lane, client)).or_insert(id);
            }
            assert_eq!(queue.len(), waiting.len(), "seed {seed}");
        }
        let left = std::iter::from_fn(|| queue.pop(now, |_| Fit::Good, &mut Vec::new())).count();
        assert_eq!(left, waiting.len(), "seed {seed}");
    }
}

#[test]
fn clients_of_one_lane_take_turns() {
    let now = Instant::now();
    let mut queue: Queue<Gone> = Queue::new(100, Duration::from_secs(10));
    for id in 0..30 {
        let client = if id < 20 { "greedy" } else { "modest" };
        queue.push(ticket(id, Lane::Interactive, client, "key", now)).expect("room");
    }
    let order: Vec<u64> = std::iter::from_fn(|| queue.pop(now, |_| Fit::Good, &mut Vec::new())).map(|ticket| ticket.id).collect();
    assert_eq!(order[..6], [0, 20, 1, 21, 2, 22]);
    assert_eq!((order.len(), order[20], order[29]), (30, 10, 19));
}

#[test]
fn pressure_comes_at_four_fifths_and_goes_at_one() {
    let now = Instant::now();
    let mut queue: Queue<Gone> = Queue::new(10, Duration::from_secs(10));
    let mut seen = Vec::new();
    for id in 0..10 {
        queue.push(ticket(id, Lane::Interactive, "a", "key", now)).expect("room");
        seen.push(queue.pressure());
    }
    assert_eq!(seen.iter().position(|on| *on), Some(7), "on with the eighth of ten");
    let mut off = None;
    while queue.pop(now, |_| Fit::Good, &mut Vec::new()).is_some() {
        if !queue.pressure() && off.is_none() {
            off = Some(queue.len());
        }
    }
    assert_eq!(off, Some(2), "off with two of ten");
}

#[test]
fn one_step_over_the_bound_room_is_made_by_those_who_have_gone() {
    let (now, mut limits) = (Instant::now(), Limits::new(Size::new(0, 1).expect("valid bounds")));
    limits.queue = 2;
    let mut core: Core<Gone> = Core::new(limits, now, Box::new(|| 0.5));
    let gone = ticket(1, Lane::Interactive, "a", "key", now);
    gone.load.go();
    core.accept(gone, now);
    core.accept(ticket(2, Lane::Interactive, "a", "key", now), now);
    core.accept(ticket(3, Lane::Interactive, "a", "key", now), now);
    assert_eq!((core.effects().count(), core.queue.len()), (0, 2), "nobody is turned away");
    core.accept(ticket(4, Lane::Interactive, "a", "key", now), now);
    assert!(matches!(core.effects().next(), Some(Effect::Answer(Ticket { id: 4, .. }, RunError::Busy { queued: 2, .. }))));
}

#[test]
fn a_trial_that_comes_to_nothing_leaves_its_place() {
    let start = Instant::now();
    let mut limits = Limits::new(Size::new(1, 1).expect("valid bounds"));
    limits.queue = 1;
    let pool = || {
        let mut core: Core<Gone> = Core::new(limits.clone(), start, Box::new(|| 0.5));
        core.begin(start);
        let key: std::sync::Arc<str> = "poison".into();
        let opened = (0..3).filter(|_| core.breakers.crashed(&key, start)).count();
        assert_eq!(opened, 1);
        core
    };
    let now = start + Duration::from_secs(31);
    let state = |core: &Core<Gone>| core.status(now).breakers.first().map(|breaker| breaker.state);
    let poison = |id| ticket(id, Lane::Interactive, "a", "poison", now);

    // Its caller goes while it waits, and another needs its room.
    let mut core = pool();
    let trial = poison(1);
    trial.load.go();
    core.accept(trial, now);
    assert_eq!(state(&core), Some(BreakerState::HalfOpen));
    core.accept(ticket(2, Lane::Interactive, "a", "other", now), now);
    assert_eq!((state(&core), core.queue.len()), (Some(BreakerState::Open), 1));
    core.accept(poison(3), now);
    assert_eq!(state(&core), Some(BreakerState::Open), "a trial that finds no room is none");

    // The program itself loses it.
    let mut core = pool();
    let Some(Effect::Start(id, _)) = core.effects().next() else { panic!("a worker is started") };
    core.started(id, Some(1), now);
    core.ready(id, Duration::from_millis(10), now);
    core.accept(poison(1), now);
    assert_eq!(state(&core), Some(BreakerState::HalfOpen));
    core.ended(id, &End::Died { how: "was lost".into(), at_work: false }, None, now);
    assert_eq!(state(&core), Some(BreakerState::Open));
    core.accept(poison(2), now);
    assert_eq!((state(&core), core.queue.len()), (Some(BreakerState::HalfOpen), 1), "the next one is tried");
}

#[test]
fn a_breaker_never_lets_two_trials_run() {
    for seed in 0..SEEDS {
        let (mut chance, mut now) = (Chance::new(seed), Instant::now());
        let key: std::sync::Arc<str> = "poison".into();
        let mut breakers = Breakers::default();
        let mut trial = false;
        for _ in 0..40 {
            now += Duration::from_secs(chance.below(20) as u64);
            let state = breakers.status(now).first().map(|breaker| breaker.state);
            match chance.below(4) {
                0 | 1 => {
                    let admitted = breakers.admit(&key, now).is_ok();
                    match state {
                        None | Some(BreakerState::Closed) => assert!(admitted, "seed {seed}"),
                        Some(BreakerState::HalfOpen) => assert!(!admitted, "seed {seed}: a trial runs"),
                        Some(BreakerState::Open) => {
                            assert!(!(admitted && trial), "seed {seed}");
                            trial |= admitted;
                        }
                    }
                }
                2 => {
                    breakers.crashed(&key, now);
                    trial = false;
                }
                _ if trial => {
                    if chance.one_in(2) {
                        breakers.served(&key);
                    } else {
                        breakers.undecided(&key, now);
                    }
                    trial = false;
                }
                _ => {}
            }
        }
    }
}

#[test]
fn sizes_stay_within_their_bounds() {
    for seed in 0..SEEDS {
        let mut chance = Chance::new(seed);
        let mut size = Size::new(2, 6).expect("valid bounds");
        for _ in 0..20 {
            let mut number = || u16::try_from(chance.below(12)).expect("small");
            let (one, two, three) = (number(), number(), number());
            let resize = match chance.below(4) {
                0 => Resize::Target(one),
                1 => Resize::By(one.cast_signed() - 6),
                2 => Resize::Bounds { min: one, max: two },
                _ => Resize::Exactly { min: one, max: two, target: three },
            };
            if let Ok(after) = size.resized(resize) {
                size = after;
            }
            assert!(size.min <= size.target && size.target <= size.max && size.max >= 1, "seed {seed}: {size:?}");
        }
    }
}
