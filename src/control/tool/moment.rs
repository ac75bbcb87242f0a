//! Dates and times of titles.

use crate::control::operate::Setting;
use crate::control::syntax::{Moment, MomentForm};
use crate::diag::Result;

/// The run's date or time as a title shows it.
pub(super) fn shown(moment: &Moment, setting: &Setting) -> Result<Vec<u8>> {
    let clock = setting.clock;
    let mut text = Vec::new();
    let mut put = |part: String, separator: Option<u8>, last: bool| {
        text.extend(part.chars().filter_map(|c| setting.page.byte(c)));
        if let Some(separator) = separator.filter(|_| !last) {
            text.push(separator);
        }
    };
    match &moment.form {
        MomentForm::Parts { letters, separator } | MomentForm::Ordinal { letters, separator } => {
            let ordinal = matches!(moment.form, MomentForm::Ordinal { .. });
            for (index, letter) in letters.iter().enumerate() {
                let part = match letter {
                    b'M' => format!("{:02}", clock.month()),
                    b'D' if ordinal => format!("{:03}", clock.date().day_of_year()),
                    b'D' => format!("{:02}", clock.day()),
                    b'4' => format!("{:04}", clock.year()),
                    _ => format!("{:02}", clock.year().rem_euclid(100)),
                };
                put(part, *separator, index + 1 == letters.len());
            }
        }
        MomentForm::Clock { twelve, separator } => {
            let hour = if *twelve { (clock.hour() + 11) % 12 + 1 } else { clock.hour() };
            put(format!("{hour:02}"), *separator, false);
            put(format!("{:02}", clock.minute()), *separator, false);
            put(format!("{:02}", clock.second()), *separator, true);
            if *twelve {
                put(if clock.hour() < 12 { " am" } else { " pm" }.to_owned(), None, true);
            }
        }
        _ => {}
    }
    Ok(text)
}
