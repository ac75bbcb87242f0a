//! Actions of rules that find, make and take away rows of masters.

use super::super::file::{OneOrMany, Str};
use super::super::rules_file::{ActionShape, DuplicateShape, MissingShape};
use super::super::text::Text;
use super::rules::RuleCompiler;
use crate::diag::{Span, codes};
use crate::expr::Move;
use crate::key::{Key, LookupKey};
use crate::post::{Action, CreateRow, MasterSpec, Missing, Taken};
use crate::record::{Overflow, initial_level};

impl RuleCompiler<'_> {
    pub(super) fn lookup(&mut self, shape: &ActionShape, name: &Str, span: &Span) -> Option<Action> {
        let master = self.master(name)?;
        let (by, key) = self.key_of(master, shape, span)?;
        let texts = self.values(shape.key.as_ref());
        let mut keys = vec![self.lookup_key(master, &key, &texts, span)?];
        if shape.or_key.is_some() {
            let texts = self.values(shape.or_key.as_ref());
            keys.push(self.lookup_key(master, &key, &texts, span)?);
        }
        self.looked_up.insert(master);
        let missing = match shape.missing {
            None | Some(MissingShape::Stop) => Missing::Stop,
            Some(MissingShape::Continue) => Missing::Continue,
            Some(MissingShape::Reject) => Missing::Reject(self.reason(shape, span)?),
            Some(MissingShape::Create) if by.is_some() => {
                let message = "a row is made by its unique key, not by an alternate one";
                return self.complain(codes::RUL004, message, span, "leave out by:, or missing: create");
            }
            Some(MissingShape::Create) => Missing::Create(self.create(master, shape, &texts, span)?),
        };
        Some(Action::Lookup { master, by, keys, missing, ahead: None })
    }

    /// A row is made, unless there is one with its key or with one of its alternate keys that rows may not share.
    pub(super) fn insert(&mut self, shape: &ActionShape, name: &Str, span: &Span) -> Option<Vec<Action>> {
        let master = self.master(name)?;
        let key = self.masters[master].key.clone();
        let texts = self.values(shape.key.as_ref());
        let key = self.lookup_key(master, &key, &texts, span)?;
        self.check_sources(master, &key, span)?;
        let keys = vec![key];
        let mut create = self.create(master, shape, &texts, span)?;
        create.taken = match shape.duplicate {
            Some(DuplicateShape::Stop) => Some(Taken::Stop),
            Some(DuplicateShape::Reject) => Some(Taken::Reject(self.reason(shape, span)?)),
            // The rules cannot go on with another row once this one is made.
            None | Some(DuplicateShape::Continue) => None,
        };
        self.looked_up.insert(master);
        let found = self.texts.copy(&format!("{}-FOUND", self.masters[master].name), "insert");
        let condition = self.found.take(self.compiler.condition(&found.span))?;
        let name = self.masters[master].name.clone();
        let duplicate = |this: &mut Self, of: &str| match shape.duplicate {
            None | Some(DuplicateShape::Stop) => {
                Some(vec![Action::Stop { message: format!("{name} has a row with this {of} already") }])
            }
            Some(DuplicateShape::Reject) => {
                Some(vec![Action::Reject { reason: this.reason(shape, span)?, stop: true }])
            }
            Some(DuplicateShape::Continue) => Some(Vec::new()),
        };
        let word = match shape.duplicate {
            None | Some(DuplicateShape::Stop) => "stop",
            Some(DuplicateShape::Reject) => "reject",
            Some(DuplicateShape::Continue) => "continue",
        };
        let (unique, moves) = self.alternate_values(master, shape, span)?;
        let made = Action::Lookup {
            master,
            by: None,
            keys: keys.clone(),
            missing: Missing::Create(create),
            ahead: None,
        };
        let mut otherwise = vec![made];
        otherwise.extend(moves);
        // From the last lookup, behind which the row is made, to the first.
        for (by, keys) in unique.into_iter().rev().chain([(None, keys)]) {
            let of =
                by.map_or("key", |by: usize| self.masters[master].alternates[by].name.as_str()).to_owned();
            let actions = duplicate(self, &of)?;
            otherwise = vec![
                Action::Lookup { master, by, keys, missing: Missing::Insert(word), ahead: None },
                Action::When { condition: condition.clone(), actions, otherwise },
            ];
        }
        Some(otherwise)
    }

    /// Lookups by the alternate keys of a row to be made that no other row may have, and the moves of all its alternate keys.
    #[expect(clippy::type_complexity, reason = "two lists of what an insert does")]
    fn alternate_values(
        &mut self,
        master: usize,
        shape: &ActionShape,
        span: &Span,
    ) -> Option<(Vec<(Option<usize>, Vec<LookupKey>)>, Vec<Action>)> {
        let (mut unique, mut moves) = (Vec::new(), Vec::new());
        for (name, values) in shape.alternate.iter().flatten() {
            let alternates = &self.masters[master].alternates;
            let at = alternates.iter().position(|it| it.name.eq_ignore_ascii_case(name));
            let Some(at) = at else { return self.no_alternate(master, name, span) };
            let alternate = alternates[at].clone();
            let texts = self.values(Some(values));
            let key = self.lookup_key(master, &alternate.key, &texts, span)?;
            self.check_sources(master, &key, span)?;
            moves.extend(self.key_moves(master, &alternate.key, &texts)?.into_iter().map(Action::Move));
            if alternate.unique.is_some() {
                unique.push((Some(at), vec![key]));
            }
        }
        Some((unique, moves))
    }

    /// Values of a row to be made cannot be those of the current row of its master, which is none by then.
    fn check_sources(&mut self, master: usize, key: &LookupKey, span: &Span) -> Option<()> {
        let slot = self.masters[master].slot;
        match key.sources().flatten().find(|field| field.slot == slot) {
            None => Some(()),
            Some(field) => {
                let message = format!("{} is a field of the master that the row is made in", field.name());
                self.complain(codes::RUL004, &message, span, "move it to a working field first")
            }
        }
    }

    pub(super) fn for_each(&mut self, shape: &ActionShape, name: &Str, span: &Span) -> Option<Action> {
        let master = self.master(name)?;
        let (by, key) = self.key_of(master, shape, span)?;
        let Some(by) = by else {
            let message = "for-each goes by an alternate key";
            return self.complain(
                codes::RUL004,
                message,
                span,
                "name it under by:, and in the job under alternate:",
            );
        };
        let texts = self.values(shape.key.as_ref());
        let key = self.lookup_key(master, &key, &texts, span)?;
        self.looked_up.insert(master);
        let actions = self.actions(shape.actions.as_deref().unwrap_or_default());
        Some(Action::ForEach { master, by, key, actions })
    }

    /// A master that rules may change.
    pub(super) fn changeable_master(&mut self, name: &Str) -> Option<usize> {
        let master = self.master(name)?;
        let text = self.texts.text(name);
        self.check_writable(master, &text.span)?;
        if !self.looked_up.contains(&master) {
            let message = format!("{} was not looked up before", self.masters[master].name);
            return self.complain(codes::RUL005, &message, &text.span, "look the row up first");
        }
        Some(master)
    }

    pub(super) fn master(&mut self, name: &Str) -> Option<usize> {
        let text = self.texts.text(name);
        let names = self.masters.iter().map(|master| master.name.as_str());
        let found = self.masters.iter().position(|master| master.name.eq_ignore_ascii_case(&text.value));
        if found.is_none() {
            let hint = match crate::diag::nearest(&text.value, names) {
                Some(nearest) => format!("did you mean {nearest}?"),
                None => "bind it under masters: in the job's step".to_owned(),
            };
            let message = format!("the step binds no master {}", text.value);
            self.report(codes::RUL002, &message, &text.span, &hint);
        }
        found
    }

    /// The key that an action goes by: an alternate one with its number, or the unique one.
    fn key_of(&mut self, master: usize, shape: &ActionShape, span: &Span) -> Option<(Option<usize>, Key)> {
        let spec: &MasterSpec = &self.masters[master];
        let Some(by) = &shape.by else { return Some((None, spec.key.clone())) };
        let text = self.texts.text(by);
        match spec.alternates.iter().position(|it| it.name.eq_ignore_ascii_case(&text.value)) {
            Some(at) => Some((Some(at), spec.alternates[at].key.clone())),
            None => self.no_alternate(master, &text.value, span),
        }
    }

    fn no_alternate<T>(&mut self, master: usize, name: &str, span: &Span) -> Option<T> {
        let spec: &MasterSpec = &self.masters[master];
        let message = format!("{} has no alternate key {name}", spec.name);
        let names: Vec<&str> = spec.alternates.iter().map(|it| it.name.as_str()).collect();
        let hint = match names.is_empty() {
            true => "name its fields under alternate: of the master in the job".to_owned(),
            false => format!("it has {}", names.join(", ")),
        };
        self.complain(codes::RUL002, &message, span, &hint)
    }

    fn values(&self, values: Option<&OneOrMany>) -> Vec<Text> {
        let values = values.map(OneOrMany::list).unwrap_or_default();
        values.iter().map(|value| self.texts.text(value)).collect()
    }

    fn lookup_key(&mut self, master: usize, key: &Key, texts: &[Text], span: &Span) -> Option<LookupKey> {
        if texts.len() != key.parts().len() {
            let fields: Vec<&str> = key.parts().iter().map(|part| part.field.name()).collect();
            let name = &self.masters[master].name;
            let message = format!("the key of {name} has {} parts, {} given", fields.len(), texts.len());
            let hint = format!("give a value for each of {}", fields.join(", "));
            return self.complain(codes::RUL004, &message, span, &hint);
        }
        let values: Vec<_> = texts
            .iter()
            .map(|text| self.found.take(self.compiler.operand(&text.span)))
            .collect::<Option<_>>()?;
        let spans: Vec<Span> = texts.iter().map(|text| text.span.clone()).collect();
        self.found.take(key.lookup(values, &spans))
    }

    /// The looked-up values become the key fields of a new row.
    fn create(
        &mut self,
        master: usize,
        shape: &ActionShape,
        texts: &[Text],
        span: &Span,
    ) -> Option<CreateRow> {
        self.check_writable(master, span)?;
        let slot = self.masters[master].slot;
        let (length, initial) = match &shape.kind {
            None => (None, None),
            Some(name) => {
                let (_, root, length) = self.root(slot, name)?;
                let mut initial = initial_level(&self.scope.slot(slot).format, root);
                initial.truncate(length);
                (Some(length), Some(initial))
            }
        };
        let key = self.masters[master].key.clone();
        let (key, mut from_row) = (self.key_moves(master, &key, texts)?, false);
        key.iter().for_each(|movement| movement.reads(&mut |field| from_row |= field.slot == slot));
        Some(CreateRow { key, from_row, length, initial, taken: None })
    }

    /// Moves of values into the fields of a key of a master.
    fn key_moves(&mut self, master: usize, key: &Key, texts: &[Text]) -> Option<Vec<Move>> {
        let slot = self.masters[master].slot;
        let moves = key.parts().iter().zip(texts).map(|(part, text)| {
            let target = part.field.clone().in_slot(slot);
            self.found.take(self.compiler.movement(&text.span, target, Overflow::Error))
        });
        moves.collect()
    }

    pub(super) fn check_writable(&mut self, master: usize, span: &Span) -> Option<()> {
        let spec = &self.masters[master];
        if spec.writable {
            return Some(());
        }
        let message = format!("{} is only looked up; no new master is written", spec.name);
        self.complain(codes::RUL003, &message, span, "name the new master under new: in the job's step")
    }
}
