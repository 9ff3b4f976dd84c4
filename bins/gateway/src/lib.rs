//! The appointment telephony gateway: configuration, wiring and command line.

pub mod agent;
pub mod check;
pub mod cli;
pub mod clock;
pub mod config;
pub mod database;
pub mod demo;
pub mod explain;
pub mod export;
pub mod failure;
mod feed;
mod hand_edits;
pub mod import;
pub mod keys;
pub mod logging;
pub mod metrics;
pub mod sandbox_command;
pub mod secrets;
pub mod serve;
pub mod server;
pub mod term;
pub mod webhook;
pub mod wire;

use cli::{AgentAction, Cli, Command, ConfigAction};
use failure::Failure;
use std::process::ExitCode;

/// Does what the command line says.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::broken(format!("the runtime cannot start: {error}")).report(),
    };
    match runtime.block_on(command(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

async fn command(cli: Cli) -> Result<(), Failure> {
    let inputs = clock::inputs(cli.config);
    let command = cli.command.unwrap_or(Command::Serve);
    // The demo brings its own configuration, and `check` shows what is wrong in its own way.
    let command = match command {
        Command::Demo { exit, data } => return demo::run(&inputs, exit, data.is_some()).await,
        Command::Config { action: ConfigAction::Schema } => {
            return term::say(&format!("{}\n", config::schema()));
        }
        Command::Agent { action: AgentAction::Tools { name, api } } => return agent::tools(name.as_deref(), api),
        Command::Check { live, fix, json } => {
            let asked = check::Asked { live, fix, json };
            return check::run(config::load(&inputs), &inputs, asked).await;
        }
        command => command,
    };
    let config = config::load(&inputs)?;
    match command {
        Command::Import { file, dry_run } => import::run(&config, &inputs, &file, dry_run).await,
        Command::Export { what, format, from, to } => {
            export::run(&config, &inputs, export::Wanted { what, format, from, to }).await
        }
        Command::Explain { id, json } => explain::run(&config, &inputs, id, json).await,
        Command::Keys { action } => keys::run(&config, &inputs, action).await,
        Command::Webhook { action } => webhook::run(&config, &inputs, action).await,
        Command::Migrate => {
            logging::start(&inputs, "warn");
            database::migrate(&config).await
        }
        Command::Config { .. } => term::say(&config::show(&config)),
        Command::Sandbox { listen, journal, gateway } => {
            sandbox_command::run(&config, &inputs, listen, journal, gateway).await
        }
        Command::Serve | Command::Demo { .. } | Command::Check { .. } | Command::Agent { .. } => {
            serve::run(config, &inputs).await
        }
    }
}
