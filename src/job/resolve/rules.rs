//! The rules file's shapes to rules and actions.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::Spanned;

use super::super::file::{OneOrMany, Str};
use super::super::rules_file::{
    ActionShape, ArithShape, BreakShape, DuplicateShape, MissingShape, OnSizeErrorShape, RejectThenShape,
    RuleShape, RulesFile, SizeErrorShape, ThenShape, UnsetShape,
};
use super::super::text::{Text, Texts};
use super::paragraphs::Paragraphs;
use super::words::Words;
use crate::copybook::FieldId;
use crate::diag::{Diagnostic, Diagnostics, Span, codes};
use crate::expr::{Arith, Calendars, Compiler, FieldRef, Scope};
use crate::post::{Action, Break, Emission, MasterSpec, OutputSpec, Reason, Rule, SlotKind, Unset};
use crate::record::{Overflow, initial_level};

/// Compiles the rules of one file against the records in scope.
pub(super) struct RuleCompiler<'a> {
    pub(super) compiler: Compiler<'a>,
    /// If what was written is kept: the fields that it speaks of.
    pub(super) words: Option<Words<'a>>,
    /// Fields that the action being compiled changes, if words are kept.
    pub(super) receivers: Vec<FieldRef>,
    pub(super) scope: &'a Scope,
    pub(super) slots: &'a [SlotKind],
    pub(super) masters: &'a [MasterSpec],
    pub(super) outputs: &'a [OutputSpec],
    pub(super) texts: &'a Texts,
    pub(super) found: &'a mut Diagnostics,
    /// Masters that some action before this one looks up.
    pub(super) looked_up: BTreeSet<usize>,
    /// Names of the inputs, in order.
    pub(super) inputs: &'a [String],
    /// True among the actions of breaks, of the start and of the end, where there is no transaction to be rejected.
    aside: bool,
    /// The output whose record is being built, behind those whose emit it stands in.
    building: Vec<usize>,
    pub(super) in_edits: bool,
    pub(super) paragraphs: Paragraphs<'a>,
    /// Names of rules and breaks, and where they stand.
    names: BTreeMap<(&'static str, String), Span>,
    /// Actions compiled so far: paragraphs that perform each other many times could fill the memory.
    pub(super) compiled: usize,
}

/// Most actions of a rules file, paragraphs counted wherever they are performed.
pub(super) const ACTIONS_MAX: usize = 20_000;

/// The verbs of an action, in the order in which they are documented.
const VERBS: &str = "compute, add, subtract, multiply, divide, move, set, string, unstring, inspect, search, search-all, lookup, insert, \
                     for-each, delete, release, emit, perform, reject, warn, stop (or when with do)";

impl<'a> RuleCompiler<'a> {
    pub fn new(
        scope: &'a Scope,
        slots: &'a [SlotKind],
        masters: &'a [MasterSpec],
        outputs: &'a [OutputSpec],
        (file, inputs): ((&'a RulesFile, &'a Texts), &'a [String]),
        calendars: &'a Calendars,
        found: &'a mut Diagnostics,
    ) -> Self {
        RuleCompiler {
            compiler: Compiler::new(scope).with_calendars(calendars).with_arith(file.0.arith.map(arith)),
            words: None,
            receivers: Vec::new(),
            scope,
            slots,
            masters,
            outputs,
            texts: file.1,
            found,
            looked_up: BTreeSet::new(),
            inputs,
            aside: false,
            building: Vec::new(),
            in_edits: false,
            paragraphs: Paragraphs::new(&file.0.paragraphs),
            names: BTreeMap::new(),
            compiled: 0,
        }
    }

    /// A list of rules; what has errors is reported and left out.
    pub fn rules(&mut self, shapes: &[Spanned<RuleShape>], edits: bool) -> Vec<Rule> {
        self.in_edits = edits;
        shapes.iter().filter_map(|shape| self.rule(&shape.value)).collect()
    }

    /// Actions before the first or after the last transaction.
    pub fn actions_aside(&mut self, shapes: &[Spanned<ActionShape>]) -> Vec<Action> {
        self.aside = true;
        let actions = self.actions(shapes);
        self.aside = false;
        actions
    }

    /// The control breaks.
    pub fn breaks(&mut self, shapes: &[Spanned<BreakShape>]) -> Vec<Break> {
        shapes.iter().filter_map(|shape| self.control_break(shape)).collect()
    }

    fn control_break(&mut self, shape: &Spanned<BreakShape>) -> Option<Break> {
        if self.inputs.len() > 1 {
            let span = self.texts.span_of(shape);
            let message = "control breaks need one input, the step has several";
            return self.complain(codes::RUL004, message, &span, "sort the inputs into one before the step");
        }
        let shape = &shape.value;
        self.check_own_name("breaks", &shape.name);
        let mut on = Vec::new();
        for name in shape.on.list() {
            on.push(self.transaction_field(&self.texts.text(name))?);
        }
        let (first, last) = (self.actions_aside(&shape.first), self.actions_aside(&shape.last));
        Some(Break { name: shape.name.value.clone(), on, first, last })
    }

    /// A field of the transaction.
    pub(super) fn transaction_field(&mut self, text: &Text) -> Option<FieldRef> {
        let field = self.found.take(self.compiler.field(&text.span))?;
        if !matches!(self.slots[field.slot], SlotKind::Transaction(_)) {
            let message = format!("{} is not a field of the transaction", field.name());
            return self.complain(codes::RUL004, &message, &text.span, "name fields of the input");
        }
        Some(field)
    }

    /// The actions that build a reject record, with all masters and registers at hand.
    pub fn reject_record(&mut self, shapes: &[Spanned<ActionShape>], output: Option<usize>) -> Vec<Action> {
        match output {
            Some(output) => self.building(output, shapes),
            None => {
                if let Some(first) = shapes.first() {
                    let span = self.texts.span_of(first);
                    self.report(
                        codes::RUL006,
                        "the step has no dataset for rejects",
                        &span,
                        "name one under rejects: in the job",
                    );
                }
                Vec::new()
            }
        }
    }

    /// Refuses a second one of a name, by which reports and registers tell them apart.
    fn check_own_name(&mut self, what: &'static str, name: &Str) {
        let text = self.texts.text(name);
        let key = (what, text.value.to_ascii_uppercase());
        let Some(first) = self.names.get(&key) else {
            self.names.insert(key, text.span);
            return;
        };
        let error = Diagnostic::error(codes::JOB004, format!("two {what} are called {}", text.value))
            .at(&text.span, "second one")
            .note(format!("the first one stands at {}", first.shown()));
        self.found.push(error.hint("give each a name of its own, also where one is an edit"));
    }

    fn rule(&mut self, shape: &RuleShape) -> Option<Rule> {
        self.check_own_name("rules", &shape.rule);
        let (condition, said) = match &shape.when {
            None => (None, None),
            Some(when) => {
                let words = self.begin_words();
                let condition = self.condition(when)?;
                (Some(condition), self.condition_said(words, when))
            }
        };
        let input = match &shape.input {
            None => None,
            Some(name) => Some(self.input(name)?),
        };
        let actions = self.actions(&shape.actions);
        Some(Rule {
            name: shape.rule.value.clone(),
            input,
            condition,
            said,
            actions,
            done: shape.then == ThenShape::Done,
        })
    }

    /// The number of an input.
    pub(super) fn input(&mut self, name: &Str) -> Option<usize> {
        let text = self.texts.text(name);
        let at = self.inputs.iter().position(|input| input.eq_ignore_ascii_case(&text.value));
        if at.is_none() {
            let hint = format!("the inputs are {}", self.inputs.join(", "));
            self.report(codes::RUL002, &format!("the step has no input {}", text.value), &text.span, &hint);
        }
        at
    }

    pub(super) fn actions(&mut self, shapes: &[Spanned<ActionShape>]) -> Vec<Action> {
        shapes.iter().flat_map(|shape| self.guarded(shape)).collect()
    }

    /// An action under its `when`, if it has one.
    fn guarded(&mut self, shape: &Spanned<ActionShape>) -> Vec<Action> {
        let span = self.texts.span_of(shape);
        self.compiled += 1;
        if self.compiled > ACTIONS_MAX {
            if self.compiled == ACTIONS_MAX + 1 {
                let message = format!(
                    "the rules come to more than {ACTIONS_MAX} actions, paragraphs counted wherever they are performed"
                );
                self.report(
                    codes::RUL004,
                    &message,
                    &span,
                    "perform fewer paragraphs from within paragraphs",
                );
            }
            return Vec::new();
        }
        let shape = &shape.value;
        let words = self.begin_words();
        let actions = match verbs(shape) {
            0 => self.block(shape, &span),
            _ => {
                let actions = self.verb(shape, &span);
                self.action_said(words, &span, actions)
            }
        };
        let Some(when) = &shape.when else { return actions };
        let otherwise = shape.otherwise.as_ref().map(|list| self.actions(list)).unwrap_or_default();
        let words = self.begin_words();
        match self.condition(when) {
            Some(condition) => {
                self.when_said(words, when, vec![Action::When { condition, actions, otherwise }])
            }
            None => Vec::new(),
        }
    }

    fn block(&mut self, shape: &ActionShape, span: &Span) -> Vec<Action> {
        match (&shape.actions, &shape.when) {
            (Some(actions), Some(_)) => self.actions(actions),
            _ => {
                self.report(
                    codes::RUL001,
                    "the action has no verb",
                    span,
                    &format!("give it one of {VERBS}"),
                );
                Vec::new()
            }
        }
    }

    fn verb(&mut self, shape: &ActionShape, span: &Span) -> Vec<Action> {
        if verbs(shape) > 1 {
            self.report(
                codes::RUL001,
                "the action has more than one verb",
                span,
                "write one list item for each",
            );
            return Vec::new();
        }
        if shape.otherwise.is_some() && shape.when.is_none() {
            self.report(codes::RUL004, "else stands without when", span, "give the action a condition");
        }
        self.check_operands(shape, span);
        let made = if arithmetic(shape) {
            self.computation(shape, span)
        } else if let Some(value) = &shape.movement {
            self.moves(shape, value, span)
        } else if let Some(name) = &shape.set {
            self.set(shape, name, span).map(|action| vec![action])
        } else if let Some(pieces) = &shape.string {
            self.string(shape, pieces, span).map(|action| vec![action])
        } else if let Some(name) = &shape.inspect {
            self.inspect(shape, name, span).map(|action| vec![action])
        } else if let Some(name) = &shape.unstring {
            self.unstring(shape, name, span).map(|action| vec![action])
        } else if let Some(table) = shape.search.as_ref().or(shape.search_all.as_ref()) {
            self.search(shape, table, shape.search_all.is_some(), span).map(|action| vec![action])
        } else if let Some(master) = &shape.lookup {
            self.lookup(shape, master, span).map(|action| vec![action])
        } else if let Some(master) = &shape.insert {
            self.insert(shape, master, span)
        } else if let Some(master) = &shape.for_each {
            self.for_each(shape, master, span).map(|action| vec![action])
        } else if let Some(master) = &shape.delete {
            self.changeable_master(master).map(|master| vec![Action::Delete { master }])
        } else if let Some(master) = &shape.release {
            self.changeable_master(master).map(|master| vec![Action::Release { master }])
        } else if let Some(output) = &shape.emit {
            self.emit(shape, output).map(|action| vec![action])
        } else if let Some(name) = &shape.perform {
            self.perform(name)
        } else if let Some(code) = &shape.reject {
            self.reject(shape, code, span).map(|action| vec![action])
        } else if let Some(code) = &shape.warn {
            Some(vec![Action::Warn { reason: reason_of(code, shape) }])
        } else {
            let message = shape.stop.as_ref().map(|stop| stop.value.clone()).unwrap_or_default();
            Some(vec![Action::Stop { message }])
        };
        made.unwrap_or_default()
    }

    /// Operands that the verb does not take would be ignored silently; they are errors.
    fn check_operands(&mut self, shape: &ActionShape, span: &Span) {
        let (strings, searches) =
            (shape.string.is_some(), shape.search.is_some() || shape.search_all.is_some());
        let rows = shape.lookup.is_some() || shape.insert.is_some();
        let products = shape.multiply.is_some() || shape.divide.is_some();
        let given = [
            ("is", shape.is.is_some(), shape.compute.is_some()),
            ("giving", shape.giving.is_some(), arithmetic(shape) && shape.compute.is_none()),
            ("remainder", shape.remainder.is_some(), shape.divide.is_some()),
            ("not-on-size-error", shape.not_on_size_error.is_some(), arithmetic(shape)),
            ("duplicate", shape.duplicate.is_some(), shape.insert.is_some()),
            ("alternate", shape.alternate.is_some(), shape.insert.is_some()),
            (
                "to",
                shape.to.is_some(),
                shape.add.is_some() || shape.movement.is_some() || shape.set.is_some() || strings,
            ),
            ("from", shape.from.is_some(), shape.subtract.is_some() || shape.emit.is_some()),
            ("rounded", shape.rounded.is_some(), arithmetic(shape)),
            (
                "on-size-error",
                shape.on_size_error.is_some(),
                arithmetic(shape) || shape.movement.is_some() || shape.unstring.is_some(),
            ),
            ("key", shape.key.is_some(), rows || shape.for_each.is_some()),
            ("by", shape.by.is_some(), shape.lookup.is_some() || shape.for_each.is_some() || products),
            ("or-key", shape.or_key.is_some(), shape.lookup.is_some()),
            ("unset", shape.unset.is_some(), shape.emit.is_some()),
            ("as", shape.kind.is_some(), shape.emit.is_some() || rows),
            ("missing", shape.missing.is_some(), shape.lookup.is_some()),
            ("code", shape.code.is_some(), rows || arithmetic(shape)),
            (
                "reason",
                shape.reason.is_some(),
                rows || arithmetic(shape) || shape.reject.is_some() || shape.warn.is_some(),
            ),
            ("then", shape.then.is_some(), shape.reject.is_some()),
            ("do", shape.actions.is_some(), shape.emit.is_some() || shape.for_each.is_some() || searches),
            ("tallying", shape.tallying.is_some(), shape.inspect.is_some() || shape.unstring.is_some()),
            ("replacing", shape.replacing.is_some(), shape.inspect.is_some()),
            ("converting", shape.converting.is_some(), shape.inspect.is_some()),
            ("delimited-by", shape.delimited_by.is_some(), shape.unstring.is_some()),
            ("into", shape.into.is_some(), shape.unstring.is_some() || shape.divide.is_some()),
            ("pointer", shape.pointer.is_some(), shape.unstring.is_some() || strings),
            ("on-overflow", shape.on_overflow.is_some(), shape.unstring.is_some() || strings),
            ("varying", shape.varying.is_some(), searches),
            ("where", shape.wanted.is_some(), searches),
            ("at-end", shape.at_end.is_some(), searches),
        ];
        let rejects = matches!(shape.on_size_error, Some(OnSizeErrorShape::Known(SizeErrorShape::Reject)))
            || shape.missing == Some(MissingShape::Reject)
            || shape.duplicate == Some(DuplicateShape::Reject);
        if (shape.code.is_some() || shape.reason.is_some()) && (rows || arithmetic(shape)) && !rejects {
            self.report(
                codes::RUL004,
                "code and reason are those of a reject, and nothing here rejects",
                span,
                "write on-size-error: reject, missing: reject or duplicate: reject; or remove them",
            );
        }
        for (name, _, _) in given.into_iter().filter(|(_, given, taken)| *given && !*taken) {
            self.report(
                codes::RUL004,
                &format!("the verb of this action does not take {name}"),
                span,
                "remove it",
            );
        }
    }

    fn moves(&mut self, shape: &ActionShape, value: &Str, span: &Span) -> Option<Vec<Action>> {
        let Some(to) = &shape.to else {
            return self.complain(codes::RUL004, "move needs to: FIELD", span, "write { move: A, to: B }");
        };
        let overflow = match shape.on_size_error {
            Some(OnSizeErrorShape::Known(SizeErrorShape::Truncate)) => Overflow::Truncate,
            None | Some(OnSizeErrorShape::Known(SizeErrorShape::Stop)) => Overflow::Error,
            Some(_) => {
                let message = "a move stops or truncates, and does nothing else";
                return self.complain(codes::RUL004, message, span, "compute the field instead");
            }
        };
        let text = self.texts.text(value);
        let receivers = to.list().iter().map(|receiver| {
            let target = self.receiver(receiver)?;
            self.found.take(self.compiler.movement(&text.span, target, overflow)).map(Action::Move)
        });
        receivers.collect()
    }

    /// The number of an output.
    pub(super) fn output(&mut self, name: &Str) -> Option<usize> {
        let text = self.texts.text(name);
        let names = self.outputs.iter().map(|output| output.name.as_str());
        let found = self.outputs.iter().position(|output| output.name.eq_ignore_ascii_case(&text.value));
        if found.is_none() {
            let hint = match crate::diag::nearest(&text.value, names) {
                Some(nearest) => format!("did you mean {nearest}?"),
                None => "bind it under out: in the job's step".to_owned(),
            };
            let message = format!("the step binds no output {}", text.value);
            self.report(codes::RUL002, &message, &text.span, &hint);
        }
        found
    }

    fn emit(&mut self, shape: &ActionShape, name: &Str) -> Option<Action> {
        let text = self.texts.text(name);
        let output = self.output(name)?;
        if self.building.contains(&output) {
            let message =
                format!("an emit to {} stands within another: both would build one record", text.value);
            return self.complain(
                codes::RUL004,
                &message,
                &text.span,
                "emit this record before the other, or after it",
            );
        }
        let from = match shape.from.as_ref().map(OneOrMany::list) {
            None => None,
            Some([from]) => {
                let text = self.texts.text(from);
                let from = self.found.take(self.compiler.field(&text.span))?;
                let room = self.scope.slot(self.outputs[output].slot).format.layout.length();
                if from.length_max() > room {
                    let message =
                        format!("{} has {} bytes, the output {room}", from.name(), from.length_max());
                    return self.complain(
                        codes::RUL004,
                        &message,
                        &text.span,
                        "begin with a record that fits",
                    );
                }
                Some(from)
            }
            Some(_) => {
                return self.complain(
                    codes::RUL004,
                    "emit begins with one record",
                    &text.span,
                    "name one under from:",
                );
            }
        };
        let root = match &shape.kind {
            None => None,
            Some(name) => Some(self.root(self.outputs[output].slot, name)?),
        };
        let compiler = self.compiler;
        if let Some((_, root, _)) = root {
            self.compiler = compiler.within(root);
        }
        let actions = self.building(output, shape.actions.as_deref().unwrap_or_default());
        self.compiler = compiler;
        let format = &self.scope.slot(self.outputs[output].slot).format;
        let unset = match shape.unset {
            None | Some(UnsetShape::Initial) => match root {
                Some((_, root, _)) => Unset::Level(initial_level(format, root)),
                None => Unset::Initial,
            },
            Some(UnsetShape::Blank) => Unset::Byte(format.page.space()),
            Some(UnsetShape::LowValue) => Unset::Byte(0),
            Some(UnsetShape::Last) => Unset::Last,
        };
        let root = root.map(|(number, ..)| number);
        Some(Action::Emit(Emission { output, root, unset, from, actions }))
    }

    /// A 01 level of a record's copybook: its number, the level, and its bytes.
    pub(super) fn root(&mut self, slot: usize, name: &Str) -> Option<(usize, FieldId, usize)> {
        let text = self.texts.text(name);
        let layout = &self.scope.slot(slot).format.layout;
        let mut roots = layout.roots().enumerate();
        let found = roots.find(|(_, (_, field))| field.display_name().eq_ignore_ascii_case(&text.value));
        if let Some((number, (root, field))) = found {
            return Some((number, root, field.length));
        }
        let names: Vec<&str> = layout.roots().map(|(_, field)| field.display_name()).collect();
        let hint = format!("its 01 levels are {}", names.join(", "));
        let message = format!("{} has no 01 level {}", self.scope.slot(slot).name, text.value);
        self.complain(codes::RUL002, &message, &text.span, &hint)
    }

    /// Actions that set fields of an output record.
    pub(super) fn building(&mut self, output: usize, shapes: &[Spanned<ActionShape>]) -> Vec<Action> {
        self.building.push(output);
        let actions = self.actions(shapes);
        self.building.pop();
        actions
    }

    fn reject(&mut self, shape: &ActionShape, code: &Str, span: &Span) -> Option<Action> {
        if self.aside {
            let message = "there is no transaction here to be rejected";
            return self.complain(codes::RUL004, message, span, "stop the job, or reject in a rule");
        }
        let stop = shape.then != Some(RejectThenShape::Continue);
        if !stop && !self.in_edits {
            let message = "only an edit can go on after a reject";
            return self.complain(
                codes::RUL004,
                message,
                span,
                "move the check to edits:, or remove then: continue",
            );
        }
        Some(Action::Reject { reason: reason_of(code, shape), stop })
    }

    pub(super) fn reason(&mut self, shape: &ActionShape, span: &Span) -> Option<Reason> {
        let Some(code) = &shape.code else {
            return self.complain(codes::RUL004, "a reject needs a code", span, "add code: and reason:");
        };
        Some(reason_of(code, shape))
    }

    /// A field that this action may change.
    pub(super) fn receiver(&mut self, name: &Str) -> Option<FieldRef> {
        let text = self.texts.text(name);
        self.receiver_at(&text.span)
    }

    /// The field of this name, if this action may change it.
    pub(super) fn receiver_at(&mut self, place: &Span) -> Option<FieldRef> {
        let field = self.found.take(self.compiler.preferring(self.building_slot()).field(place))?;
        self.note_receiver(&field);
        self.allowed(field, place)
    }

    /// The record that is being built.
    pub(super) fn building_slot(&self) -> Option<usize> {
        self.building.last().map(|output| self.outputs[*output].slot)
    }

    /// The field, if this action may change it.
    pub(super) fn allowed(&mut self, field: FieldRef, span: &Span) -> Option<FieldRef> {
        let refuse = match self.slots[field.slot] {
            SlotKind::Working => None,
            SlotKind::Transaction(_) => {
                Some(("a transaction is never changed", "copy it to a working field"))
            }
            SlotKind::Registers => Some(("registers cannot be changed", "use a working field")),
            SlotKind::Output(output) if self.building.last() == Some(&output) => None,
            SlotKind::Output(_) => Some((
                "the record of an output is only built where it is emitted",
                "set it under emit: ... do:",
            )),
            SlotKind::Master(_) if !self.building.is_empty() => {
                Some(("a master is not changed while a record is built", "change it before the emit"))
            }
            SlotKind::Master(master) if !self.masters[master].writable => Some((
                "the master is only looked up; no new master is written",
                "name the new master under new: in the job's step",
            )),
            SlotKind::Master(master) if !self.looked_up.contains(&master) => {
                Some(("the master was not looked up before", "look the row up first"))
            }
            SlotKind::Master(master) if self.is_key(master, &field) => {
                Some(("a key field of a master cannot be changed", "create another row instead"))
            }
            SlotKind::Master(_) => None,
        };
        match refuse {
            None => Some(field),
            Some((why, hint)) => {
                let code = if why.contains("looked up before") { codes::RUL005 } else { codes::RUL003 };
                self.complain(code, &format!("{} cannot be changed: {why}", field.name()), span, hint)
            }
        }
    }

    fn is_key(&self, master: usize, field: &FieldRef) -> bool {
        let (Some(range), parts) = (field.fixed_range(), self.masters[master].key.parts()) else {
            return false;
        };
        parts
            .iter()
            .filter_map(|part| part.field.fixed_range())
            .any(|key| key.start < range.end && range.start < key.end)
    }

    fn condition(&mut self, text: &Str) -> Option<crate::expr::Condition> {
        let text = self.texts.text(text);
        self.found.take(self.compiler.condition(&text.span))
    }

    pub(super) fn report(&mut self, code: crate::diag::Code, message: &str, span: &Span, hint: &str) {
        self.found.push(Diagnostic::error(code, message).at(span, "").hint(hint));
    }

    /// Reports an error where a value was wanted.
    pub(super) fn complain<T>(
        &mut self,
        code: crate::diag::Code,
        message: &str,
        span: &Span,
        hint: &str,
    ) -> Option<T> {
        self.report(code, message, span, hint);
        None
    }
}

fn arith(shape: ArithShape) -> Arith {
    match shape {
        ArithShape::Compat => Arith::Compat,
        ArithShape::Extend => Arith::Extend,
        ArithShape::Full => Arith::Full,
    }
}

/// A code with the text beside it.
fn reason_of(code: &Str, shape: &ActionShape) -> Reason {
    let text = shape.reason.as_ref().map_or("", |reason| reason.value.as_str()).into();
    Reason { code: code.value.as_str().into(), text }
}

fn verbs(shape: &ActionShape) -> usize {
    let verbs = [
        &shape.compute,
        &shape.add,
        &shape.subtract,
        &shape.multiply,
        &shape.divide,
        &shape.insert,
        &shape.warn,
        &shape.movement,
        &shape.set,
        &shape.inspect,
        &shape.unstring,
        &shape.search,
        &shape.search_all,
        &shape.lookup,
        &shape.for_each,
        &shape.delete,
        &shape.release,
        &shape.emit,
        &shape.perform,
        &shape.reject,
        &shape.stop,
    ];
    verbs.iter().filter(|verb| verb.is_some()).count() + usize::from(shape.string.is_some())
}

fn arithmetic(shape: &ActionShape) -> bool {
    let verbs = [&shape.compute, &shape.add, &shape.subtract, &shape.multiply, &shape.divide];
    verbs.iter().any(|verb| verb.is_some())
}
