//! Items that only headers, trailers and trailer records have.

use super::super::parser::Parser;
use super::Items;
use crate::control::syntax::{CardField, Editing, Statistic, StatisticKind, Value};
use crate::diag::{Result, codes};

const STATISTICS: [(&str, StatisticKind, bool); 17] = [
    ("TOTAL", StatisticKind::Total, false),
    ("TOT", StatisticKind::Total, false),
    ("SUBTOTAL", StatisticKind::Total, true),
    ("SUBTOT", StatisticKind::Total, true),
    ("SUB", StatisticKind::Total, true),
    ("MINIMUM", StatisticKind::Minimum, false),
    ("MIN", StatisticKind::Minimum, false),
    ("SUBMINIMUM", StatisticKind::Minimum, true),
    ("SUBMIN", StatisticKind::Minimum, true),
    ("MAXIMUM", StatisticKind::Maximum, false),
    ("MAX", StatisticKind::Maximum, false),
    ("SUBMAXIMUM", StatisticKind::Maximum, true),
    ("SUBMAX", StatisticKind::Maximum, true),
    ("AVERAGE", StatisticKind::Average, false),
    ("AVG", StatisticKind::Average, false),
    ("SUBAVERAGE", StatisticKind::Average, true),
    ("SUBAVG", StatisticKind::Average, true),
];

/// A number that COUNT may be changed by.
const OFFSET_MAX: u64 = 999;

impl Parser<'_> {
    /// PAGE, COUNT, TOTAL and the like.
    pub(super) fn report_value(&mut self, place: Items) -> Result<Option<Value>> {
        let start = self.cursor.at();
        let mut ahead = self.cursor.clone();
        if ahead.eat('&') && matches!(keyword(ahead.name_ahead()), "PAGE" | "COUNT") {
            self.cursor = ahead;
        }
        let word = keyword(self.cursor.name_ahead());
        let value = match word {
            "PAGE" => {
                self.cursor.skip(word.len());
                Value::Page(self.report_editing()?)
            }
            "COUNT" | "COUNT15" | "SUBCOUNT" | "SUBCOUNT15" => {
                self.cursor.skip(word.len());
                let offset = self.count_offset()?;
                let (running, wide) = (word.starts_with("SUB"), word.ends_with("15"));
                Value::Count { running, wide, offset, editing: self.report_editing()? }
            }
            _ => {
                let Some((name, kind, running)) = STATISTICS.iter().find(|(name, ..)| *name == word) else {
                    return Ok(None);
                };
                self.cursor.skip(name.len());
                self.statistic(*kind, *running)?
            }
        };
        let possible = match place {
            Items::Trailer => true,
            Items::Header => word == "PAGE",
            Items::TrailerUpdate => word != "PAGE",
            _ => false,
        };
        if !possible {
            let message = format!("{word} is not possible in these items");
            return Err(self.cursor.known_error(start, codes::CTL010, self.operand, message, "not here"));
        }
        Ok(Some(value))
    }

    /// `+n` or `-n` behind COUNT.
    fn count_offset(&mut self) -> Result<i64> {
        let negative = self.cursor.peek() == Some('-');
        if !negative && self.cursor.peek() != Some('+') {
            return Ok(0);
        }
        self.cursor.skip(1);
        let number =
            i64::try_from(self.cursor.number_in("what is added to a count", 0..=OFFSET_MAX)?).unwrap_or(0);
        Ok(if negative { -number } else { number })
    }

    /// `=(Mn,..)` if it comes.
    fn report_editing(&mut self) -> Result<Editing> {
        let mut editing = Editing::default();
        if self.cursor.peek() != Some('=') && self.cursor.peek() != Some('(') {
            return Ok(editing);
        }
        self.cursor.equals()?;
        self.cursor.open()?;
        loop {
            self.edit(&mut editing)?;
            if !self.cursor.comma() {
                self.cursor.close()?;
                return Ok(editing);
            }
        }
    }

    /// `=(p,m,f[,edit])`.
    fn statistic(&mut self, kind: StatisticKind, running: bool) -> Result<Value> {
        self.cursor.equals()?;
        self.cursor.open()?;
        let field: CardField = self.number_field()?;
        let editing = self.editing()?;
        self.cursor.close()?;
        Ok(Value::Statistic(Statistic { kind, running, field, editing }))
    }
}

/// COUNT-1 and COUNT+1 are no names.
fn keyword(name: &str) -> &str {
    match name.split_once('-') {
        Some((word, _)) if word.contains("COUNT") => word,
        _ => name,
    }
}
