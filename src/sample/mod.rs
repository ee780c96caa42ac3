//! Readings of the operating system: processors, memory, disk, network, kmtop itself and its workers.
//!
//! [`Sampler`] reads on a thread of its own and publishes a [`SystemSample`](crate::model::SystemSample) each period; a reader
//! that is slow or stuck holds nobody up, and its age shows because the published value stops changing. `rates` is the pure
//! part: what two readings say together. `read` asks the system, and only for what is cheap.

mod host;
mod rates;
mod read;
mod sampler;
mod traffic;
mod usage;

pub use host::{host, system};
pub use read::volume_percent;
pub use sampler::{Sampler, SamplerHandle, Watched, take_once};
pub use usage::{ProcessUsage, process_usage};
