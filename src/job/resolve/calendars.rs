//! The calendars that a job names, and its business date by them.

use std::sync::Arc;

use serde_saphyr::Spanned;

use super::super::file::{JobFile, Str};
use super::super::params::{BUSINESS_DATE, Params};
use super::super::sources::Sources;
use super::super::text::Texts;
use crate::calendar::{Calendar, SharedCalendar};
use crate::diag::{Diagnostic, Diagnostics, codes};

/// The parameters of a job, with the calendars that their dates go by.
pub(super) fn params(
    file: &JobFile,
    settings: &[(String, String)],
    sources: &mut Sources<'_>,
    texts: &Texts,
    found: &mut Diagnostics,
) -> Params {
    let job = file.calendar.as_ref().and_then(|text| read(text, sources, texts, found));
    let calendar = job.unwrap_or_else(|| Arc::new(Calendar::weekdays()));
    let mut calendars = |text: &Str, found: &mut Diagnostics| read(text, sources, texts, found);
    let params = Params::resolve(&file.params, settings, calendar, &mut calendars, texts, found);
    if let Some(shape) = file.params.get(BUSINESS_DATE) {
        let named = file.calendar.is_some() || shape.value.calendar.is_some();
        check_business_date(&params, named, &texts.span_of::<super::super::file::ParamShape>(shape), found);
    }
    params
}

fn read(
    text: &Spanned<String>,
    sources: &mut Sources<'_>,
    texts: &Texts,
    found: &mut Diagnostics,
) -> Option<SharedCalendar> {
    let source = found.take(sources.find(&texts.text(text), "calendar"))?;
    match Calendar::parse(&source) {
        Ok(calendar) => Some(Arc::new(calendar)),
        Err(errors) => {
            found.extend(errors);
            None
        }
    }
}

/// A job may run on a holiday, but somebody should know it.
fn check_business_date(params: &Params, named: bool, span: &crate::diag::Span, found: &mut Diagnostics) {
    let Some(date) = params.business_date().filter(|_| named) else { return };
    let calendar = params.calendar();
    match calendar.is_business_day(date) {
        Ok(true) => {}
        Ok(false) => {
            let name = calendar.name_of(date).filter(|name| !name.is_empty());
            let why = name.map_or_else(|| date.strftime("%A").to_string(), str::to_owned);
            let message = format!("the business date {date} is no business day: {why}");
            found.push(
                Diagnostic::warning(codes::CAL003, message)
                    .at(span, "")
                    .note(format!("calendar {}", calendar.name()))
                    .hint("check the date; the job runs with it"),
            );
        }
        Err(error) => found.push(error.at(span, "")),
    }
}
