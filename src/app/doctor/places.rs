//! Where others reach a server: its port and its socket.

use std::{
    io::ErrorKind,
    net::{SocketAddr, TcpListener},
};

use super::Patient;
use crate::{
    cli::Diagnosis,
    control::{self, ControlError},
};

pub(super) async fn look(patient: &Patient) -> Vec<Diagnosis> {
    let path = patient.home.socket();
    let answered = control::frame(&path).await;
    let serving = answered.is_ok();
    let socket = match (patient.home.check_socket_dir(), answered) {
        (Err(error), _) => Diagnosis::fault("socket", error.to_string(), "do as it says: others could have put a socket there"),
        (_, Ok(frame)) => Diagnosis::ok("socket", format!("kmtop {} answers at {}", frame.version, path.display())),
        (_, Err(ControlError::Absent { .. })) => Diagnosis::ok("socket", "no server runs in this home"),
        (_, Err(error)) => Diagnosis::fault(
            "socket",
            format!("{}: {error}", path.display()),
            "stop the server of this home (its pid is in server.json) and start it again",
        ),
    };
    let endpoint = port("port", "[server]", patient.settings.server.listen, serving);
    let metrics = patient.settings.metrics.address().map(|address| port("metrics", "[metrics]", address, serving));
    [endpoint].into_iter().chain(metrics).chain([socket]).collect()
}

fn port(name: &'static str, section: &str, address: SocketAddr, serving: bool) -> Diagnosis {
    match TcpListener::bind(address) {
        Ok(_) => Diagnosis::ok(name, format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse && serving => {
            Diagnosis::ok(name, format!("{address} is taken, as it should be while the server runs"))
        }
        Err(error) if error.kind() == ErrorKind::AddrInUse => Diagnosis::fault(
            name,
            format!("{address} is taken by another program"),
            format!("find it with `lsof -i :{}` and stop it, or set another `listen` in {section}", address.port()),
        ),
        Err(error) => Diagnosis::fault(
            name,
            format!("{address}: {error}"),
            format!("set `listen` in {section} to an address of this machine"),
        ),
    }
}
