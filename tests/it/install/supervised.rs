//! What a server tells systemd, heard on a socket like systemd's.

use std::{os::unix::net::UnixDatagram, process::Stdio};

use rustix::process::Signal;

use crate::harness::{Home, LIMIT, signal, until};

#[test]
fn systemd_hears_of_the_start_of_life_and_of_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    let hear = || {
        let mut bytes = [0; 4096];
        let length = socket.recv(&mut bytes).expect("a word in time");
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    };
    let home = Home::new();
    let mut command = home.command(&["--serve", "--listen", "127.0.0.1:0"]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "300000").stdout(Stdio::null()).stderr(Stdio::null());
    let mut server = command.spawn().unwrap();

    let first = hear();
    assert!(first.contains("READY=1") && first.contains("STATUS=listening on http://127.0.0.1:"), "{first}");
    assert!(home.state("server.json").exists(), "it says so only when it is");
    for _ in 0..3 {
        assert_eq!(hear().trim(), "WATCHDOG=1");
    }
    signal(server.id(), Signal::TERM);
    let stopping = until("the last word", || match hear() {
        word if word.trim() == "WATCHDOG=1" => Err(word),
        word => Ok(word),
    });
    assert!(stopping.contains("STOPPING=1"), "{stopping}");
    assert_eq!(server.wait().unwrap().code(), Some(0));
}
