//! Where others reach a server: its port and its socket.

use std::{io::ErrorKind, net::TcpListener};

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
    vec![port(patient, serving), socket]
}

fn port(patient: &Patient, serving: bool) -> Diagnosis {
    let address = patient.settings.server.listen;
    match TcpListener::bind(address) {
        Ok(_) => Diagnosis::ok("port", format!("{address} is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse && serving => {
            Diagnosis::ok("port", format!("{address} is taken, as it should be while the server runs"))
        }
        Err(error) if error.kind() == ErrorKind::AddrInUse => Diagnosis::fault(
            "port",
            format!("{address} is taken by another program"),
            format!("find it with `lsof -i :{}` and stop it, or set another `listen` in [server]", address.port()),
        ),
        Err(error) => {
            Diagnosis::fault("port", format!("{address}: {error}"), "set `listen` in [server] to an address of this machine")
        }
    }
}
