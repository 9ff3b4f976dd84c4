//! The gateway's process: the allocator, the command line, and nothing else.

use clap::Parser;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    frontdesk_gateway::run(frontdesk_gateway::cli::Cli::parse())
}
