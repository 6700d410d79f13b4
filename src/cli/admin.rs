//! Administrators, from the command line: the first one has nobody to ask.

use super::{Failure, output, told};
use crate::account::{self, CreateAdmin, CreateAdminRefusal};
use crate::app::Ground;
use crate::clock::Clock;
use crate::config::{Config, Keys};
use entity::code::Roles;

/// What to do.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Makes the first administrator and prints a password that is good for choosing another. After that they enrol an
    /// authenticator, before which they can do nothing else.
    Create {
        /// The e-mail address to sign in with.
        #[arg(long)]
        email: String,
        /// The name shown to others.
        #[arg(long)]
        name: String,
        /// Make one although there is one already.
        #[arg(long)]
        another: bool,
    },
}

/// Runs the command.
///
/// # Errors
/// When there is an administrator already, the address is taken or wrong, or the database cannot be opened.
pub async fn run(config: &Config, keys: &Keys, command: Command) -> Result<(), Failure> {
    let ground = Ground::open(config, keys, Clock::system())
        .await
        .map_err(told)?;
    let Command::Create {
        email,
        name,
        another,
    } = command;
    let command = CreateAdmin {
        email: email.clone(),
        display_name: name,
        even_if_there_is_one: another,
    };
    let created = account::create_admin(&ground.state, command)
        .await
        .map_err(told)?;
    let done = match created {
        Ok(created) => {
            let enrols = if ground.state.rules.mfa_required.any_of(Roles::ADMIN) {
                " and enrol an authenticator (beginMfaEnrolment, confirmMfaEnrolment)"
            } else {
                ""
            };
            output::say(&format!(
                "{email} may sign in once with this password, and must then choose another \
                 (changePassword){enrols}:\n{}",
                created.password
            ));
            Ok(())
        }
        Err(refusal) => Err(format!("no administrator was made: {}", why(refusal))),
    };
    ground.close().await;
    done
}

fn why(refusal: CreateAdminRefusal) -> &'static str {
    match refusal {
        CreateAdminRefusal::AdministratorExists => {
            "there is one already, who can make others; with --another one more is made here"
        }
        CreateAdminRefusal::InvalidEmail => "the e-mail address does not have the shape of one",
        CreateAdminRefusal::EmailTaken => "another account has this e-mail address",
        CreateAdminRefusal::InvalidName => {
            "the name must have 1 to 100 characters, and no control characters"
        }
    }
}
