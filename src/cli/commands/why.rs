//! `offhost why`: what a run did with a transaction, and why.

use terminal_size::{Width, terminal_size};

use crate::cli::args::Why;
use crate::cli::exit::CommandResult;
use crate::cli::ui::Ui;
use crate::run::{Key, Question, describe, why};
use crate::show::Screen;
use crate::sys::{RealFs, Root};

pub(in crate::cli) fn execute(arguments: &Why, ui: &Ui) -> CommandResult {
    let root = Root::new(&arguments.root)?;
    let question = Question {
        run: arguments.run.clone(),
        key: key(arguments),
        within: arguments.within.clone(),
        step: arguments.step.clone(),
        limit: arguments.limit,
    };
    let account = why(&RealFs, &root, &arguments.resources.resources(), &question)?;
    if arguments.json {
        ui.answer(&format!("{:#}\n", serde_json::to_value(&account)?))?;
    } else {
        let columns = terminal_size().map(|(Width(columns), _)| usize::from(columns)).filter(|_| ui.screen);
        ui.answer(&describe(&account, Screen { columns, style: ui.answer_style }, ui.verbose))?;
    }
    Ok(0)
}

fn key(arguments: &Why) -> Key {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match (arguments.reject, &arguments.record, &arguments.output) {
        (Some(number), ..) => Key::Reject(number),
        (None, Some(_), _) => Key::Record(text(&arguments.record)),
        (None, None, Some(_)) => Key::Output(text(&arguments.output)),
        (None, None, None) => Key::Text(text(&arguments.key)),
    }
}
