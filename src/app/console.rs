//! The console, on a server in this process or on a running one.

use std::{
    io::IsTerminal,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use tokio::sync::oneshot;

use super::{
    Failure, Setup, block_on, desk, logging, recording,
    reload::Reload,
    serve,
    signals::{Asked, Signals},
    stack::{Doors, Stack},
};
use crate::{
    config::{self, Color, Glyphs, OnHangup},
    control::{self, ControlError},
    link::Link,
    record::{self, Place},
    tui::{self, ColorMode, Exit, GlyphSet, Options, Signal, TuiError},
};

/// How long the screen's thread may take to give the terminal back when the program ends.
const SCREEN_GRACE: Duration = Duration::from_secs(2);

/// How a screen ended.
enum Ended {
    /// As it wanted.
    Exit(Exit),
    /// It could not begin.
    Failed(TuiError),
    /// Its thread panicked. The terminal has been given back.
    Panicked,
    /// It does not answer: its terminal takes no output.
    Stuck,
}

/// `kmtop`: attaches to the home's server, or starts one here with the console on top.
pub(super) fn run(setup: &Setup) -> Result<ExitCode, Failure> {
    check_terminal(setup.plain)?;
    let socket = setup.home.socket();
    block_on(async {
        match control::attach(&socket).await {
            Ok(link) => attached(setup, beside(setup, link, socket)).await,
            Err(ControlError::Absent { .. }) => own(setup).await,
            Err(error) => Err(Failure::wrong(error.to_string())),
        }
    })
}

/// `kmtop attach`: only to a running server.
pub(super) fn attach(setup: &Setup, target: Option<PathBuf>) -> Result<ExitCode, Failure> {
    check_terminal(setup.plain)?;
    let socket = target.unwrap_or_else(|| setup.home.socket());
    if let Some(url) = socket.to_str().filter(|text| text.starts_with("http://") || text.starts_with("https://")) {
        let why = "a console attaches to a control socket; for a server elsewhere: ssh -t HOST kmtop attach";
        return Err(Failure::wrong(format!("{url}: {why}")));
    }
    block_on(async {
        let link = control::attach(&socket).await.map_err(|error| Failure::wrong(error.to_string()))?;
        attached(setup, beside(setup, link, socket)).await
    })
}

/// One clear line where there is no terminal to draw on, and no escape sequences. Plain lines go anywhere.
pub(super) fn check_terminal(plain: bool) -> Result<(), Failure> {
    if plain || is_dumb() || std::io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Failure::wrong(
        "stdout is not a terminal; use `kmtop --plain` for lines, `kmtop once` for a snapshot, or `kmtop --serve` to serve without a console",
    ))
}

/// A terminal that cannot be drawn on gets lines.
fn is_dumb() -> bool {
    std::env::var("TERM").is_ok_and(|term| term == "dumb") && std::io::stdout().is_terminal()
}

/// The link with what else a console asks for: tools over this socket, and the history, which is this home's when the socket is.
fn beside(setup: &Setup, link: Link, socket: PathBuf) -> Link {
    let own = socket == setup.home.socket();
    let link = link.with_desk(desk::of_socket(socket));
    if own { link.with_archive(desk::archive_of(setup.home.history_file())) } else { link }
}

async fn attached(setup: &Setup, link: Link) -> Result<ExitCode, Failure> {
    let mut signals = serve::take_signals()?;
    let options = options(setup, false)?;
    match recorded(options, link, place(setup)?, &mut signals).await {
        Ended::Exit(Exit::Lost(reason)) => Err(Failure::wrong(format!("the server is gone: {reason}"))),
        Ended::Exit(_) | Ended::Stuck => Ok(ExitCode::SUCCESS),
        Ended::Failed(error) => Err(Failure::wrong(error.to_string())),
        Ended::Panicked => Err(Failure::wrong("the console failed; the server is untouched")),
    }
}

async fn own(setup: &Setup) -> Result<ExitCode, Failure> {
    setup.home.create()?;
    let options = options(setup, false)?;
    let _log = logging::start(&setup.home.log_file(), &setup.settings.log.level);
    let mut signals = serve::take_signals()?;
    let place = place(setup)?;
    let doors = Doors { allow_remote: setup.allow_remote, ..Doors::default() };
    let stack = Stack::start(&setup.home, &setup.settings, Some(doors))?;
    let reload = Reload::start(setup, &stack);
    let ended =
        recorded(options, stack.link().with_archive(desk::archive_of(setup.home.history_file())), place, &mut signals).await;
    let result = follow(ended, setup.settings.console.on_hangup, &mut signals, || reload.now()).await;
    drop(reload);
    serve::end(stack, signals).await;
    result
}

/// What a server does when its console has ended: mostly end too, or go on without one.
async fn follow(ended: Ended, on_hangup: OnHangup, signals: &mut Signals, reload: impl Fn()) -> Result<ExitCode, Failure> {
    match ended {
        Ended::Exit(Exit::Quit { keep_serving: true }) => {
            say("kmtop goes on serving without a console; come back with: kmtop attach");
        }
        Ended::Exit(Exit::Hangup) if on_hangup == OnHangup::Serve => tracing::info!("the terminal is gone; serving goes on"),
        Ended::Panicked => say("the console failed, its log says why; serving goes on. Come back with: kmtop attach"),
        Ended::Failed(error) => return Err(Failure::wrong(error.to_string())),
        Ended::Exit(_) | Ended::Stuck => return Ok(ExitCode::SUCCESS),
    }
    // Without its terminal it is a server like any other.
    signals.end_or(reload).await;
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stderr, reason = "the terminal has been given back; this is for the person in front of it")]
fn say(words: &str) {
    eprintln!("kmtop: {words}");
}

/// What the settings say of the console. Themes, keys and layouts of the user's own lie beside the settings file.
pub(super) fn options(setup: &Setup, demo: bool) -> Result<Options, Failure> {
    let folder = setup.home.config_file.parent();
    let options = of_settings(&setup.settings, folder, setup.plain || is_dumb(), demo);
    let (keys, layouts) = tui::read_files(&options).map_err(Failure::wrong)?;
    Ok(Options { keys, layouts, ..options })
}

/// The same, with the files not read yet.
pub(super) fn of_settings(settings: &config::Settings, folder: Option<&Path>, plain: bool, demo: bool) -> Options {
    let console = &settings.console;
    let file = |name: &str| folder.map(|folder| folder.join(name));
    Options {
        plain,
        keys_file: file("keys.toml"),
        layouts_file: file("layouts.toml"),
        layout: console.layout.clone(),
        mouse: console.mouse,
        theme: console.theme.clone(),
        theme_dir: file("themes"),
        window_s: u64::from(console.window_s),
        read_only: console.read_only,
        glyphs: match console.glyphs {
            Glyphs::Unicode => GlyphSet::Unicode,
            Glyphs::Ascii => GlyphSet::Ascii,
        },
        color: match console.color {
            Color::Auto => ColorMode::Auto,
            Color::Always16 => ColorMode::Sixteen,
            Color::Indexed => ColorMode::Indexed,
            Color::Truecolor => ColorMode::Truecolor,
            Color::Never => ColorMode::Mono,
        },
        demo,
        ..Options::default()
    }
}

/// Runs a screen on a thread of its own, and passes signals on to it, until it has ended.
pub(super) async fn run_screen(
    options: Options,
    link: Link,
    signals: &mut Signals,
    on_hangup: OnHangup,
) -> Result<ExitCode, Failure> {
    let ended = screen(options, link, signals).await;
    follow(ended, on_hangup, signals, || {}).await
}

/// Where recordings of this home go; a file that somebody named must be one that can be recorded to.
fn place(setup: &Setup) -> Result<Place, Failure> {
    recording::place(setup.home.recordings_dir(), setup.record.clone())
}

/// The same with a recorder beside the link.
pub(super) async fn recorded_screen(
    options: Options,
    link: Link,
    place: Place,
    signals: &mut Signals,
    on_hangup: OnHangup,
) -> Result<ExitCode, Failure> {
    let ended = recorded(options, link, place, signals).await;
    follow(ended, on_hangup, signals, || {}).await
}

async fn recorded(options: Options, link: Link, place: Place, signals: &mut Signals) -> Ended {
    match record::tap(link, place) {
        Ok((link, recorder)) => {
            let ended = screen(options, link, signals).await;
            recording::finish(recorder).await;
            ended
        }
        Err(error) => Ended::Failed(TuiError::Setup(error)),
    }
}

async fn screen(options: Options, link: Link, signals: &mut Signals) -> Ended {
    keep_panics_off_the_screen();
    let plain = options.plain;
    let (console, handle) = tui::Console::new(options);
    let (tell, mut ended) = oneshot::channel();
    let thread = std::thread::Builder::new().name("console".into()).spawn(move || {
        let ran = std::panic::catch_unwind(AssertUnwindSafe(|| {
            if plain { Ok(console.run_plain(link, &mut std::io::stdout())) } else { console.run(link) }
        }));
        let _ = tell.send(ran.map_or(Ended::Panicked, |ran| ran.map_or_else(Ended::Failed, Ended::Exit)));
    });
    if let Err(error) = thread {
        return Ended::Failed(TuiError::Setup(error));
    }
    loop {
        tokio::select! {
            ended = &mut ended => return ended.unwrap_or(Ended::Panicked),
            asked = signals.next() => match asked {
                Asked::Resize => handle.signal(Signal::Resize),
                Asked::Hangup => {
                    handle.signal(Signal::Hangup);
                    return last_word(&mut ended, Exit::Hangup).await;
                }
                Asked::End => {
                    handle.signal(Signal::Terminate);
                    return last_word(&mut ended, Exit::Terminated).await;
                }
            },
        }
    }
}

/// Waits for the screen's end, but not for ever: a terminal whose output is stopped holds its thread in a write.
async fn last_word(ended: &mut oneshot::Receiver<Ended>, expected: Exit) -> Ended {
    match tokio::time::timeout(SCREEN_GRACE, ended).await {
        Ok(Ok(ended)) => ended,
        Ok(Err(_)) => Ended::Panicked,
        Err(_) if expected == Exit::Hangup => Ended::Exit(expected),
        Err(_) => Ended::Stuck,
    }
}

/// While a console is up, a panic's words go to the log: on the terminal they would land in the picture. The screen's own panic
/// gives the terminal back first; this runs before anything that catches it.
fn keep_panics_off_the_screen() {
    std::panic::set_hook(Box::new(|panic| {
        tui::restore_terminal();
        tracing::error!("panic: {panic}");
    }));
}
