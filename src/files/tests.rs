//! Paths that want out, files that are none, and a folder that is swapped for a link while reads and writes run.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use tempfile::TempDir;

use super::{Content, FileError, Files, Kind, Limits, Meter, Own, Problem, Written, flush};

const LIMITS: Limits = Limits { file_bytes: 1_000, flush_after: Duration::from_millis(10), cache_bytes: 10_000 };

/// A root with a few things in it, and a secret beside it.
struct Bench {
    folder: TempDir,
    files: Files,
    meter: Arc<Meter>,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("root");
        fs::create_dir_all(root.join("sub")).expect("made");
        fs::write(root.join("hello.txt"), "hello").expect("written");
        fs::write(folder.path().join("secret"), "secret").expect("written");
        fs::create_dir(folder.path().join("root-twin")).expect("made");
        let meter = Arc::new(Meter::default());
        let files = Files::open(&[root], &Own::default(), LIMITS, Arc::clone(&meter)).expect("a sound root");
        Self { folder, files, meter }
    }

    fn root(&self) -> std::path::PathBuf {
        self.folder.path().join("root")
    }

    fn read(&self, path: &str) -> Result<String, FileError> {
        self.files.read(path, 0, 10_000).map(|part| String::from_utf8_lossy(&part.bytes).into_owned())
    }

    fn write(&self, path: &str, bytes: &str) -> Result<Written, FileError> {
        self.files.write(path, &content(bytes))
    }
}

fn content(bytes: &str) -> Content<'_> {
    Content { bytes: bytes.as_bytes(), overwrite: true, create_folders: false, flush: false }
}

fn problem<T: std::fmt::Debug>(result: Result<T, FileError>) -> Problem {
    result.expect_err("refused").problem
}

#[test]
fn nothing_leads_out() {
    let bench = Bench::new();
    let root = bench.root();
    symlink("/etc/passwd", root.join("passwd")).expect("linked");
    symlink("/", root.join("slash")).expect("linked");
    symlink("../secret", root.join("sub/up")).expect("linked");
    symlink("../../secret", root.join("sub/upper")).expect("linked");
    symlink("/proc/self/root", root.join("magic")).expect("linked");
    let twin = bench.folder.path().join("root-twin/x").display().to_string();
    let secret = bench.folder.path().join("secret").display().to_string();
    let paths = [
        "../secret",
        "sub/../../secret",
        "passwd",
        "slash/etc/passwd",
        "sub/upper",
        "magic/etc/passwd",
        "/etc/passwd",
        &twin,
        &secret,
        "..",
        "sub/../..",
        "/",
    ];
    for path in paths {
        let read = problem(bench.read(path));
        assert!(matches!(read, Problem::Outside), "{path}: {read:?}");
        assert!(bench.write(path, "x").is_err() && bench.files.append(path, b"x", false).is_err(), "{path}");
        assert!(bench.files.list(path).is_err(), "{path}");
    }
    assert_eq!(problem(bench.read("sub/up")), Problem::Missing, "an inner link that leads nowhere");
    assert_eq!(fs::read_to_string(&secret).expect("it is there"), "secret");
    // Of a link that leads out it is said only that it is one.
    assert_eq!(bench.files.about("passwd").expect("a link").kind, Kind::Link);
    for inner in ["./hello.txt", "sub/../hello.txt", "sub//..//hello.txt", &root.join("hello.txt").display().to_string()] {
        assert_eq!(bench.read(inner).as_deref(), Ok("hello"), "{inner}");
    }
    assert_eq!(problem(bench.read("%2e%2e/secret")), Problem::Missing, "nothing is decoded");
}

#[test]
fn what_is_no_file_or_too_much_is_refused_at_once() {
    let bench = Bench::new();
    let root = bench.root();
    let made = std::process::Command::new("mkfifo").arg(root.join("pipe")).status().expect("mkfifo runs");
    assert!(made.success());
    assert_eq!(problem(bench.read("pipe")), Problem::NotAFile);
    assert_eq!(problem(bench.files.append("pipe", b"x", false)), Problem::NotAFile);
    assert_eq!(problem(bench.write("pipe", "x")), Problem::NotAFile);
    assert_eq!(problem(bench.read("sub")), Problem::NotAFile);
    assert_eq!(problem(bench.read("hello.txt/x")), Problem::NotAFolder);
    let sparse = fs::File::create(root.join("sparse")).expect("made");
    sparse.set_len(1 << 40).expect("no disk is needed");
    assert!(matches!(problem(bench.read("sparse")), Problem::TooLarge { .. }));
    assert!(matches!(problem(bench.write("big", &"x".repeat(1_001))), Problem::TooLarge { .. }));
    bench.write("almost", &"x".repeat(999)).expect("it fits");
    assert!(matches!(problem(bench.files.append("almost", b"xx", false)), Problem::TooLarge { .. }));
    for wrong in ["", "a\0b", &"x/".repeat(3_000)] {
        assert!(matches!(problem(bench.read(wrong)), Problem::NoPath(_)), "{wrong:.20}");
    }
    // Strange names are names.
    for name in ["trailing. ", "-rf", "$(id)", "a\nb", "naïve", "nai\u{308}ve", "\u{202e}txt"] {
        bench.write(name, name).expect(name);
        assert_eq!(bench.read(name).as_deref(), Ok(name));
    }
}

#[test]
fn a_file_is_replaced_whole_and_keeps_its_permissions() {
    let bench = Bench::new();
    let path = bench.root().join("hello.txt");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
    assert_eq!(bench.write("hello.txt", "new"), Ok(Written { size: 3, created: false }));
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
    let fresh = Content { overwrite: false, flush: true, ..content("x") };
    assert_eq!(problem(bench.files.write("hello.txt", &fresh)), Problem::Exists);
    assert_eq!(problem(bench.files.write("a/b/c", &fresh)), Problem::Missing);
    let made = bench.files.write("a/b/c", &Content { create_folders: true, ..fresh });
    assert_eq!(made, Ok(Written { size: 1, created: true }));
    assert_eq!(fs::metadata(bench.root().join("a/b/c")).expect("there").permissions().mode() & 0o777, 0o600);
    symlink("hello.txt", bench.root().join("link")).expect("linked");
    assert_eq!(problem(bench.write("link", "x")), Problem::Link);
    assert_eq!(bench.read("link").as_deref(), Ok("new"));
    let names: Vec<_> = bench.files.list(".").expect("listed").into_iter().map(|about| about.name).collect();
    assert!(names.iter().all(|name| !name.starts_with(".kmtop-")), "{names:?}");
    assert_eq!(bench.files.append("log", b"one\n", true), Ok(Written { size: 4, created: true }));
    assert_eq!(bench.files.append("log", b"two\n", false), Ok(Written { size: 8, created: false }));
    assert_eq!(bench.read("log").as_deref(), Ok("one\ntwo\n"), "who reads sees what was written, flushed or not");
}

#[test]
fn a_file_that_did_not_change_is_read_once() {
    let bench = Bench::new();
    let path = bench.root().join("hello.txt");
    // Only what has not changed for a moment is kept.
    while !bench.files.read("hello.txt", 0, 100).expect("read").cached {
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(bench.files.read("hello.txt", 1, 3).expect("read").bytes, b"ell");
    let twin = fs::hard_link(&path, bench.root().join("twin"));
    twin.expect("linked");
    fs::write(&path, "other").expect("written");
    assert_eq!(bench.read("hello.txt").as_deref(), Ok("other"));
    let (cache, io) = (bench.meter.cache().expect("used"), bench.meter.io().expect("used"));
    assert!(cache.hit_share.is_some_and(|share| share > 0.0) && io.reads >= 4 && io.bytes_read >= 8, "{cache:?} {io:?}");
}

#[test]
fn a_root_is_a_folder_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = Own { home: Some(folder.path().join("home")), folders: vec![folder.path().join("home/state")] };
    for name in ["home/state", "home/.ssh", "home/work"] {
        fs::create_dir_all(folder.path().join(name)).expect("made");
    }
    let open = |path: &Path| Files::open(&[path.to_owned()], &own, LIMITS, Arc::default()).map(|_| ());
    for refused in ["/", "/proc", "/sys/kernel", "/dev"].map(Path::new) {
        assert!(matches!(problem(open(refused)), Problem::NoRoot(_)), "{}", refused.display());
    }
    for refused in ["home", "home/state", "home/.ssh", "."] {
        assert!(matches!(problem(open(&folder.path().join(refused))), Problem::NoRoot(_)), "{refused}");
    }
    assert_eq!(problem(open(&folder.path().join("none"))), Problem::Missing);
    assert_eq!(open(&folder.path().join("home/work")), Ok(()));
}

/// Swaps of a folder for a link to the outside while reads and writes run.
const SWAPS: u32 = 100_000;

#[test]
fn a_folder_swapped_for_a_link_never_leads_out() {
    let bench = Bench::new();
    let outside = bench.folder.path().join("outside");
    fs::create_dir(&outside).expect("made");
    fs::write(outside.join("file"), "OUTSIDE").expect("written");
    let root = bench.root();
    fs::write(root.join("sub/file"), "inside").expect("written");
    fs::create_dir(root.join("parked")).expect("made");
    let (over, inside, mut held) = (AtomicBool::new(false), AtomicU32::new(0), 0);
    let touched = |path: &str| {
        while !over.load(Ordering::Relaxed) {
            match bench.files.read(path, 0, 100) {
                Ok(part) => {
                    assert!(!part.bytes.starts_with(b"OUT"), "the outside was read");
                    inside.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => assert!(!matches!(error.problem, Problem::NoPath(_)), "{error}"),
            }
            let _ = bench.files.write(path, &content("inside"));
            let _ = bench.files.write("sub/new", &Content { create_folders: true, ..content("new") });
            let _ = bench.files.append("sub/log", b"", false);
        }
    };
    thread::scope(|scope| {
        let workers = [scope.spawn(|| touched("sub/file")), scope.spawn(|| touched("sub/../sub/file"))];
        let (real, parked, link) = (root.join("sub"), root.join("parked/sub"), root.join("link"));
        symlink(&outside, &link).expect("linked");
        for at in 0..SWAPS / 2 {
            if at.is_multiple_of(500) {
                held = held.max(descriptors(bench.folder.path()));
            }
            // Two swaps: the folder goes and the link comes, and back.
            let swap = |from: &Path, to: &Path| {
                // A writer may have made a folder in between.
                while fs::rename(from, to).is_err() {
                    let _ = fs::remove_dir_all(to);
                }
            };
            swap(&real, &parked);
            swap(&link, &real);
            fs::rename(&real, &link).expect("the link comes back");
            swap(&parked, &real);
        }
        over.store(true, Ordering::Relaxed);
        for worker in workers {
            worker.join().expect("nothing outside was seen");
        }
    });
    let left: Vec<_> = fs::read_dir(&outside).expect("there").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(left, ["file"], "nothing was written outside");
    assert_eq!(fs::read_to_string(outside.join("file")).expect("there"), "OUTSIDE");
    assert!(inside.load(Ordering::Relaxed) > 0, "what was inside could be read meanwhile");
    // Those being flushed, those that wait, and the few that each of the two writers holds itself.
    assert!(held <= 2 * flush::MOST + 2 * 8, "{held} files open at a time");
}

/// Files below a folder that this process holds open; none where the system does not tell.
fn descriptors(folder: &Path) -> usize {
    let held = fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    held.filter(|entry| fs::read_link(entry.path()).is_ok_and(|target| target.starts_with(folder))).count()
}
