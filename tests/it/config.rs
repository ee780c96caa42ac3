//! Settings: the corpora of files, the order of precedence, the home and what is refused for safety.

use std::{
    fs::{self, Permissions},
    net::SocketAddr,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

use kmtop::config::{
    AccessClass, Auth, BackendKind, Color, ConfigError, Environment, Glyphs, Home, Levels, OnHangup, Overrides, Settings, load,
};
use tempfile::TempDir;

/// A home of its own with this settings file.
struct Fixture {
    dir: TempDir,
    environment: Environment,
}

impl Fixture {
    fn new(config: Option<&str>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        if let Some(text) = config {
            let file = dir.path().join("config.toml");
            fs::write(&file, text).unwrap();
            fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        }
        let environment = [("KMTOP_HOME", dir.path().as_os_str()), ("HOME", "/home/tester".as_ref())].into_iter().collect();
        Self { dir, environment }
    }

    fn set(mut self, name: &str, value: &str) -> Self {
        self.environment.set(name, value);
        self
    }

    fn home(&self) -> Home {
        Home::resolve(&self.environment, None).unwrap()
    }

    fn load(&self) -> Result<Settings, ConfigError> {
        self.load_with(&Overrides::default())
    }

    fn load_with(&self, overrides: &Overrides) -> Result<Settings, ConfigError> {
        load(&self.home(), &self.environment, overrides)
    }

    /// What is said about the settings, with the folder's name taken out.
    fn complaint(&self, overrides: &Overrides) -> String {
        let text = self.load_with(overrides).expect_err("these settings cannot be taken").to_string();
        text.replace(&format!("{}/", self.dir.path().display()), "")
    }
}

fn corpus(kind: &str) -> Vec<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/configs").join(kind);
    let mut files: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    assert!(!files.is_empty());
    files
}

fn valid(name: &str) -> Settings {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/configs/valid/{name}.toml"))).unwrap();
    Fixture::new(Some(&text)).load().unwrap()
}

/// `BLESS=1 cargo test` writes the messages anew; read the difference before you commit it.
#[test]
fn every_invalid_file_gets_its_message() {
    let mut wrong = Vec::new();
    for file in corpus("invalid") {
        let fixture = Fixture::new(Some(&fs::read_to_string(&file).unwrap()));
        let said = fixture.complaint(&Overrides::default()) + "\n";
        let beside = file.with_extension("txt");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&beside, &said).unwrap();
        } else if fs::read_to_string(&beside).unwrap_or_default() != said {
            wrong.push(format!("{}:\n{said}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_valid_file_is_taken() {
    for file in corpus("valid") {
        let fixture = Fixture::new(Some(&fs::read_to_string(&file).unwrap()));
        fixture.load().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}

#[test]
fn no_file_and_an_empty_file_mean_the_defaults() {
    assert_eq!(Fixture::new(None).load().unwrap(), Settings::default());
    assert_eq!(valid("empty"), Settings::default());
    assert_eq!(valid("empty_sections"), Settings::default());
}

#[test]
fn a_full_file_sets_everything() {
    let settings = valid("full");
    assert_eq!(settings.allow, [AccessClass::Read, AccessClass::Run, AccessClass::Admin]);
    assert_eq!(settings.server.listen, "[::1]:0".parse::<SocketAddr>().unwrap());
    assert_eq!((settings.server.auth, settings.server.sessions, settings.server.connections), (Auth::None, 8, 32));
    assert_eq!(settings.server.allowed_hosts, ["mini.local"]);
    assert_eq!(settings.server.allowed_origins, ["https://example.org:8443"]);
    assert_eq!((settings.backend.kind, settings.backend.command.len()), (BackendKind::Command, 2));
    let pool = &settings.pool;
    assert_eq!((pool.min, pool.max, pool.queue), (1, 4, 16));
    assert_eq!((pool.start_timeout_ms, pool.call_timeout_ms, pool.run_timeout_ms), (1, 1000, 3_600_000));
    assert_eq!((pool.queue_timeout_ms, pool.hung_after_ms), (16, 2000));
    assert_eq!(settings.limits.value_bytes, 1024);
    assert_eq!(settings.alerts.cpu_percent, Levels::new(50.0, 50.5));
    assert_eq!(settings.alerts.memory_percent, Levels::new(10.0, 20.0));
    assert_eq!(settings.alerts.error_percent, Levels::new(0.5, 1.0));
    assert_eq!(settings.alerts.queue_wait_ms, Levels::new(100.0, 500.0), "a key that is left out keeps its default");
    let history = &settings.history;
    assert_eq!((history.enabled, history.days, history.size_mb), (false, 7, 64));
    let console = &settings.console;
    assert_eq!((console.theme.as_str(), console.window_s, console.on_hangup), ("nord", 86_400, OnHangup::Exit));
    assert_eq!((console.read_only, console.glyphs, console.color), (true, Glyphs::Ascii, Color::Always16));
    assert_eq!(settings.log.level, "debug");
}

#[test]
fn library_paths_start_at_the_home_folder_or_at_the_file() {
    let fixture = Fixture::new(Some("[engine]\nlibrary = [\"~/Macros\", \"/srv/all.kmmacros\", \"near\"]\n"));
    let library = fixture.load().unwrap().engine.library;
    assert_eq!(library, [PathBuf::from("/home/tester/Macros"), "/srv/all.kmmacros".into(), fixture.dir.path().join("near")]);
}

#[test]
fn without_library_paths_the_data_folder_has_the_library() {
    let fixture = Fixture::new(None);
    assert_eq!(fixture.load().unwrap().library(&fixture.home()), [fixture.dir.path().join("data/library")]);
}

#[test]
fn a_default_bound_of_the_pool_gives_way() {
    assert_eq!((valid("small_pool").pool.min, valid("small_pool").pool.max), (1, 1));
    assert_eq!((valid("large_pool_crlf").pool.min, valid("large_pool_crlf").pool.max), (20, 20));
}

#[test]
fn flag_over_variable_over_file_over_default() {
    let file = "[server]\nlisten = \"127.0.0.1:1\"\n[console]\ntheme = \"nord\"\n[pool]\nmin = 3\n";
    let fixture = Fixture::new(Some(file)).set("KMTOP_LISTEN", "127.0.0.1:2").set("KMTOP_POOL_MAX", "9");
    let settings = fixture.load().unwrap();
    assert_eq!((settings.server.listen.port(), settings.console.theme.as_str()), (2, "nord"));
    assert_eq!((settings.pool.min, settings.pool.max), (3, 9));

    let overrides = Overrides {
        listen: Some("127.0.0.1:3".parse().unwrap()),
        auth: Some(Auth::None),
        pool_min: Some(4),
        theme: Some("mono".to_owned()),
        window_s: Some(60),
        read_only: Some(true),
        library: Some(vec!["/srv/macros".into()]),
        ..Overrides::default()
    };
    let settings = fixture.load_with(&overrides).unwrap();
    assert_eq!((settings.server.listen.port(), settings.server.auth), (3, Auth::None));
    assert_eq!((settings.pool.min, settings.console.theme.as_str(), settings.console.window_s), (4, "mono", 60));
    assert!(settings.console.read_only);
    assert_eq!(settings.engine.library, [PathBuf::from("/srv/macros")]);
}

#[test]
fn variables_set_what_they_name() {
    let fixture = Fixture::new(None)
        .set("KMTOP_THEME", "nord")
        .set("KMTOP_POOL_MIN", "1")
        .set("KMTOP_LOG", "trace")
        .set("KMTOP_LISTEN", "")
        .set("KMTOP_LIBRARY", "/srv/one:~/two:");
    let settings = fixture.load().unwrap();
    assert_eq!((settings.console.theme.as_str(), settings.pool.min, settings.log.level.as_str()), ("nord", 1, "trace"));
    assert_eq!(settings.server.listen.port(), 4499, "a variable that is set to nothing is unset");
    assert_eq!(settings.engine.library, [PathBuf::from("/srv/one"), "/home/tester/two".into()]);
}

#[test]
fn a_bad_variable_or_flag_is_named() {
    let said = |name: &str, value: &str| Fixture::new(None).set(name, value).complaint(&Overrides::default());
    insta::assert_snapshot!(said("KMTOP_POOL_MIN", "0"), @r#"KMTOP_POOL_MIN: `pool.min` is "0"; set it to a whole number from 1 to 512 (workers)"#);
    insta::assert_snapshot!(said("KMTOP_LISTEN", "here"), @r#"KMTOP_LISTEN: `server.listen` is "here"; set it to an address and a port, like "127.0.0.1:4499" or "[::1]:4499""#);
    let overrides = Overrides { window_s: Some(1), ..Overrides::default() };
    insta::assert_snapshot!(Fixture::new(None).complaint(&overrides), @r#"--window: `console.window_s` is "1"; set it to a whole number from 60 to 86400 (seconds)"#);
    let overrides = Overrides { pool_max: Some(1), ..Overrides::default() };
    insta::assert_snapshot!(Fixture::new(Some("[pool]\nmin = 3\n")).complaint(&overrides), @"config.toml:2:7: `pool.min` is 3, above `pool.max`, which --pool-max sets to 1; lower the one or raise the other");
}

#[test]
fn a_named_file_must_be_there_and_a_default_one_need_not() {
    let fixture = Fixture::new(None).set("KMTOP_CONFIG", "/nonexistent/kmtop.toml");
    insta::assert_snapshot!(fixture.complaint(&Overrides::default()), @"/nonexistent/kmtop.toml: there is no such file; name a file that exists, or leave the name out for the default");
    let by_flag = Home::resolve(&fixture.environment, Some(Path::new("/elsewhere/k.toml"))).unwrap();
    assert_eq!(by_flag.config_file, Path::new("/elsewhere/k.toml"), "the flag goes before the variable");
}

#[test]
fn a_file_that_others_may_write_is_refused() {
    let fixture = Fixture::new(Some(""));
    let file = fixture.dir.path().join("config.toml");
    for mode in [0o602, 0o620, 0o666] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        let said = fixture.complaint(&Overrides::default());
        assert!(said.contains(&format!("may be written by others (mode {mode:o})")) && said.contains("chmod go-w"), "{said}");
    }
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    fixture.load().unwrap();
}

/// Only root can give a file away, so elsewhere this test has nothing to look at.
#[test]
fn a_file_of_somebody_else_is_refused() {
    let fixture = Fixture::new(Some(""));
    if std::os::unix::fs::chown(fixture.dir.path().join("config.toml"), Some(12_345), None).is_ok() {
        let said = fixture.complaint(&Overrides::default());
        assert!(said.contains("belongs to user 12345"), "{said}");
    }
}

#[test]
fn what_is_no_settings_file_is_refused_at_once() {
    let fixture = Fixture::new(None);
    let file = fixture.dir.path().join("config.toml");
    fs::create_dir(&file).unwrap();
    assert!(fixture.complaint(&Overrides::default()).contains("is not a regular file"));
    fs::remove_dir(&file).unwrap();

    rustix::fs::mknodat(rustix::fs::CWD, &file, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
    assert!(fixture.complaint(&Overrides::default()).contains("is not a regular file"), "a pipe does not hang the start");
    fs::remove_file(&file).unwrap();

    fs::write(&file, b"theme = \"\xff\"").unwrap();
    assert!(fixture.complaint(&Overrides::default()).contains("is not UTF-8"));
    fs::write(&file, " ".repeat((1 << 20) + 1)).unwrap();
    assert!(fixture.complaint(&Overrides::default()).contains("larger than 1 MiB"));
}

#[test]
fn the_example_file_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, kmtop::config::example()).unwrap();
    }
    assert!(
        fs::read_to_string(path).unwrap() == kmtop::config::example(),
        "run `BLESS=1 cargo test example` and commit the file"
    );
}

#[test]
fn the_example_sets_nothing_and_without_its_marks_every_default() {
    let example = kmtop::config::example();
    assert_eq!(Fixture::new(Some(&example)).load().unwrap(), Settings::default());
    let bare = |line: &str| match line.strip_prefix('#') {
        Some(key) if !key.is_empty() && !key.starts_with(' ') => key.to_owned(),
        _ => line.to_owned(),
    };
    let unmarked: String = example.lines().map(|line| bare(line) + "\n").collect();
    assert!(unmarked.contains("\nhung_after_ms = 10000\n"));
    assert_eq!(Fixture::new(Some(&unmarked)).load().unwrap(), Settings::default());
}

#[test]
fn the_home_follows_its_variable_or_xdg() {
    let one = Fixture::new(None).home();
    let dir = one.config_file.parent().unwrap();
    assert_eq!((one.state_dir.as_path(), one.data_dir.as_path()), (dir.join("state").as_path(), dir.join("data").as_path()));
    assert_eq!(one.socket(), dir.join("state/kmtop.sock"));

    let environment =
        [("HOME", "/home/tester"), ("XDG_STATE_HOME", "/var/state"), ("XDG_DATA_HOME", "relative")].into_iter().collect();
    let xdg = Home::resolve(&environment, None).unwrap();
    assert_eq!(xdg.config_file, Path::new("/home/tester/.config/kmtop/config.toml"));
    assert_eq!(xdg.state_dir, Path::new("/var/state/kmtop"));
    assert_eq!(xdg.data_dir, Path::new("/home/tester/.local/share/kmtop"));

    assert_eq!(Home::resolve(&Environment::default(), None), Err(ConfigError::NoHome));
}

#[test]
fn a_long_home_gets_a_short_socket_of_its_own() {
    let home = |name: &str| {
        let environment = [("KMTOP_HOME", format!("/{}/{name}", "long".repeat(30)))].into_iter().collect();
        Home::resolve(&environment, None).unwrap().socket()
    };
    let user = rustix::process::geteuid().as_raw();
    assert!(home("a").starts_with(format!("/tmp/kmtop-{user}")) && home("a").as_os_str().len() <= 103);
    assert_eq!(home("a"), home("a"));
    assert_ne!(home("a"), home("b"), "two homes never share a socket");
}

#[test]
fn folders_are_made_for_the_owner_only() {
    let fixture = Fixture::new(None);
    let home = fixture.home();
    home.check_socket_dir().unwrap();
    fs::create_dir(&home.state_dir).unwrap();
    fs::set_permissions(&home.state_dir, Permissions::from_mode(0o755)).unwrap();
    home.create().unwrap();
    for dir in [&home.state_dir, &home.data_dir, &home.library_dir()] {
        assert_eq!(fs::metadata(dir).unwrap().permissions().mode() & 0o777, 0o700, "{}", dir.display());
    }
    home.create().unwrap();
    home.check_socket_dir().unwrap();
}

#[test]
fn a_state_folder_that_is_none_is_refused() {
    let fixture = Fixture::new(None);
    let home = fixture.home();
    fs::write(&home.state_dir, "").unwrap();
    assert!(home.create().is_err());
    fs::remove_file(&home.state_dir).unwrap();
    symlink("/nonexistent", &home.state_dir).unwrap();
    assert!(home.create().is_err());
}
