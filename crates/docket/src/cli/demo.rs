//! `docket demo`.

use super::{Ended, Global};
use clap::Args;
use std::net::SocketAddr;

#[derive(Args)]
pub(super) struct Demo {
    /// Where to listen
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Units stand still
    #[arg(long)]
    paused: bool,
}

pub(super) fn run(_global: &Global, command: &Demo) -> Ended {
    let _ = (command.listen, command.paused);
    Ok(())
}
