//! Two data files with the same options: those of the right one begin with `--theirs-` and are those of the left one where they are
//! not given.

use std::ffi::OsString;

use clap::builder::Resettable;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::{ConvertForm, DataArgs};

/// What the options of a right-hand side begin with.
const THEIRS: &str = "theirs-";

/// A data file in one of its forms.
#[derive(Debug, Args)]
pub(in crate::cli) struct SideArgs {
    #[command(flatten)]
    pub data: DataArgs,
    /// What the file is; from its name (.jsonl, .ndjson, .csv) if not given, else data.
    #[arg(long, value_enum, value_name = "FORM", help_heading = "Record format")]
    pub from: Option<ConvertForm>,
    /// Between the cells of CSV.
    #[arg(long, value_name = "CHARACTER", default_value = ",", help_heading = "Record format")]
    pub delimiter: String,
}

/// Two of them.
#[derive(Debug)]
pub(in crate::cli) struct SidesArgs {
    /// The left one.
    pub ours: SideArgs,
    /// The right one.
    pub theirs: SideArgs,
}

fn own() -> Command {
    SideArgs::augment_args(Command::new("side").no_binary_name(true).disable_help_flag(true))
}

/// The option of the right side that belongs to one of the left. Names of options live as long as the program.
fn twin(arg: &Arg) -> Option<Arg> {
    let name = |own: &str| -> &'static str { Box::leak(format!("{THEIRS}{own}").into_boxed_str()) };
    let twin = arg.clone().id(name(arg.get_id().as_str())).long(name(arg.get_long()?));
    let twin = twin.short(Resettable::Reset).required(false).default_value(Resettable::Reset);
    Some(twin.help_heading("Theirs, where it differs").hide_short_help(true))
}

impl Args for SidesArgs {
    fn augment_args(command: Command) -> Command {
        let twins: Vec<Arg> = own().get_arguments().filter_map(twin).collect();
        SideArgs::augment_args(command).args(twins)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The options that were given, as they would be typed for one file.
fn typed(matches: &ArgMatches, own: &Command) -> Vec<OsString> {
    let mut words = Vec::new();
    for arg in own.get_arguments() {
        let (Some(long), id) = (arg.get_long(), arg.get_id().as_str()) else { continue };
        let theirs = format!("{THEIRS}{id}");
        let given = |id: &str| matches.value_source(id) == Some(clap::parser::ValueSource::CommandLine);
        let id = match (given(&theirs), given(id)) {
            (true, _) => theirs.as_str(),
            (false, true) => id,
            (false, false) => continue,
        };
        if matches!(arg.get_action(), ArgAction::SetTrue) {
            words.push(format!("--{long}").into());
            continue;
        }
        for value in matches.get_raw(id).into_iter().flatten() {
            let mut word = OsString::from(format!("--{long}="));
            word.push(value);
            words.push(word);
        }
    }
    words
}

impl FromArgMatches for SidesArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let own = own();
        let words = typed(matches, &own);
        let theirs = SideArgs::from_arg_matches(&own.try_get_matches_from(words)?)?;
        Ok(SidesArgs { ours: SideArgs::from_arg_matches(matches)?, theirs })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
