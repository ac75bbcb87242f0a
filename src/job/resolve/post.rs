//! Post steps: datasets of the step and the records in scope, then the rules.

use std::cell::RefCell;
use std::sync::Arc;

use serde_saphyr::Spanned;

use super::super::file::Str;
use super::super::plan::{DatasetPlan, MasterPlan, PostPlan, RejectPlan, slot_name};
use super::super::post_file::{
    AlternateShape, InvalidDataShape, MasterShape, PostShape, RulesShape, TakenShape,
};
use super::super::rules_file::{ReportShape, RulesFile};
use super::super::text::{Text, Texts};
use super::super::yaml;
use super::Resolver;
use super::datasets::field;
use super::rules::RuleCompiler;
use super::steps::described;
use crate::calendar::Calendar;
use crate::copybook::{Area, CopybookOptions, SourceFormat};
use crate::dataset::RECORD_MAX;
use crate::decimal::{Decimal, Rounding};
use crate::diag::{Diagnostic, Source, Span, codes};
use crate::encoding::CodePage;
use crate::expr::{Calendars, Compiler, FieldRef, Meaning, Move, Rules, Scope};
use crate::key::{Key, KeyPart, Order};
use crate::post::{
    AlternateSpec, Emission, MasterSpec, OutputSpec, Program, Reason, RejectPolicy, SlotKind, Taken, Unset,
    registers_copybook,
};
use crate::record::{Overflow, RecordFormat, fits};

/// The name of the reject record in the rules.
const REJECTS: &str = "REJECTS";

/// The records in scope, as they are collected.
#[derive(Default)]
struct Records {
    scope: Scope,
    slots: Vec<SlotKind>,
}

impl Records {
    /// Adds a record. Those that rules build have no kind before they are complete, so that theirs are not asked for.
    fn add(&mut self, name: &str, format: RecordFormat, meaning: &Meaning, kind: SlotKind) -> usize {
        self.slots.push(kind);
        match kind {
            SlotKind::Output(_) => self.scope.add_secondary(name, format, meaning.without_kinds()),
            _ => self.scope.add_with(name, format, meaning.clone()),
        }
    }
}

impl Resolver<'_> {
    pub(super) fn post(&mut self, shape: &PostShape) -> Option<PostPlan> {
        let names: Vec<Text> = shape.input.list().iter().map(|name| self.texts.text(name)).collect();
        let inputs = names.iter().map(|name| self.dataset(&name.value)).collect::<Option<Vec<_>>>()?;
        let input = inputs.first()?.clone();
        let (file, rule_texts, rules_file) = self.rules_read(&shape.rules)?;

        let mut records = Records::default();
        let quirks = self.facts_and_inputs(shape, (&file, &rule_texts), &inputs, &mut records)?;
        self.working(&file, &rule_texts, &input, &mut records)?;
        let (masters, master_plans) = self.masters(shape, &mut records)?;
        let (mut outputs, output_names) = self.outputs(shape, &mut records)?;
        let rejects = self.rejects(shape, &mut records, &mut outputs)?;

        self.check_slot_names(&records, shape);
        let parameters = self.parameters(shape, &records)?;
        let calendars = self.calendars(&file, &rule_texts)?;
        let input_names: Vec<String> = inputs.iter().map(|input| input.name.clone()).collect();
        let mut program = self.compile(
            &records,
            &masters,
            &outputs,
            ((&file, &rule_texts), &input_names),
            (&calendars, rejects.is_some()),
        );
        program.parameters = parameters;
        program.quirks = quirks;
        program.reject_invalid_data = shape.invalid_data == InvalidDataShape::Reject;
        program.note_keys();
        program.foresee();
        program.recall();
        Some(PostPlan {
            inputs: input_names,
            rules_file,
            rules_description: file.description,
            program: Arc::new(program),
            masters: master_plans,
            outputs: output_names,
            rejects,
        })
    }

    /// The rules, the texts that they stand in, and what the plan calls them.
    fn rules_read(&mut self, rules: &Spanned<RulesShape>) -> Option<(RulesFile, Texts, String)> {
        match &rules.value {
            RulesShape::File(name) => {
                let name =
                    Spanned { value: name.clone(), referenced: rules.referenced, defined: rules.defined };
                let name = self.text(&name)?;
                let source = self.found.take(self.sources.find(&name, "rules file"))?;
                let file: RulesFile = self.found.take(yaml::parse(&source))?;
                let texts = Texts::new(&source);
                self.check_rules_head(&file, &texts, &source);
                Some((file, texts, name.value))
            }
            RulesShape::Inline(file) => {
                let texts = self.texts.clone();
                self.check_version(file, &texts);
                Some(((**file).clone(), texts, "in the job".to_owned()))
            }
        }
    }

    /// The calendars that the rules name.
    fn calendars(&mut self, file: &RulesFile, texts: &Texts) -> Option<Calendars> {
        let mut calendars = Calendars::default();
        for (name, path) in &file.calendars {
            let source = self.found.take(self.sources.find(&texts.text(path), "calendar"))?;
            match Calendar::parse(&source) {
                Ok(calendar) => {
                    let calendar = Arc::new(calendar);
                    calendars.default.get_or_insert_with(|| Arc::clone(&calendar));
                    calendars.named.insert(name.to_ascii_uppercase(), calendar);
                }
                Err(found) => self.found.extend(found),
            }
        }
        Some(calendars)
    }

    /// The registers, and the transactions of each input; answers the quirks that the step asks for.
    fn facts_and_inputs(
        &mut self,
        shape: &PostShape,
        file: (&RulesFile, &Texts),
        inputs: &[DatasetPlan],
        records: &mut Records,
    ) -> Option<Vec<String>> {
        let masters: Vec<String> = shape.masters.keys().map(|name| name.to_ascii_uppercase()).collect();
        let (declared, wanted) = self.quirks(shape, file.0, file.1)?;
        let text =
            registers_copybook(masters.iter().map(String::as_str), declared.iter().map(String::as_str));
        let registers = self.inline_layout(&Source::new("registers", text), inputs.first()?.record.page)?;
        records.add("REGISTERS", registers, &Meaning::default(), SlotKind::Registers);
        for (number, input) in inputs.iter().enumerate() {
            let (record, kind) = (input.record.clone(), SlotKind::Transaction(number));
            records.add(&slot_name(&input.name), record, &input.meaning, kind);
        }
        Some(wanted)
    }

    /// The rules of the file against the records in scope. If rejected transactions are written, that is to the last output.
    fn compile(
        &mut self,
        records: &Records,
        masters: &[MasterSpec],
        outputs: &[OutputSpec],
        (file, inputs): ((&RulesFile, &Texts), &[String]),
        (calendars, rejects): (&Calendars, bool),
    ) -> Program {
        let scope = (&records.scope, records.slots.as_slice());
        let noted = RefCell::default();
        let mut compiler =
            RuleCompiler::new(scope.0, scope.1, masters, outputs, (file, inputs), calendars, &mut self.found);
        if self.explained {
            compiler.keep_words(&noted);
        }
        let file = file.0;
        let sequence = compiler.sequence(file.sequence.as_ref());
        let start = compiler.actions_aside(&file.start);
        let edits = compiler.rules(&file.edits, true);
        let rules = compiler.rules(&file.rules, false);
        let breaks = compiler.breaks(&file.breaks);
        let end = compiler.actions_aside(&file.end);
        let output = outputs.len().saturating_sub(1);
        let actions = compiler.reject_record(&file.reject_record, rejects.then_some(output));
        let balances = compiler.balances(file.double_entry.as_ref(), &file.totals);
        compiler.idle_paragraphs();
        let reject_policy = match file.report {
            ReportShape::First => RejectPolicy::First,
            ReportShape::Last => RejectPolicy::Last,
            ReportShape::All => RejectPolicy::All,
        };
        let rejected = Emission { output, root: None, unset: Unset::Initial, from: None, actions };
        Program {
            scope: records.scope.clone(),
            slots: records.slots.clone(),
            masters: masters.to_vec(),
            outputs: outputs.to_vec(),
            parameters: Vec::new(),
            start,
            sequence,
            breaks,
            edits,
            rules,
            end,
            quirks: Vec::new(),
            reject_policy,
            rejects: rejects.then_some(rejected),
            reject_invalid_data: false,
            foreseen: Vec::new(),
            recalled: 0,
            balances,
        }
    }

    /// The quirks that the rules declare, and those of them that the step asks for.
    fn quirks(
        &mut self,
        shape: &PostShape,
        file: &RulesFile,
        texts: &Texts,
    ) -> Option<(Vec<String>, Vec<String>)> {
        let mut declared = Vec::new();
        for (name, what) in &file.quirks {
            self.check_name(name, &texts.text(what).span);
            declared.push(name.to_ascii_uppercase());
        }
        let mut wanted = Vec::new();
        for quirk in &shape.quirks {
            let text = self.texts.text(quirk);
            let name = text.value.to_ascii_uppercase();
            if !declared.contains(&name) {
                let error = Diagnostic::error(codes::RUL002, format!("the rules declare no quirk {name}"));
                let hint = match declared.is_empty() {
                    true => "declare it under quirks: in the rules file".to_owned(),
                    false => format!("they declare {}", declared.join(", ")),
                };
                self.report(error.at(&text.span, ""), &hint);
                return None;
            }
            wanted.push(name);
        }
        Some((declared, wanted))
    }

    /// Working storage: in the code page of the transactions, its floats in their form.
    fn working(
        &mut self,
        file: &RulesFile,
        texts: &Texts,
        input: &DatasetPlan,
        records: &mut Records,
    ) -> Option<()> {
        let Some(working) = &file.working else { return Some(()) };
        let format = self.inline_layout(&texts.source_of(working), input.record.page)?;
        let float = input.meaning.first_float();
        let meaning = Meaning::new(&format.layout, Rules { float, ..Rules::default() });
        records.add("WORKING", format, &meaning, SlotKind::Working);
        Some(())
    }

    /// A rules file says which version of the language it is written in, and has a name.
    fn check_rules_head(&mut self, file: &RulesFile, texts: &Texts, source: &Source) {
        for (name, given) in [("version", file.version.is_some()), ("program", file.program.is_some())] {
            if !given {
                let error = Diagnostic::error(codes::JOB002, format!("the field {name} is missing"));
                self.report(error.in_file(source.name()), "begin the file with version: 1 and program: NAME");
            }
        }
        self.check_version(file, texts);
        if let Some(program) = &file.program {
            self.check_name(&program.value, &texts.span_of(program));
        }
    }

    fn check_version(&mut self, file: &RulesFile, texts: &Texts) {
        let Some(version) = file.version.as_ref().filter(|version| version.value != 1) else { return };
        let message = format!("version {} of the rules language is not known", version.value);
        let error = Diagnostic::error(codes::JOB002, message);
        self.report(error.at(&texts.span_of(version), ""), "write version: 1");
    }

    /// The names that qualify fields must differ, or a qualified name would mean two records.
    fn check_slot_names(&mut self, records: &Records, shape: &PostShape) {
        let mut seen = std::collections::BTreeSet::new();
        for slot in records.scope.slots() {
            if !seen.insert(slot.name.as_str()) {
                let Some(first) = shape.input.list().first() else { return };
                let span = self.texts.text(first).span;
                let error = Diagnostic::error(
                    codes::JOB004,
                    format!("two records of this step are called {}", slot.name),
                );
                self.found.push(
                    error
                        .at(&span, "in this step")
                        .hint("rename the input dataset, the master or the output"),
                );
            }
        }
    }

    /// A record described by copybook text rather than by a copybook file.
    fn inline_layout(&mut self, source: &Arc<Source>, page: CodePage) -> Option<RecordFormat> {
        let options = CopybookOptions {
            format: SourceFormat::Free,
            area: Area::WorkingStorage,
            ..CopybookOptions::default()
        };
        let (layout, messages) = crate::copybook::parse(source, &options);
        self.found.extend(messages);
        let layout = layout?;
        if layout.length() > RECORD_MAX {
            let message = format!("a record of {} bytes, at most {RECORD_MAX} are possible", layout.length());
            let error = Diagnostic::error(codes::JOB006, message).in_file(source.name());
            self.found.push(error.hint("check its OCCURS counts"));
            return None;
        }
        Some(RecordFormat { layout: Arc::new(layout), page })
    }

    fn masters(
        &mut self,
        shape: &PostShape,
        records: &mut Records,
    ) -> Option<(Vec<MasterSpec>, Vec<MasterPlan>)> {
        let (mut specs, mut plans) = (Vec::new(), Vec::new());
        for (name, master) in &shape.masters {
            let span = self.texts.span_of(master);
            self.check_name(name, &span);
            let shape: &MasterShape = &master.value;
            let dataset = self.dataset(&self.texts.text(&shape.dataset).value)?;
            let key = self.master_key(&shape.key, &self.texts.text(&shape.dataset).span, &dataset)?;
            let alternates =
                shape.alternate.iter().map(|(name, alternate)| self.alternate(name, alternate, &dataset));
            let alternates = alternates.collect::<Option<Vec<_>>>()?;
            let new = match &shape.new {
                None => None,
                Some(new) => {
                    let new = self.texts.text(new);
                    self.output(&new.value, &described(&dataset), &new.span)?;
                    Some(new.value)
                }
            };
            let name = name.to_ascii_uppercase();
            let kind = SlotKind::Master(specs.len());
            let slot = records.add(&name, dataset.record.clone(), &dataset.meaning, kind);
            specs.push(MasterSpec {
                name,
                dataset: dataset.name.clone(),
                slot,
                key,
                alternates,
                releases: false,
                changes_keys: false,
                writable: new.is_some(),
                used: 0..usize::MAX,
            });
            plans.push(MasterPlan { dataset: dataset.name, new });
        }
        Some((specs, plans))
    }

    fn alternate(
        &mut self,
        name: &str,
        shape: &Spanned<AlternateShape>,
        dataset: &DatasetPlan,
    ) -> Option<AlternateSpec> {
        let span = self.texts.span_of(shape);
        self.check_name(name, &span);
        let name = name.to_ascii_uppercase();
        let full = match &shape.value {
            AlternateShape::Fields(fields) => {
                return Some(AlternateSpec {
                    name,
                    key: self.master_key(fields, &span, dataset)?,
                    unique: None,
                });
            }
            AlternateShape::Full(full) => full,
        };
        let key = self.master_key(&full.key, &span, dataset)?;
        let rejects = full.duplicate == Some(TakenShape::Reject);
        let wrong = match (full.unique, full.duplicate, &full.code) {
            (false, Some(_), _) => Some("several rows may have it, so that there are no duplicates"),
            (_, Some(TakenShape::Reject), None) => Some("a reject needs a code"),
            (..) if !rejects && (full.code.is_some() || full.reason.is_some()) => {
                Some("code and reason are those of a reject")
            }
            _ => None,
        };
        if let Some(why) = wrong {
            let message = format!("what becomes of duplicates of {name} does not hold together: {why}");
            self.report(
                Diagnostic::error(codes::JOB001, message).at(&span, ""),
                "write { key: [ FIELDS ], unique: true, duplicate: reject, code: CODE, reason: TEXT }",
            );
            return None;
        }
        let mut said = |text: &Option<Str>| match text {
            Some(text) => Some(self.text(text)?.value.as_str().into()),
            None => Some("".into()),
        };
        let reason = Reason { code: said(&full.code)?, text: said(&full.reason)? };
        let unique = full.unique.then_some(if rejects { Taken::Reject(reason) } else { Taken::Stop });
        Some(AlternateSpec { name, key, unique })
    }

    fn master_key(&mut self, fields: &[Str], span: &Span, dataset: &DatasetPlan) -> Option<Key> {
        let scope = dataset.scope();
        let compiler = Compiler::new(&scope);
        let mut parts = Vec::new();
        for name in fields {
            let text = self.text(name)?;
            parts.push(KeyPart::new(self.found.take(field(&compiler, &text))?, Order::Ascending));
        }
        if parts.is_empty() {
            self.report(
                Diagnostic::error(codes::JOB015, "the master has no key").at(span, ""),
                "name its fields under key:",
            );
            return None;
        }
        Some(Key::new(parts))
    }

    fn outputs(
        &mut self,
        shape: &PostShape,
        records: &mut Records,
    ) -> Option<(Vec<OutputSpec>, Vec<String>)> {
        let (mut specs, mut names) = (Vec::new(), Vec::new());
        for (name, dataset) in &shape.out {
            let text = self.texts.text(dataset);
            self.check_name(name, &text.span);
            let dataset = self.built_output(&text.value, &text.span)?;
            let name = name.to_ascii_uppercase();
            let kind = SlotKind::Output(specs.len());
            let slot = records.add(&name, dataset.record, &dataset.meaning, kind);
            let varies = dataset.format.fixed_length().is_none();
            specs.push(OutputSpec { name, slot, meaning: dataset.meaning, varies });
            names.push(dataset.name);
        }
        Some((specs, names))
    }

    /// The dataset for rejects; its record is one more output of the program.
    #[expect(clippy::option_option, reason = "outside: went well; inside: was given")]
    fn rejects(
        &mut self,
        shape: &PostShape,
        records: &mut Records,
        outputs: &mut Vec<OutputSpec>,
    ) -> Option<Option<RejectPlan>> {
        let Some(rejects) = &shape.rejects else { return Some(None) };
        let text = self.texts.text(&rejects.value.to);
        let dataset = self.built_output(&text.value, &text.span)?;
        let kind = SlotKind::Output(outputs.len());
        let slot = records.add(REJECTS, dataset.record, &dataset.meaning, kind);
        let varies = dataset.format.fixed_length().is_none();
        outputs.push(OutputSpec { name: REJECTS.to_owned(), slot, meaning: dataset.meaning, varies });
        let max_percent = match &rejects.value.max_percent {
            None => None,
            Some(percent) => Some(self.percent(percent)?),
        };
        Some(Some(RejectPlan { to: dataset.name, max_count: rejects.value.max_count, max_percent }))
    }

    /// A share of a hundred.
    fn percent(&mut self, text: &Str) -> Option<Decimal> {
        let text = self.text(text)?;
        let hundred = Decimal::from(100);
        match text.value.parse::<Decimal>() {
            Ok(percent) if percent >= Decimal::ZERO && percent <= hundred => Some(percent),
            _ => {
                let message = format!("{} is no percentage", text.value);
                let error = Diagnostic::error(codes::JOB001, message).at(&text.span, "");
                self.report(error, "write a number from 0 to 100, such as \"2.5\"");
                None
            }
        }
    }

    /// Moves of the step's parameters into working fields. The value is a literal of the field's own type.
    fn parameters(&mut self, shape: &PostShape, records: &Records) -> Option<Vec<Move>> {
        let compiler = Compiler::new(&records.scope);
        let mut moves = Vec::new();
        for (name, value) in &shape.params {
            let place = self.texts.text(value).span;
            let target = self.texts.made(&[(name, &place)]);
            let to = self.found.take(compiler.field(&target.span))?;
            if records.slots[to.slot] != SlotKind::Working {
                let error =
                    Diagnostic::error(codes::RUL003, format!("{name} is not a field of working storage"));
                self.report(
                    error.at(&place, ""),
                    "parameters set fields declared under working: in the rules file",
                );
                return None;
            }
            let value = self.text(value)?;
            if !fits_exactly(&to, &value.value) {
                let described = to.format.layout.field(to.id).shape_text();
                let error = Diagnostic::error(
                    codes::JOB010,
                    format!("the value '{}' does not fit {name}, {described}", value.value),
                );
                self.report(
                    error.at(&place, ""),
                    "a parameter is stored exactly; give the field more digits or characters",
                );
                return None;
            }
            let quoted = quote(&value, &self.texts);
            moves.push(self.found.take(compiler.movement(&quoted.span, to, Overflow::Error))?);
        }
        Some(moves)
    }
}

/// True if a parameter's value loses nothing in its field: no decimal, no digit, no character.
fn fits_exactly(to: &FieldRef, value: &str) -> bool {
    match to.number() {
        None => value.chars().count() <= to.length_max(),
        Some(shape) => value.trim().parse::<Decimal>().is_ok_and(|number| {
            let scaled = number.rescale(i16::from(shape.scale), Rounding::Prohibited);
            scaled.is_ok_and(|n| fits(shape, n.coefficient()) && (shape.signed || n.coefficient() >= 0))
        }),
    }
}

/// A parameter's value as a nonnumeric literal; a MOVE to a numeric field reads the number in it.
fn quote(value: &Text, texts: &Texts) -> Text {
    let literal = format!("'{}'", value.value.replace('\'', "''"));
    texts.made(&[(&literal, &value.span)])
}
