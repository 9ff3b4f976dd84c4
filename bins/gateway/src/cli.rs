//! The command line.

use crate::explain::Id;
use clap::{Parser, Subcommand, ValueEnum, builder::PossibleValuesParser};
use frontdesk_core::tools::Tool;
use std::{net::SocketAddr, path::PathBuf};
use url::Url;

/// The appointment telephony gateway: calls people about their appointments, and keeps what they answer.
#[derive(Debug, Parser)]
#[command(name = "gateway", version)]
pub struct Cli {
    /// The configuration file [default: frontdesk.toml, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do [default: serve]
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the gateway; without configuration on the sandbox, at http://127.0.0.1:8080
    Serve,
    /// The main job with scripted customers, in a temporary folder, without any account
    Demo {
        /// End after the table; exit code 0 only if every appointment came out as scripted
        #[arg(long)]
        exit: bool,
        /// Look at a month that has passed instead: a clinic's appointments and a dealer's IVR
        #[arg(long, value_enum)]
        data: Option<DemoData>,
    },
    /// Look at configuration, secrets, database and public URL
    Check {
        /// Ask every configured provider as well (nothing is changed there without --fix)
        #[arg(long)]
        live: bool,
        /// Register what is missing or wrong at the providers: the webhooks of 8x8, and where our numbers at Twilio lead
        #[arg(long, requires = "live")]
        fix: bool,
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Take appointments from a CSV file, or key presses from an ivr_data.db; what is there already changes nothing
    Import {
        /// CSV with a header line (needed: name, phone, starts_at), or the SQLite file of a capture server
        file: PathBuf,
        /// Only say what would be taken; for CSV
        #[arg(long)]
        dry_run: bool,
    },
    /// Write calls, appointments or what was pressed in IVRs to standard output, any number of them
    Export {
        /// What
        #[arg(value_enum)]
        what: Exported,
        /// In which form
        #[arg(long, value_enum, default_value_t = Format::Csv)]
        format: Format,
        /// From this day on, inclusive, in the business's zone (2026-12-01)
        #[arg(long, value_parser = day)]
        from: Option<chrono::NaiveDate>,
        /// To this day, inclusive
        #[arg(long, value_parser = day)]
        to: Option<chrono::NaiveDate>,
    },
    /// The timeline of one appointment or call
    Explain {
        /// Its id, as in `gateway export appointments`, the API and the address of its page
        id: Id,
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Keys that open the API
    Keys {
        /// What to do with them
        #[command(subcommand)]
        action: KeysAction,
    },
    /// A captured webhook, sent again or explained
    Webhook {
        /// What to do with it
        #[command(subcommand)]
        action: WebhookAction,
    },
    /// What a voice agent must be told at its vendor
    Agent {
        /// Which part of it
        #[command(subcommand)]
        action: AgentAction,
    },
    /// Apply missing migrations to the database
    Migrate,
    /// The configuration in force, or its schema
    Config {
        /// Which of the two
        #[command(subcommand)]
        action: ConfigAction,
    },
    /// Run the pretended carrier alone, for a gateway in another process
    Sandbox {
        /// Where its API listens
        #[arg(long, default_value = "127.0.0.1:9090")]
        listen: SocketAddr,
        /// Where it remembers, across restarts, what it accepted
        #[arg(long, value_name = "FILE")]
        journal: Option<PathBuf>,
        /// Where the gateway is
        #[arg(long, default_value = "http://127.0.0.1:8080", value_name = "URL")]
        gateway: Url,
    },
}

/// What a demo begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DemoData {
    /// A month of appointments, calls and key presses
    Month,
}

/// What can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Exported {
    /// Calls, the newest first
    Calls,
    /// Appointments, the earliest first
    Appointments,
    /// Captured calls and their paths, the newest day first
    IvrPaths,
    /// What was pressed in captured calls
    IvrInputs,
    /// Who asked not to be contacted any more, or to be contacted again, the newest first
    OptOuts,
}

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// With a header line
    Csv,
    /// One JSON object a line
    Ndjson,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeysAction {
    /// Make a key; it is shown this once
    Create {
        /// What it is for
        label: String,
    },
    /// Every key, without the keys themselves
    List,
    /// Let a key open nothing any more
    Revoke {
        /// The key's id, from `keys list`
        #[arg(value_parser = key_id)]
        id: uuid::Uuid,
    },
}

/// What to do with a captured webhook.
#[derive(Debug, Subcommand)]
pub enum WebhookAction {
    /// Send it to the running gateway again, as it came
    Replay {
        /// As in fixtures/PROVIDER/CASE/request.json
        file: PathBuf,
        /// Print the answer as well, which may hold names
        #[arg(long)]
        show: bool,
    },
    /// Say why it is not taken for its provider's, and under which public URL it would be
    Why {
        /// As in fixtures/PROVIDER/CASE/request.json
        file: PathBuf,
    },
}

/// What a voice agent must be told at its vendor.
#[derive(Debug, Subcommand)]
pub enum AgentAction {
    /// The client tools that an ElevenLabs agent has in live conversations, as JSON for its dashboard
    Tools {
        /// Only this one, to be pasted under Tools, Add tool, Client, Edit as JSON
        #[arg(value_parser = PossibleValuesParser::new(Tool::catalogue().into_iter().map(|tool| tool.name)))]
        name: Option<String>,
        /// As bodies of POST /v1/convai/tools instead, one a line
        #[arg(long)]
        api: bool,
    },
}

/// Which view of the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Merged from all sources, secrets and numbers masked
    Show,
    /// The JSON schema of frontdesk.toml
    Schema,
}

fn day(text: &str) -> Result<chrono::NaiveDate, String> {
    text.parse().map_err(|_| "write a day as 2026-12-01".to_owned())
}

fn key_id(text: &str) -> Result<uuid::Uuid, String> {
    text.parse().map_err(|_| "a key is named by its id, see `gateway keys list`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
