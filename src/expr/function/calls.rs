//! Calls of functions: names and arguments to what computes them.

use super::days::{DayCall, DayKind};
use super::numbers::{Call, NumberFunction, NumberKind};
use super::table::{self, Kind, OfText, Texts};
use super::texts::{TextCall, TextFunction, TextPart};
use crate::calendar::SharedCalendar;
use crate::copybook::{NumberShape, Shape, SignPlace, Usage};
use crate::diag::{Diagnostic, Result, Span, codes, nearest};
use crate::encoding::CodePage;
use crate::expr::compile::{Compiler, encode_literal};
use crate::expr::movement::pattern;
use crate::expr::operand::Operand;
use crate::expr::syntax::{FunctionRef, Node, NodeKind};

/// What a call compiles to.
pub(in crate::expr) enum Called {
    Number(NumberFunction),
    Text(TextFunction),
}

impl Compiler<'_> {
    /// Compiles a call. Literals of its text are in `page`, unless a field says another one.
    pub(in crate::expr) fn call(&self, function: &FunctionRef, span: &Span) -> Result<Called> {
        let Some(spec) = table::named(&function.name) else { return Err(unknown(function)) };
        let given = function.arguments.len();
        if !spec.arguments.contains(&given) {
            return Err(wrong_count(spec, given, span));
        }
        let kind = match spec.kind {
            Kind::Extreme(order) if self.are_numbers(&function.arguments)? => {
                Kind::Number(NumberKind::Extreme(order))
            }
            Kind::Number(NumberKind::OrdExtreme(order)) if !self.are_numbers(&function.arguments)? => {
                Kind::OrdExtremeText(order)
            }
            kind => kind,
        };
        let number = |call: Call| Called::Number(NumberFunction { name: spec.name, call });
        let called = match kind {
            Kind::Number(kind) => number(Call::Numbers(kind, self.numbers(&function.arguments)?)),
            Kind::Days(kind) => number(Call::Days(self.day_call(kind, function)?)),
            Kind::NumberOfText(kind) => number(self.of_text(kind, &function.arguments)?),
            Kind::Text(texts) => Called::Text(self.text_call(texts, function)?),
            Kind::OrdExtremeText(order) => {
                let page = self.page_among(&function.arguments);
                number(Call::OrdExtreme(order, self.parts(&function.arguments, page)?, page))
            }
            Kind::Extreme(order) => {
                let page = self.page_among(&function.arguments);
                let parts = self.parts(&function.arguments, page)?;
                Called::Text(self.text(function, page, TextCall::Extreme(order, parts))?)
            }
        };
        if let (Called::Number(_), Some((start, _))) = (&called, &function.modification) {
            let message = format!("FUNCTION {} gives a number, of which no part can be taken", spec.name);
            return Err(Diagnostic::error(codes::EXP008, message)
                .at(&start.span, "")
                .hint("move it to a field, and take the part of that"));
        }
        Ok(called)
    }

    fn day_call(&self, kind: DayKind, function: &FunctionRef) -> Result<DayCall> {
        let (dates, calendar) = function.arguments.split_at(kind.arguments());
        let calendar = match kind {
            DayKind::Business(_) => Some(self.calendar(calendar.first(), function)?),
            _ => None,
        };
        Ok(DayCall { kind, arguments: self.numbers(dates)?, calendar })
    }

    /// The calendar that a literal names, or the one that is meant if none is.
    fn calendar(&self, name: Option<&Node>, function: &FunctionRef) -> Result<SharedCalendar> {
        let known = self.calendars();
        let names = || known.into_iter().flat_map(|known| known.named.keys().map(String::as_str));
        let (found, what, place) = match name {
            None => {
                let default = known.and_then(|known| known.default.clone());
                (default, "no calendar is meant where none is named".to_owned(), &function.place)
            }
            Some(Node { kind: NodeKind::Text(name), span }) => {
                let found = known.and_then(|known| known.named.get(&name.to_ascii_uppercase()).cloned());
                (found, format!("there is no calendar {name}"), span)
            }
            Some(node) => (None, "a calendar is named by a literal in quotes".to_owned(), &node.span),
        };
        found.ok_or_else(|| {
            let listed: Vec<&str> = names().collect();
            let hint = match listed.is_empty() {
                true => "name holiday files under calendars: in the rules".to_owned(),
                false => format!("write one of '{}' as the last argument", listed.join("', '")),
            };
            Diagnostic::error(codes::EXP008, what).at(place, "").hint(hint)
        })
    }

    /// Reads and compiles a text: a field, a literal or a function.
    pub fn text_part(&self, text: &Span, page: CodePage) -> Result<TextPart> {
        self.in_page(page).part(&crate::expr::parse(text)?, page)
    }

    fn numbers(&self, arguments: &[Node]) -> Result<Vec<crate::expr::Arithmetic>> {
        arguments.iter().map(|argument| self.arithmetic_node(argument, 0)).collect()
    }

    /// True if all arguments are numbers, false if none is one.
    fn are_numbers(&self, arguments: &[Node]) -> Result<bool> {
        let mut numbers = Vec::new();
        for argument in arguments {
            numbers.push(match self.operand_node(argument)? {
                Operand::Field(field) => field.number().is_some(),
                Operand::Number(_) | Operand::Arithmetic(_) => true,
                _ => false,
            });
        }
        match numbers.iter().position(|number| *number != numbers[0]) {
            None => Ok(numbers[0]),
            Some(other) => Err(Diagnostic::error(codes::EXP004, "numbers and texts cannot be compared")
                .at(&arguments[other].span, "not of the kind of the first argument")
                .hint("give the function numbers alone, or texts alone")),
        }
    }

    fn of_text(&self, kind: OfText, arguments: &[Node]) -> Result<Call> {
        let page = self.page_among(arguments);
        let text = match (kind, &arguments[0].kind) {
            // A length is one of bytes, whatever they mean.
            (OfText::Length, NodeKind::Name(name)) => {
                TextPart::Field(Box::new(self.field_node(name, &arguments[0].span)?))
            }
            _ => self.part(&arguments[0], page)?,
        };
        let with_currency = matches!(kind, OfText::NumvalC | OfText::TestNumvalC);
        let currency = match arguments.get(1) {
            Some(sign) => Some(self.part(sign, page)?),
            None if with_currency => Some(TextPart::Literal(page.encode("$").unwrap_or_default())),
            None => None,
        };
        Ok(Call::Text(kind, text, page, currency))
    }

    fn text_call(&self, kind: Texts, function: &FunctionRef) -> Result<TextFunction> {
        let arguments = function.arguments.as_slice();
        let page = self.page_among(arguments);
        let call = match kind {
            // The 26 letters; those with accents stay as they are.
            Texts::UpperCase | Texts::LowerCase => {
                let upper = kind == Texts::UpperCase;
                let turn = if upper { char::to_ascii_uppercase } else { char::to_ascii_lowercase };
                let table = Box::new(page.translation(|character| turn(&character)));
                TextCall::Translate(self.part(&arguments[0], page)?, table)
            }
            Texts::Reverse => TextCall::Reverse(self.part(&arguments[0], page)?),
            Texts::Trim => {
                let (leading, trailing) = match arguments.get(1) {
                    None => (true, true),
                    Some(side) => trim_side(side)?,
                };
                TextCall::Trim(self.part(&arguments[0], page)?, leading, trailing)
            }
            Texts::Concatenate => TextCall::Concatenate(self.parts(arguments, page)?),
            Texts::Substitute => {
                let (text, pairs) = (&arguments[0], &arguments[1..]);
                if let (1, Some(last)) = (pairs.len() % 2, pairs.last()) {
                    return Err(Diagnostic::error(codes::EXP008, "SUBSTITUTE takes pairs behind the text")
                        .at(&last.span, "nothing to put in its place")
                        .hint("write FUNCTION SUBSTITUTE (text, old, new, old, new)"));
                }
                let pairs = pairs
                    .chunks(2)
                    .map(|pair| Ok((self.part(&pair[0], page)?, self.part(&pair[1], page)?)))
                    .collect::<Result<_>>()?;
                TextCall::Substitute(self.part(text, page)?, pairs)
            }
            Texts::Char => TextCall::Char(self.arithmetic_node(&arguments[0], 0)?),
        };
        self.text(function, page, call)
    }

    fn text(&self, function: &FunctionRef, page: CodePage, call: TextCall) -> Result<TextFunction> {
        let whole = |node: &Node| self.arithmetic_node(node, 0);
        let modification = match &function.modification {
            None => None,
            Some((start, length)) => Some((whole(start)?, length.as_deref().map(whole).transpose()?)),
        };
        Ok(TextFunction { page, call, modification })
    }

    fn parts(&self, nodes: &[Node], page: CodePage) -> Result<Vec<TextPart>> {
        nodes.iter().map(|node| self.part(node, page)).collect()
    }

    /// A text in a code page. Of numbers only unsigned zoned integers are text: their digits are characters.
    pub(in crate::expr) fn part(&self, node: &Node, page: CodePage) -> Result<TextPart> {
        let refuse = |message: String, hint: &str| {
            Err(Diagnostic::error(codes::EXP004, message).at(&node.span, "not text").hint(hint))
        };
        match self.operand_node(node)? {
            Operand::Field(field) => {
                let is_text = match field.shape {
                    Shape::Number(NumberShape { usage, signed, scale, .. }) => {
                        usage == Usage::Zoned(SignPlace::Trailing) && !signed && scale == 0
                    }
                    Shape::Float(_) => false,
                    _ => true,
                };
                if !is_text {
                    let message = format!("{} is a number, text is needed here", field.name());
                    return refuse(message, "move it to a PIC X or an edited field first");
                }
                if field.format.page != page {
                    return refuse(
                        "the texts are in different code pages".to_owned(),
                        "use fields of one code page",
                    );
                }
                Ok(TextPart::Field(field))
            }
            Operand::Text(text) => Ok(TextPart::Literal(encode_literal(&text, page, &node.span)?)),
            Operand::Hex(bytes) => Ok(TextPart::Literal(bytes)),
            Operand::Figurative(figurative) => match pattern(&figurative, page) {
                Some(bytes) => Ok(TextPart::Literal(bytes)),
                None => refuse("the code page has no such character".to_owned(), "use another"),
            },
            // A call without a field takes the code page of where it stands.
            Operand::Function(_) if self.page_of_node(node).is_none() => match &node.kind {
                NodeKind::Function(function) => match self.in_page(page).call(function, &node.span)? {
                    Called::Text(text) => Ok(TextPart::Function(Box::new(text))),
                    Called::Number(_) => {
                        refuse("text is needed here".to_owned(), "use a function that gives text")
                    }
                },
                _ => refuse("text is needed here".to_owned(), "use a literal in quotes"),
            },
            Operand::Function(function) if function.page() == page => Ok(TextPart::Function(function)),
            Operand::Function(_) => {
                refuse("the texts are in different code pages".to_owned(), "use fields of one code page")
            }
            Operand::Number(number) => {
                refuse(format!("{number} is a number, text is needed here"), "write it in quotes")
            }
            Operand::Arithmetic(_) => refuse(
                "a computed number is no text".to_owned(),
                "move it to a PIC X or an edited field first",
            ),
        }
    }

    /// The code page of the first field that arguments speak of; else that of the place they stand in.
    fn page_among(&self, arguments: &[Node]) -> CodePage {
        let found = arguments.iter().find_map(|argument| self.page_of_node(argument));
        found.unwrap_or_else(|| self.default_page())
    }

    /// The code page of the first text field in a node.
    pub(in crate::expr) fn page_of_node(&self, node: &Node) -> Option<CodePage> {
        match &node.kind {
            NodeKind::Name(name) => self.field_node(name, &node.span).ok().map(|field| field.format.page),
            NodeKind::Function(function) => {
                function.arguments.iter().find_map(|argument| self.page_of_node(argument))
            }
            _ => None,
        }
    }
}

fn trim_side(side: &Node) -> Result<(bool, bool)> {
    match &side.kind {
        NodeKind::Name(name) if name.name == "LEADING" => Ok((true, false)),
        NodeKind::Name(name) if name.name == "TRAILING" => Ok((false, true)),
        _ => Err(Diagnostic::error(codes::EXP008, "TRIM takes LEADING or TRAILING behind the text")
            .at(&side.span, "neither")
            .hint("leave it out to trim both sides")),
    }
}

fn unknown(function: &FunctionRef) -> Box<Diagnostic> {
    let error = Diagnostic::error(codes::EXP008, format!("there is no function {}", function.name))
        .at(&function.place, "unknown function");
    match nearest(&function.name, table::function_names()) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => {
            let names: Vec<&str> = table::function_names().collect();
            error.hint(format!("the functions are {}", names.join(", ")))
        }
    }
}

fn wrong_count(spec: &table::Spec, given: usize, span: &Span) -> Box<Diagnostic> {
    let (least, most) = (*spec.arguments.start(), *spec.arguments.end());
    let wanted = match most {
        _ if least == most => format!("{least}"),
        1000.. => format!("{least} or more"),
        _ => format!("{least} to {most}"),
    };
    let hint = match spec.name {
        "YEAR-TO-YYYY" | "DATE-TO-YYYYMMDD" | "DAY-TO-YYYYDDD" => {
            "give the window, 50 in COBOL if left out, and the year it counts from, so that each run gives the same"
        }
        _ => "see the functions in docs/posting.md",
    };
    let message = format!("FUNCTION {} takes {wanted} arguments, {given} given", spec.name);
    Diagnostic::error(codes::EXP008, message).at(span, "wrong number of arguments").hint(hint)
}
