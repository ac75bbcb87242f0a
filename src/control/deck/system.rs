//! System symbols in `S'..'` constants of SYMNAMES.

use std::collections::HashMap;

use jiff::civil::DateTime;

/// Values of `&NAME.` in `S'..'`.
#[derive(Clone, Debug, Default)]
pub struct SystemSymbols {
    values: HashMap<String, String>,
}

/// Characters of the name of a system symbol.
const NAME_MAX: usize = 16;

impl SystemSymbols {
    /// The symbols that follow from the date and time of the run; local time and universal time are the same here.
    pub fn of(clock: DateTime) -> Self {
        let mut symbols = SystemSymbols::default();
        let (year, month, day) = (clock.year(), clock.month(), clock.day());
        let (hour, minute, second) = (clock.hour(), clock.minute(), clock.second());
        let weekday = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
        let of_week = usize::try_from(clock.weekday().to_monday_zero_offset()).unwrap_or(0);
        let values = [
            ("YR2", format!("{:02}", year % 100)),
            ("YR4", format!("{year:04}")),
            ("MON", format!("{month:02}")),
            ("DAY", format!("{day:02}")),
            ("JDAY", format!("{:03}", clock.day_of_year())),
            ("WDAY", weekday.get(of_week).copied().unwrap_or("MON").to_owned()),
            ("HR", format!("{hour:02}")),
            ("MIN", format!("{minute:02}")),
            ("SEC", format!("{second:02}")),
            ("YYMMDD", format!("{:02}{month:02}{day:02}", year % 100)),
            ("HHMMSS", format!("{hour:02}{minute:02}{second:02}")),
        ];
        for (name, value) in values {
            symbols.set(&format!("L{name}"), value.clone());
            symbols.set(name, value);
        }
        symbols
    }

    /// Sets one, such as `JOBNAME`.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.values.insert(name.to_owned(), value.into());
    }

    /// The text with known names replaced; a period ends a name, `(a:b)` takes b characters
    /// from a on.
    pub fn substituted(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('&') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count().min(NAME_MAX);
            match self.values.get(&rest[..length]) {
                Some(value) => {
                    rest = &rest[length..];
                    let (value, behind) = part(value, rest);
                    out.push_str(value);
                    rest = behind.strip_prefix('.').unwrap_or(behind);
                }
                None => out.push('&'),
            }
        }
        out + rest
    }
}

/// A part of a value, if `(first:count)` asks for one, and what follows. A negative `first` counts from the end.
fn part<'a, 'b>(value: &'a str, text: &'b str) -> (&'a str, &'b str) {
    let parsed = text.strip_prefix('(').and_then(|inside| {
        let (range, behind) = inside.split_once(')')?;
        if range.is_empty() {
            return Some((value, behind));
        }
        let (first, count) = range.split_once(':').unwrap_or((range, "1"));
        let first = match first.strip_prefix('-') {
            Some(back) => value.len().checked_sub(back.parse().ok()?)?,
            None => first.parse::<usize>().ok()?.checked_sub(1)?,
        };
        let end = first.checked_add(count.parse().ok()?)?.min(value.len());
        Some((value.get(first..end)?, behind))
    });
    parsed.unwrap_or((value, text))
}
