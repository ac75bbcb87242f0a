//! The records that an expression may speak of, and the bytes of those records at run time.

use super::meaning::Meaning;
use crate::copybook::{FieldId, Layout, NameError};
use crate::encoding::Window;
use crate::record::{Origin, RecordFormat};

/// One record in scope.
#[derive(Clone, Debug)]
pub struct Slot {
    /// The name that may qualify its fields (`AMOUNT OF CUSTOMER`); a dataset or master name in upper case.
    pub name: String,
    /// How its bytes are to be understood.
    pub format: RecordFormat,
    /// What its bytes mean beyond that.
    pub meaning: Meaning,
    /// True for a record that unqualified names mean only if no other record has them: one that is being built.
    pub secondary: bool,
}

/// The records that an expression may speak of, in the order of their slots.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    slots: Vec<Slot>,
}

/// Why a name does not lead to one field of the scope.
pub(super) enum Lookup {
    Field(usize, FieldId),
    Condition(usize, usize),
    Unknown(Option<String>),
    Ambiguous(Vec<String>),
}

impl Scope {
    /// No records: only literals can be used.
    pub fn new() -> Self {
        Self::default()
    }

    /// A scope of one record.
    pub fn single(name: &str, format: RecordFormat) -> Self {
        let mut scope = Scope::new();
        scope.add(name, format);
        scope
    }

    /// A scope of one record whose bytes have rules of their own.
    pub fn single_with(name: &str, format: RecordFormat, meaning: Meaning) -> Self {
        let mut scope = Scope::new();
        scope.add_with(name, format, meaning);
        scope
    }

    /// Adds a record and returns its slot.
    pub fn add(&mut self, name: &str, format: RecordFormat) -> usize {
        self.add_with(name, format, Meaning::default())
    }

    /// Adds a record whose bytes have rules of their own.
    pub fn add_with(&mut self, name: &str, format: RecordFormat, meaning: Meaning) -> usize {
        self.slots.push(Slot { name: name.to_ascii_uppercase(), format, meaning, secondary: false });
        self.slots.len() - 1
    }

    /// Adds a record that gives way to the others where names are the same.
    pub fn add_secondary(&mut self, name: &str, format: RecordFormat, meaning: Meaning) -> usize {
        let slot = self.add_with(name, format, meaning);
        self.slots[slot].secondary = true;
        slot
    }

    /// The records in scope.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }

    /// A record by its slot.
    pub fn slot(&self, slot: usize) -> &Slot {
        &self.slots[slot]
    }

    /// Finds the field or condition name that a qualified name means. The outermost qualifier may be a slot's name; a
    /// slot's name alone means its whole record, if the copybook has one 01 level. Where several records have the name,
    /// the preferred one goes first, and secondary ones last. Where several 01 levels have it, `root` goes first.
    pub(super) fn lookup(
        &self,
        name: &str,
        qualifiers: &[String],
        preferred: Option<usize>,
        root: Option<FieldId>,
    ) -> Lookup {
        let ranks = || preferred.map(Rank::Slot).into_iter().chain([Rank::Primary, Rank::Secondary]);
        let slots =
            |rank: Rank| self.slots.iter().enumerate().filter(move |(index, slot)| rank.covers(*index, slot));
        let found = ranks().find_map(|rank| self.lookup_in(slots(rank), name, qualifiers, root));
        found.unwrap_or_else(|| {
            let mut asked = ranks().flat_map(slots);
            Lookup::Unknown(asked.find_map(|(_, slot)| slot.format.layout.nearest_name(name)))
        })
    }

    /// What these records have of the name; `None` if nothing.
    fn lookup_in<'s>(
        &self,
        slots: impl Iterator<Item = (usize, &'s Slot)>,
        name: &str,
        qualifiers: &[String],
        root: Option<FieldId>,
    ) -> Option<Lookup> {
        let (mut found, mut paths) = (Vec::new(), Vec::new());
        for (index, slot) in slots {
            let layout = &slot.format.layout;
            let inner = slot_qualifiers(slot, qualifiers);
            match find_field(layout, name, &inner, root) {
                Ok(id) => found.push((index, Lookup::Field(index, id))),
                Err(NameError::Ambiguous { paths: many }) => paths.extend(many),
                Err(NameError::Unknown) => {}
            }
            match find_condition(layout, name, &inner) {
                Ok(Some(at)) => found.push((index, Lookup::Condition(index, at))),
                Ok(None) => {}
                Err(many) => paths.extend(many),
            }
            if qualifiers.is_empty() && slot.name == name && layout_find_fails(layout, name) {
                let mut roots = layout.roots();
                if let (Some((root, _)), None) = (roots.next(), roots.next()) {
                    found.push((index, Lookup::Field(index, root)));
                }
            }
        }
        match (found.len(), paths.is_empty()) {
            (1, true) => Some(found.remove(0).1),
            (0, true) => None,
            _ => {
                paths.extend(found.iter().map(|(slot, _)| format!("{name} OF {}", self.slots[*slot].name)));
                Some(Lookup::Ambiguous(paths))
            }
        }
    }
}

/// Which slots are asked for a name, in turn.
enum Rank {
    Slot(usize),
    Primary,
    Secondary,
}

impl Rank {
    fn covers(&self, index: usize, slot: &Slot) -> bool {
        match self {
            Rank::Slot(preferred) => *preferred == index,
            Rank::Primary => !slot.secondary,
            Rank::Secondary => slot.secondary,
        }
    }
}

/// The field that a name means. In several 01 levels it may be one all the same: that of the 01 level asked for, or if it
/// is the same field in all of them.
fn find_field(
    layout: &Layout,
    name: &str,
    qualifiers: &[&str],
    root: Option<FieldId>,
) -> Result<FieldId, NameError> {
    let ambiguous = match layout.find(name, qualifiers) {
        Err(NameError::Ambiguous { paths }) => NameError::Ambiguous { paths },
        found => return found,
    };
    let all = layout.find_all(name, qualifiers);
    let mut own = all.iter().filter(|id| Some(layout.root_of(**id)) == root);
    if let (Some(only), None) = (own.next(), own.next()) {
        return Ok(*only);
    }
    match all.split_first() {
        Some((first, rest)) if rest.iter().all(|id| layout.field(*first).is_twin(layout.field(*id))) => {
            Ok(*first)
        }
        _ => Err(ambiguous),
    }
}

fn layout_find_fails(layout: &Layout, name: &str) -> bool {
    layout.find(name, &[]).is_err()
}

/// The qualifiers to use inside a slot: all of them, or all but the last if that one names the slot and no group of it.
fn slot_qualifiers<'a>(slot: &Slot, qualifiers: &'a [String]) -> Vec<&'a str> {
    let names_slot = |last: &String| *last == slot.name && layout_find_fails(&slot.format.layout, last);
    let inner = match qualifiers.split_last() {
        Some((last, inner)) if names_slot(last) => inner,
        _ => qualifiers,
    };
    inner.iter().map(String::as_str).collect()
}

fn find_condition(layout: &Layout, name: &str, qualifiers: &[&str]) -> Result<Option<usize>, Vec<String>> {
    match layout.find_condition(name, qualifiers) {
        Ok(condition) => Ok(layout.conditions().iter().position(|other| std::ptr::eq(other, condition))),
        Err(NameError::Unknown) => Ok(None),
        Err(NameError::Ambiguous { paths }) => Err(paths),
    }
}

/// The records at run time.
pub trait Frame {
    /// The bytes of the record in a slot.
    fn record(&self, slot: usize) -> &[u8];
    /// Where that record comes from, for messages.
    fn origin(&self, slot: usize) -> Origin<'_>;
    /// The number in a window of that record, if it is there in the usual form.
    #[inline]
    fn number(&self, slot: usize, window: &Window) -> Option<i64> {
        window.read(self.record(slot))
    }
    /// A number that was computed before and is still in its field.
    #[inline]
    fn recalled(&self, _place: usize) -> Option<i64> {
        None
    }
}

/// A frame of one record.
#[derive(Clone, Copy, Debug)]
pub struct SingleFrame<'a> {
    /// The bytes.
    pub record: &'a [u8],
    /// Where they come from.
    pub origin: Origin<'a>,
}

impl Frame for SingleFrame<'_> {
    #[inline]
    fn record(&self, _slot: usize) -> &[u8] {
        self.record
    }

    fn origin(&self, _slot: usize) -> Origin<'_> {
        self.origin
    }
}
