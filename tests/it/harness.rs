//! What tests of the real program share: a home of its own, a server in it, requests byte by byte, a terminal.

pub(crate) mod http;
pub(crate) mod screen;

use std::{
    fmt::Debug,
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use kmtop::{client::Client, control};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything may take. Generous, because it is only ever waited out by a test that fails.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// Looks until there is something to see; fails with what was seen last.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + LIMIT;
    loop {
        match look() {
            Ok(seen) => return seen,
            Err(last) => assert!(Instant::now() < deadline, "{what}: not within {LIMIT:?}; at last: {last}"),
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// The same for a condition over a value that can be shown.
#[track_caller]
pub(crate) fn until_is<T: Debug>(what: &str, mut look: impl FnMut() -> T, good: impl Fn(&T) -> bool) -> T {
    until(what, || {
        let seen = look();
        if good(&seen) { Ok(seen) } else { Err(format!("{seen:#?}")) }
    })
}

/// Sends a signal to a process that must be there.
#[track_caller]
pub(crate) fn signal(pid: u32, signal: Signal) {
    kill_process(process(pid), signal).unwrap();
}

/// Whether a process of this number is there; one that ended and was not waited for yet is.
pub(crate) fn is_alive(pid: u32) -> bool {
    rustix::process::test_kill_process(process(pid)).is_ok()
}

fn process(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
}

/// A file of `tests/data`.
pub(crate) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Puts a program in place. Another process writes it: a file that this one has open for writing would be so in each child that
/// another test starts at that moment, and is then no program yet ("Text file busy").
pub(crate) fn install(program: &Path, place: &Path) {
    let installed = Command::new("install").args(["-m", "755"]).args([program, place]).status().unwrap();
    assert!(installed.success(), "{} was installed", place.display());
}

/// An argument for `sleep` that no other process has: ten minutes and a fraction of this very test's own.
pub(crate) fn own_sleep() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(1);
    format!("600.{:07}{:03}1", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// How many processes have exactly this argument.
#[cfg(target_os = "linux")]
pub(crate) fn processes_with(argument: &str) -> usize {
    let has = |path: PathBuf| {
        let line = fs::read(path.join("cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|word| word == argument.as_bytes())
    };
    fs::read_dir("/proc").unwrap().filter(|entry| has(entry.as_ref().unwrap().path())).count()
}

/// A home for kmtop, with the sample library in it, gone when it is dropped.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir_all(home.library()).unwrap();
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample.kmmacros");
        fs::copy(sample, home.library().join("sample.kmmacros")).unwrap();
        home
    }

    /// A home with these settings.
    pub(crate) fn with(settings: &str) -> Self {
        let home = Self::new();
        home.configure(settings);
        home
    }

    /// Writes the settings; only their owner may, else they are not obeyed.
    pub(crate) fn configure(&self, settings: &str) {
        let path = self.path().join("config.toml");
        let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
        std::io::Write::write_all(&mut file.unwrap(), settings.as_bytes()).unwrap();
    }

    /// Adds a library of `tests/data/macros` in which `from` is replaced.
    pub(crate) fn add_macros(&self, name: &str, (from, to): (&str, &str)) {
        let text = fs::read_to_string(data("macros").join(name)).unwrap();
        assert!(text.contains(from), "{name} has {from} to replace");
        fs::write(self.library().join(name), text.replace(from, to)).unwrap();
    }

    fn library(&self) -> PathBuf {
        self.path().join("data/library")
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file of the state folder.
    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.path().join("state").join(name)
    }

    /// Environment variables of a process in this home; there are no others.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let mut pairs =
            vec![("KMTOP_HOME".to_owned(), self.path().display().to_string()), ("LANG".to_owned(), "C.UTF-8".to_owned())];
        let kept = ["PATH", "HOME", "USER", "TMPDIR"];
        pairs.extend(kept.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?))));
        pairs
    }

    /// The program in this home.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kmtop"));
        command.env_clear().envs(self.environment()).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    /// Calls a tool over the control socket.
    #[track_caller]
    pub(crate) fn ask(&self, tool: &str, arguments: Value) -> Value {
        self.try_ask(tool, arguments).unwrap_or_else(|(error, _)| panic!("{tool}: {error:#}"))
    }

    /// The same, with the tool's own error.
    #[track_caller]
    pub(crate) fn try_ask(&self, tool: &str, arguments: Value) -> Result<Value, (Value, String)> {
        block_on(control::call(&self.state("kmtop.sock"), tool, arguments)).unwrap()
    }

    pub(crate) fn pool(&self) -> Value {
        self.ask("pool_status", json!({}))
    }

    /// Waits until the pool is as it should be.
    #[track_caller]
    pub(crate) fn pool_until(&self, what: &str, good: impl Fn(&Value) -> bool) -> Value {
        until_is(what, || self.pool(), good)
    }
}

/// Whether a pool has all the workers that it should, and none of them has anything to do.
pub(crate) fn is_whole(pool: &Value) -> bool {
    pool["idle"] == pool["target"] && pool["workers"].as_array().is_some_and(|workers| json!(workers.len()) == pool["target"])
}

/// The processes of workers in this state.
pub(crate) fn pids(pool: &Value, state: &str) -> Vec<u32> {
    let workers = pool["workers"].as_array().unwrap().iter().filter(|worker| worker["state"] == state);
    workers.filter_map(|worker| u32::try_from(worker["pid"].as_u64()?).ok()).collect()
}

/// A program that ran to its end.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    #[track_caller]
    pub(crate) fn of(command: &mut Command) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let pid = child.id();
        let running = thread::spawn(move || child.wait_with_output().unwrap());
        let deadline = Instant::now() + LIMIT;
        while !running.is_finished() {
            if Instant::now() >= deadline {
                signal(pid, Signal::KILL);
                panic!("did not end within {LIMIT:?}: {:?}", Self::new(&running.join().unwrap()));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Self::new(&running.join().unwrap())
    }

    fn new(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// What it printed, as JSON and nothing else.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Arguments of a server on a free port.
const SERVE: [&str; 3] = ["--serve", "--listen", "127.0.0.1:0"];

/// A server process, killed when it is dropped.
pub(crate) struct Server {
    pub(crate) home: Arc<Home>,
    child: Child,
    /// What it says of itself in `state/server.json`.
    pub(crate) said: Value,
    stderr: Arc<Mutex<String>>,
}

impl Server {
    /// A server in a new home.
    #[track_caller]
    pub(crate) fn start() -> Self {
        Self::in_home(Home::new())
    }

    /// A server in a new home with these settings.
    #[track_caller]
    pub(crate) fn with(settings: &str) -> Self {
        Self::in_home(Home::with(settings))
    }

    /// A server in this home, on a free port. Returns when it is ready.
    #[track_caller]
    pub(crate) fn in_home(home: impl Into<Arc<Home>>) -> Self {
        let home = home.into();
        let command = home.command(&SERVE);
        Self::launch(home, command)
    }

    /// The same with more flags.
    #[track_caller]
    pub(crate) fn with_flags(home: impl Into<Arc<Home>>, flags: &[&str]) -> Self {
        let home = home.into();
        let command = home.command(&[&SERVE, flags].concat());
        Self::launch(home, command)
    }

    /// The same below a shell that has done something first, for example set a limit.
    #[track_caller]
    pub(crate) fn under(shell: &str, home: impl Into<Arc<Home>>) -> Self {
        let home = home.into();
        let mut command = Command::new("/bin/sh");
        command.env_clear().envs(home.environment()).stdin(Stdio::null());
        command.args(["-c", &format!("{shell}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_kmtop")]).args(SERVE);
        Self::launch(home, command)
    }

    #[track_caller]
    fn launch(home: Arc<Home>, mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = Arc::new(Mutex::new(String::new()));
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        let heard = Arc::clone(&stderr);
        thread::spawn(move || {
            let mut line = String::new();
            while lines.read_line(&mut line).is_ok_and(|read| read > 0) {
                heard.lock().unwrap().push_str(&std::mem::take(&mut line));
            }
        });
        let mut server = Self { home, child, said: Value::Null, stderr };
        let url = until("the ready line", || {
            let heard = server.stderr();
            let url = heard.lines().find_map(|line| line.strip_prefix("kmtop listening on "));
            url.map(str::to_owned).ok_or_else(|| format!("{:?}, stderr: {heard}", server.child.try_wait()))
        });
        let file = fs::read_to_string(server.home.state("server.json")).unwrap();
        server.said = serde_json::from_str(&file).unwrap();
        assert_eq!(url, server.url(), "the ready line and server.json agree");
        server
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has said on stderr so far.
    pub(crate) fn stderr(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    fn http(&self) -> &str {
        self.said["http"].as_str().unwrap()
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/mcp", self.http())
    }

    pub(crate) fn port(&self) -> u16 {
        self.http().rsplit(':').next().unwrap().parse().unwrap()
    }

    pub(crate) fn token(&self) -> String {
        fs::read_to_string(self.said["token_file"].as_str().unwrap()).unwrap().trim().to_owned()
    }

    /// A client over real HTTP, of the protocol with sessions.
    pub(crate) async fn client(&self, name: &str) -> Client {
        Client::connect(&self.url(), Some(&self.token()), name).await.unwrap()
    }

    /// Sends a signal and waits for the end.
    #[track_caller]
    pub(crate) fn end(&mut self, how: Signal) -> ExitStatus {
        signal(self.pid(), how);
        self.ended()
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> ExitStatus {
        until("the server's end", || self.child.try_wait().unwrap().ok_or_else(|| "it runs".to_owned()))
    }

    /// Whether it has not ended.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // In good order first: a server that is killed cannot tell what its workers were doing.
        if self.runs() {
            // The second signal ends what hangs. Two at once may come as one: they are sent until one was the second.
            let deadline = Instant::now() + Duration::from_secs(5);
            while self.runs() && Instant::now() < deadline {
                let _ = kill_process(process(self.pid()), Signal::TERM);
                thread::sleep(Duration::from_millis(10));
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a future to its end on a runtime of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(4 * LIMIT, future).await.expect("in time") })
}

/// Reads a pipe to its end on a thread.
pub(crate) fn drain(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).unwrap();
        text
    })
}
