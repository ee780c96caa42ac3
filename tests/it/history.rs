//! What a server keeps on the disk, and recordings of it, with the real program.

mod killed;
mod replay;
mod served;
mod simulated;
