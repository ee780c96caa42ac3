//! The workers of a server: those that run macros, and those that run programs.

use std::{sync::Arc, time::Duration};

use super::{
    Failure,
    engine::Engine,
    questions::{Answers, Work},
    stack::limits,
};
use crate::{
    backend::Questions,
    config::{BackendKind, Home, Settings},
    macros::Profile,
    pool,
    tools::Commands,
};

/// The workers that run macros, and where programs run.
pub(super) fn start(
    engine: &Engine,
    (home, settings): (&Home, &Settings),
    profile: &Arc<Profile>,
    work: Work,
    targets: &[Arc<str>],
) -> Result<(pool::Handle, Commands), Failure> {
    let answers = Answers::new(work, run_limit(settings), targets.to_vec());
    let pool = pool::start(engine.backend(home, settings, profile, Arc::clone(&answers))?, limits(home, settings)?);
    let commands = commands(engine, (home, settings), profile, (&pool, &answers))?;
    answers.start_in(pool.clone());
    Ok((pool, commands))
}

/// How long a macro may run, unless its caller says otherwise.
pub(super) fn run_limit(settings: &Settings) -> Duration {
    Duration::from_millis(settings.pool.run_timeout_ms)
}

/// Where programs run: beside the macros, or among workers of their own when another engine runs those.
fn commands(
    engine: &Engine,
    (home, settings): (&Home, &Settings),
    profile: &Arc<Profile>,
    (pool, answers): (&pool::Handle, &Arc<Answers>),
) -> Result<Commands, Failure> {
    if engine.kind == BackendKind::Embedded {
        return Ok(Commands::within(pool.clone()));
    }
    let limits = pool::Limits { slow_log: None, ..limits(home, settings)? };
    let answers: Arc<dyn Questions> = Arc::<Answers>::clone(answers);
    let (home, profile) = (home.clone(), Arc::clone(profile));
    let runtime = tokio::runtime::Handle::current();
    Ok(Commands::starting(move || {
        let backend = Engine::programs(&home, &profile, Arc::clone(&answers)).map_err(|failure| failure.words())?;
        // The first call may come on the thread of HTTP, whose runtime ends earlier.
        let _entered = runtime.enter();
        Ok(pool::start(backend, limits.clone()))
    }))
}
