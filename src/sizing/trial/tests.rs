//! Trials on queues in virtual time: how often they find what is not there, and what is.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::*;
use crate::sizing::{Chance, bound::At};

const RATE: f64 = 20.0;

fn trial(aim: Aim, chance: &mut Chance) -> Trial {
    Trial::begin(aim, 0.0, RATE, 1.0, chance.share() < 0.5).expect("enough calls")
}

/// Calls of 0.2 s, 20 a second, on so many workers without and with the change, until the trial ends.
fn run(seed: u64, aim: Aim, present: usize, changed: usize, failing: f64) -> Verdict {
    let mut chance = Chance::new(seed);
    let mut trial = trial(aim, &mut chance);
    let size = |arm| if arm == Arm::Present { present } else { changed };
    let mut arm = trial.arm();
    let mut free: BinaryHeap<Reverse<At>> = (0..size(arm)).map(|_| Reverse(At(0.0))).collect();
    // Calls that have begun, by their ends: the trial hears of them when they end.
    let mut running: BinaryHeap<Reverse<(At, usize)>> = BinaryHeap::new();
    let mut calls: Vec<Call> = Vec::new();
    let mut came = 0.0;
    let mut second = 1.0;
    loop {
        came += chance.wait(RATE);
        while second <= came {
            while running.peek().is_some_and(|Reverse((At(end), _))| *end <= second) {
                running.pop().into_iter().for_each(|Reverse((_, call))| trial.call(calls[call]));
            }
            if let Some(verdict) = trial.tick(second, Health::default()) {
                return verdict.clone();
            }
            if trial.arm() != arm {
                let (before, after) = (size(arm), size(trial.arm()));
                (before..after).for_each(|_| free.push(Reverse(At(second))));
                (after..before).for_each(|_| {
                    free.pop();
                });
                arm = trial.arm();
            }
            second += 1.0;
        }
        let service = chance.lognormal(0.2, 1.0);
        let Some(Reverse(At(first))) = free.pop() else { unreachable!("there are workers") };
        let begins = came.max(first);
        free.push(Reverse(At(begins + service)));
        let wait = begins - came;
        let failed = arm == Arm::Changed && chance.share() < failing;
        running.push(Reverse((At(begins + service), calls.len())));
        calls.push(Call { came, wait, service, missed: wait > 0.25, failed });
    }
}

/// How many of so many trials say that there is a difference.
fn declared(seeds: u64, present: usize, changed: usize) -> (u64, u64) {
    let verdicts = (1..=seeds).map(|seed| run(seed, Aim::Faster, present, changed, 0.0));
    verdicts.fold((0, 0), |(kept, back), verdict| match verdict {
        Verdict::Keep { .. } => (kept + 1, back),
        Verdict::RollBack { .. } | Verdict::Aborted { .. } => (kept, back + 1),
        _ => (kept, back),
    })
}

#[test]
fn the_same_against_itself_is_rarely_called_different() {
    let (kept, back) = declared(60, 6, 6);
    assert!(kept + back <= 7, "{kept} kept, {back} rolled back of 60");
}

#[test]
fn a_sixth_worker_is_found_to_help() {
    let (kept, _) = declared(40, 5, 6);
    assert!(kept >= 34, "{kept} of 40");
}

/// `cargo test --release --lib -- --ignored sizing::trial`
#[test]
#[ignore = "a thousand trials each; its command is in docs/optimizer.md"]
fn of_a_thousand_trials_of_nothing_at_most_sixty_find_something() {
    for size in [5, 6] {
        let (kept, back) = declared(1_000, size, size);
        assert!(kept + back <= 60, "{size} workers: {kept} kept, {back} rolled back");
    }
    let (kept, _) = declared(1_000, 5, 6);
    assert!(kept >= 900, "{kept} of 1000 found the sixth worker");
}

#[test]
fn harm_ends_the_trial() {
    let verdict = run(1, Aim::Faster, 6, 4, 0.0);
    assert!(!verdict.keeps(), "{verdict:?}");
    let failing = run(2, Aim::Faster, 6, 7, 0.2);
    assert!(matches!(&failing, Verdict::Aborted { why } if why.contains("failed with it")), "{failing:?}");
}

#[test]
fn a_saving_that_costs_nothing_is_kept_and_one_that_does_is_not() {
    let kept = (1..=10).filter(|seed| run(*seed, Aim::Saving, 20, 18, 0.0).keeps()).count();
    assert!(kept >= 9, "{kept} of 10");
    let harmful = (1..=10).filter(|seed| run(*seed, Aim::Saving, 6, 5, 0.0).keeps()).count();
    assert_eq!(harmful, 0);
}

#[test]
fn there_is_no_trial_with_too_few_calls() {
    let error = Trial::begin(Aim::Faster, 0.0, 0.2, 1.0, false).expect_err("too few");
    assert!(error.to_string().contains("modelled"), "{error}");
    assert!(Trial::begin(Aim::Faster, 0.0, 0.34, 1.0, false).is_ok_and(|trial| trial.block_length() > 58.0));
    assert!(Trial::begin(Aim::Faster, 0.0, 50.0, 1.0, false).is_ok_and(|trial| trial.block_length() < 10.1));
}

#[test]
fn a_block_that_was_disturbed_comes_again() {
    let mut trial = Trial::begin(Aim::Faster, 0.0, RATE, 1.0, true).expect("enough calls");
    assert_eq!(trial.arm(), Arm::Changed);
    let fill = |trial: &mut Trial, from: f64| {
        (0..40).for_each(|call| {
            let came = from + f64::from(call) / 4.0;
            trial.call(Call { came, wait: 0.01, service: 0.1, missed: false, failed: false });
        });
    };
    fill(&mut trial, 0.0);
    trial.disturb();
    assert_eq!(trial.tick(10.0, Health::default()), None);
    assert_eq!((trial.arm(), trial.blocks().len()), (Arm::Changed, 0));
    fill(&mut trial, 10.0);
    assert_eq!(trial.tick(20.0, Health::default()), None);
    assert_eq!((trial.arm(), trial.blocks().len()), (Arm::Present, 1));
    // Nobody calls any more.
    for turn in 3..40 {
        trial.tick(f64::from(turn) * 10.0, Health::default());
    }
    assert_eq!(trial.verdict(), Some(&Verdict::Inconclusive { detectable: None }));
}

#[test]
fn whoever_changes_it_by_hand_wins_and_a_crash_loop_ends_it() {
    let begin = || Trial::begin(Aim::Faster, 0.0, RATE, 1.0, false).expect("enough calls");
    let mut trial = begin();
    assert_eq!(trial.overruled(), &Verdict::Overruled);
    assert_eq!(trial.tick(500.0, Health::default()), Some(&Verdict::Overruled));
    let mut trial = begin();
    let looping = Health { crash_loop: true, ..Health::default() };
    assert!(matches!(trial.tick(1.0, looping), Some(Verdict::Aborted { .. })));
    let mut trial = begin();
    let short = Health { memory_pressure: true, ..Health::default() };
    assert!(matches!(trial.tick(1.0, short), Some(Verdict::Aborted { .. })));
}

/// Calls of a canary, half of them on workers with the change, which makes each take so many times as long.
fn canary(seed: u64, slower: f64, failing: f64) -> Verdict {
    let mut chance = Chance::new(seed);
    let mut trial = Trial::canary(0.0, RATE, 1.0).expect("enough calls");
    let mut came = 0.0;
    let mut second = 1.0;
    loop {
        came += chance.wait(RATE);
        while second <= came {
            if let Some(verdict) = trial.tick(second, Health::default()) {
                return verdict.clone();
            }
            second += 1.0;
        }
        let arm = if chance.share() < 0.5 { Arm::Present } else { Arm::Changed };
        let takes = chance.lognormal(1.0, 0.5) * if arm == Arm::Changed { slower } else { 1.0 };
        let failed = arm == Arm::Changed && chance.share() < failing;
        trial.call_of(arm, Call { came, wait: takes, service: takes, missed: false, failed });
    }
}

#[test]
fn a_canary_that_does_no_harm_is_kept_and_one_that_does_is_not() {
    let kept = (1..=10).filter(|seed| canary(*seed, 0.9, 0.0).keeps()).count();
    assert!(kept >= 8, "{kept} of 10");
    let harmful = (1..=10).filter(|seed| canary(*seed, 1.3, 0.0).keeps()).count();
    assert_eq!(harmful, 0);
    let failing = canary(3, 1.0, 0.2);
    assert!(matches!(&failing, Verdict::Aborted { why } if why.contains("failed with it")), "{failing:?}");
}

#[test]
fn the_slowest_hundredth_ends_a_trial_when_nobody_is_promised_less() {
    let mut trial = Trial::begin(Aim::Faster, 0.0, RATE, 1.0, false).expect("enough calls");
    for second in 0..70_u32 {
        let slow = trial.arm() == Arm::Changed && second % 3 == 0;
        for part in 0..20_u32 {
            let came = f64::from(second) + f64::from(part) / 20.0;
            let wait = if slow && part == 7 { 2.0 } else { 0.02 };
            trial.call(Call { came, wait, service: 0.1, missed: false, failed: false });
        }
        trial.tick(f64::from(second + 1), Health::default());
    }
    let verdict = trial.verdict().cloned();
    assert!(matches!(&verdict, Some(Verdict::Aborted { why }) if why.contains("slowest hundredth")), "{verdict:?}");
}

#[test]
fn the_effect_is_told_with_its_interval_once_there_are_blocks() {
    let mut trial = Trial::begin(Aim::Faster, 0.0, RATE, 1.0, false).expect("enough calls");
    let mut chance = Chance::new(4);
    for second in 0..60_u32 {
        for part in 0..20_u32 {
            let came = f64::from(second) + f64::from(part) / 20.0;
            let wait = chance.lognormal(if trial.arm() == Arm::Changed { 0.1 } else { 0.2 }, 0.5);
            let service = chance.lognormal(0.1, 0.5);
            trial.call(Call { came, wait, service, missed: false, failed: false });
        }
        assert!(second > 40 || trial.effect().is_none());
        trial.tick(f64::from(second + 1), Health::default());
    }
    let Effect { ratio, low, high } = trial.effect().expect("six blocks");
    assert!(low < ratio && ratio < high && (0.4..0.7).contains(&ratio), "{low} {ratio} {high}");
    assert!(trial.p95(Arm::Changed) < trial.p95(Arm::Present) && trial.void_blocks() == 0);
}
