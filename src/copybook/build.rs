//! Entries to a layout, in small passes over the tree: structure, shapes, tables, redefinitions, lengths, offsets, then
//! the names that refer to other items: DEPENDING ON, RENAMES, condition names, VALUE.

use std::collections::HashMap;

use super::layout::{
    Area, Condition, ConditionValue, Dim, Field, FieldId, Layout, Literal, NumberShape, Occurs, Shape,
    SignPlace, Usage,
};
use super::parser::{Entry, QualifiedName, UsageWord, ValueItem};
use super::picture::{self, Picture};
use crate::decimal::{Decimal, Rounding, pow10};
use crate::diag::{Diagnostic, Diagnostics, Span, codes};

/// Longest record.
const LENGTH_MAX: u64 = i32::MAX as u64;
/// Most digits of a binary number.
const BINARY_DIGITS_MAX: u8 = 18;
/// Most levels of subscripting.
const DIMENSIONS_MAX: usize = 7;

/// Builds the layout. Errors are reported; the layout is only meaningful without any.
pub(super) fn build(entries: Vec<Entry>, area: Area, found: &mut Diagnostics) -> Layout {
    let mut builder = Builder {
        layout: Layout { fields: Vec::new(), conditions: Vec::new(), length: 0, length_min: 0 },
        entries: Vec::new(),
        names: HashMap::new(),
        renames: Vec::new(),
        conditions: Vec::new(),
        relative: Vec::new(),
        length_min: Vec::new(),
        varies: Vec::new(),
        area,
        found,
    };
    builder.structure(entries);
    builder.shapes();
    builder.redefinitions();
    builder.lengths();
    builder.offsets();
    builder.counters();
    builder.moving();
    builder.rename();
    builder.condition_names();
    builder.values();
    builder.layout
}

struct Builder<'a> {
    layout: Layout,
    /// The entry of each field.
    entries: Vec<Entry>,
    names: HashMap<String, Vec<FieldId>>,
    renames: Vec<Entry>,
    conditions: Vec<(Entry, Option<FieldId>)>,
    /// Offset of each field in its parent.
    relative: Vec<u64>,
    /// Length of one occurrence with all tables at their minimum.
    length_min: Vec<u64>,
    /// True for a field whose own size depends on a counter.
    varies: Vec<bool>,
    area: Area,
    found: &'a mut Diagnostics,
}

impl Builder<'_> {
    /// Levels to parents and children.
    fn structure(&mut self, entries: Vec<Entry>) {
        let mut open: Vec<FieldId> = Vec::new();
        let mut last = None;
        for entry in entries {
            match entry.level {
                88 => self.conditions.push((entry, last)),
                66 => self.renames.push(entry),
                level => {
                    if matches!(level, 1 | 77) {
                        open.clear();
                    } else if open.is_empty() {
                        open.push(self.implied_record(&entry));
                    }
                    while open.last().is_some_and(|id| self.layout.field(*id).level >= level)
                        && open.len() > 1
                    {
                        open.pop();
                    }
                    let id = self.add_field(entry, open.last().copied());
                    open.push(id);
                    last = Some(id);
                }
            }
        }
        if self.layout.fields.is_empty() && !self.found.has_errors() {
            self.found.push(
                Diagnostic::error(codes::CPY021, "the copybook describes no data")
                    .hint("check that this is the right file"),
            );
        }
    }

    /// A fragment that begins below level 01 is part of a record whose name is not known.
    fn implied_record(&mut self, first: &Entry) -> FieldId {
        let entry = Entry {
            level: 1,
            name: None,
            redefines: None,
            picture: None,
            usage: None,
            sign: None,
            occurs: None,
            values: Vec::new(),
            justified: false,
            blank_when_zero: false,
            sync: None,
            renames: None,
            level_span: first.level_span.clone(),
        };
        self.add_field(entry, None)
    }

    fn add_field(&mut self, entry: Entry, parent: Option<FieldId>) -> FieldId {
        let id = FieldId(self.layout.fields.len() as u32);
        if let Some(parent) = parent {
            self.layout.fields[parent.0 as usize].children.push(id);
        }
        if let Some((name, _)) = &entry.name {
            self.names.entry(name.clone()).or_default().push(id);
        }
        self.layout.fields.push(Field {
            name: entry.name.as_ref().map(|(name, _)| name.clone()),
            level: entry.level,
            parent,
            children: Vec::new(),
            offset: 0,
            length: 0,
            shape: Shape::Group,
            occurs: None,
            dims: Vec::new(),
            redefines: None,
            moving: false,
            picture: entry.picture.as_ref().map(|(picture, _)| picture.clone()),
            value: None,
            justified: entry.justified,
            blank_when_zero: entry.blank_when_zero,
            span: entry.name.as_ref().map_or(entry.level_span.clone(), |(_, span)| span.clone()),
        });
        self.entries.push(entry);
        id
    }

    /// PICTURE, USAGE and SIGN; the last two are inherited from groups.
    fn shapes(&mut self) {
        let mut usages: Vec<Option<UsageWord>> = Vec::with_capacity(self.entries.len());
        let mut signs: Vec<Option<SignPlace>> = Vec::with_capacity(self.entries.len());
        for index in 0..self.entries.len() {
            let parent = self.layout.fields[index].parent.map(|id| id.0 as usize);
            usages.push(self.entries[index].usage.or(parent.and_then(|p| usages[p])));
            signs.push(self.entries[index].sign.or(parent.and_then(|p| signs[p])));
            self.shape(index, usages[index], signs[index]);
        }
    }

    fn shape(&mut self, index: usize, usage: Option<UsageWord>, sign: Option<SignPlace>) {
        let entry = self.entries[index].clone();
        let is_group = !self.layout.fields[index].children.is_empty();
        let span = self.layout.fields[index].span.clone();
        let name = self.layout.fields[index].display_name().to_owned();
        match (&entry.picture, is_group) {
            (None, true) => {}
            (None, false) => self.error(
                codes::CPY011,
                format!("{name} has neither a PICTURE nor items below it"),
                &span,
                "add PIC, or check the level numbers of what follows",
            ),
            (Some((_, place)), true) => {
                let below = self.layout.fields[index]
                    .children
                    .first()
                    .map(|id| self.layout.field(*id).display_name().to_owned());
                let message = format!("{name} has a PICTURE and items below it");
                let hint = format!("remove the PICTURE, or raise the level of {}", below.unwrap_or_default());
                self.error(codes::CPY011, message, place, &hint);
            }
            (Some((text, place)), false) => match picture::parse(text, place) {
                Ok(Picture::Text { length }) => {
                    self.layout.fields[index].shape = Shape::Text;
                    self.layout.fields[index].length = length;
                    if entry.usage.is_some_and(|usage| usage != UsageWord::Display) {
                        self.error(
                            codes::CPY010,
                            format!("{name} is text and cannot have this USAGE"),
                            place,
                            "use a numeric PICTURE, or remove USAGE",
                        );
                    }
                }
                Ok(Picture::Number { digits, scale, signed }) => {
                    let shape = NumberShape { digits, scale, signed, usage: storage(usage, sign, signed) };
                    self.check_number(shape, &entry, &name, place);
                    self.layout.fields[index].shape = Shape::Number(shape);
                    self.layout.fields[index].length = shape.length();
                }
                Err(error) => self.found.push(error),
            },
        }
    }

    fn check_number(&mut self, shape: NumberShape, entry: &Entry, name: &str, place: &Span) {
        let binary = matches!(shape.usage, Usage::Binary | Usage::Native);
        if binary && shape.digits > BINARY_DIGITS_MAX {
            let message = format!(
                "{name} is binary and has {} digits, at most {BINARY_DIGITS_MAX} are possible",
                shape.digits
            );
            self.error(codes::CPY012, message, place, "use COMP-3 for more digits");
        }
        if let (true, Some(sync)) = (binary, &entry.sync) {
            let message = format!(
                "SYNC on the binary item {name} is not supported yet: it would move the fields behind it"
            );
            self.error(codes::CPY005, message, sync, "remove SYNC and add the slack bytes as FILLER");
        }
        if entry.sign.is_some() && !shape.signed {
            self.error(
                codes::CPY010,
                format!("{name} has a SIGN clause but no S in its PICTURE"),
                place,
                "add S, or remove SIGN",
            );
        }
    }

    /// REDEFINES: the first item of a chain, a sibling that stands just before.
    fn redefinitions(&mut self) {
        for index in 0..self.entries.len() {
            let Some((object, span)) = self.entries[index].redefines.clone() else { continue };
            match self.redefined(index, &object) {
                Ok(id) => self.layout.fields[index].redefines = Some(id),
                Err((message, hint)) => self.error(codes::CPY014, message, &span, &hint),
            }
        }
    }

    fn redefined(&self, index: usize, object: &str) -> Result<FieldId, (String, String)> {
        let field = &self.layout.fields[index];
        let siblings: Vec<FieldId> = match field.parent {
            Some(parent) => self.layout.field(parent).children.clone(),
            None => self.layout.roots().map(|(id, _)| id).collect(),
        };
        let own = siblings.iter().position(|id| id.0 as usize == index).unwrap_or(0);
        let named = |id: &&FieldId| self.layout.field(**id).name.as_deref() == Some(object);
        let Some(&target) = siblings[..own].iter().rev().find(named) else {
            let names = siblings[..own].iter().filter_map(|id| self.layout.field(*id).name.as_deref());
            let hint = crate::diag::nearest(object, names)
                .map_or("name an item of the same level that stands just before".to_owned(), |n| {
                    format!("did you mean {n}?")
                });
            return Err((format!("there is no item {object} before, at the same level"), hint));
        };
        let target = self.layout.field(target).redefines.unwrap_or(target);
        let between = siblings[..own].iter().rev().take_while(|id| **id != target);
        let blocked = between.filter(|id| self.entries[id.0 as usize].redefines.is_none()).last();
        if let Some(blocked) = blocked {
            let name = self.layout.field(*blocked).display_name();
            return Err((
                format!("{name} stands between {object} and its redefinition"),
                format!("move the redefinition to just behind {object}"),
            ));
        }
        if self.entries[target.0 as usize].occurs.is_some() {
            return Err((
                format!("{object} is a table and cannot be redefined"),
                "put a group around the table and redefine that".to_owned(),
            ));
        }
        Ok(target)
    }

    /// Tables, and lengths from the inside outward.
    fn lengths(&mut self) {
        let count = self.entries.len();
        self.relative = vec![0; count];
        self.length_min = vec![0; count];
        self.varies = vec![false; count];
        for index in (0..count).rev() {
            self.table(index);
            if self.layout.fields[index].children.is_empty() {
                self.length_min[index] = self.layout.fields[index].length as u64;
                continue;
            }
            let (length, length_min) = self.group_length(index);
            if length > LENGTH_MAX {
                let span = self.layout.fields[index].span.clone();
                let name = self.layout.fields[index].display_name().to_owned();
                self.error(
                    codes::CPY017,
                    format!("{name} is longer than {LENGTH_MAX} bytes"),
                    &span,
                    "check the OCCURS counts",
                );
            }
            self.layout.fields[index].length = length.min(LENGTH_MAX) as usize;
            self.length_min[index] = length_min.min(LENGTH_MAX);
        }
    }

    fn table(&mut self, index: usize) {
        let Some(clause) = self.entries[index].occurs.clone() else { return };
        let level = self.layout.fields[index].level;
        if matches!(level, 1 | 77) {
            self.error(
                codes::CPY015,
                format!("OCCURS cannot stand at level {level:02}"),
                &clause.span,
                "put a level 05 below the record",
            );
            return;
        }
        self.layout.fields[index].occurs =
            Some(Occurs { min: clause.min, max: clause.max, depending_on: None });
    }

    /// Lays the children of a group one after the other, redefinitions over their objects.
    fn group_length(&mut self, index: usize) -> (u64, u64) {
        let (mut end, mut end_min, mut varies) = (0u64, 0u64, false);
        let mut start_of: HashMap<FieldId, (u64, u64, u64)> = HashMap::new();
        for child in self.layout.fields[index].children.clone() {
            let at = child.0 as usize;
            let (size, size_min) = self.total_size(at);
            varies |= self.varies[at];
            match self.layout.fields[at].redefines.and_then(|object| start_of.get(&object).copied()) {
                Some((start, start_min, object_size)) => {
                    self.relative[at] = start;
                    end = end.max(start.saturating_add(size));
                    end_min = end_min.max(start_min.saturating_add(size_min));
                    if size > object_size {
                        self.longer(at, size, object_size);
                    }
                }
                None => {
                    self.relative[at] = end;
                    start_of.insert(child, (end, end_min, size));
                    end = end.saturating_add(size);
                    end_min = end_min.saturating_add(size_min);
                }
            }
        }
        self.varies[index] |= varies;
        (end, end_min)
    }

    /// Bytes of all occurrences of an item, at most and at least.
    fn total_size(&mut self, index: usize) -> (u64, u64) {
        let (length, length_min) = (self.layout.fields[index].length as u64, self.length_min[index]);
        match &self.layout.fields[index].occurs {
            None => (length, length_min),
            Some(occurs) => {
                self.varies[index] |= occurs.min != occurs.max
                    || self.entries[index].occurs.as_ref().is_some_and(|o| o.depending_on.is_some());
                (
                    length.saturating_mul(u64::from(occurs.max)),
                    length_min.saturating_mul(u64::from(occurs.min)),
                )
            }
        }
    }

    fn longer(&mut self, index: usize, size: u64, object_size: u64) {
        let field = &self.layout.fields[index];
        let message = format!(
            "{} has {size} bytes, more than the {object_size} bytes it redefines",
            field.display_name()
        );
        let span = field.span.clone();
        let warning = Diagnostic::warning(codes::CPY023, message).at(&span, "longer than its object");
        self.found.push(
            warning.hint("the group grows to hold it, as IBM's compiler does; check that this is meant"),
        );
    }

    /// Offsets and dimensions from the outside inward.
    fn offsets(&mut self) {
        let mut end = 0usize;
        for index in 0..self.entries.len() {
            let (offset, mut dims) = match self.layout.fields[index].parent {
                Some(parent) => {
                    let parent = self.layout.field(parent);
                    (parent.offset.saturating_add(self.relative[index] as usize), parent.dims.clone())
                }
                None => (self.root_offset(index, &mut end), Vec::new()),
            };
            let field = &mut self.layout.fields[index];
            field.offset = offset;
            if let Some(occurs) = &field.occurs {
                dims.push(Dim { table: FieldId(index as u32), stride: field.length, max: occurs.max });
            }
            field.dims = dims;
            if field.dims.len() > DIMENSIONS_MAX && field.occurs.is_some() {
                let (span, name) = (field.span.clone(), field.display_name().to_owned());
                self.error(
                    codes::CPY015,
                    format!("{name} needs more than {DIMENSIONS_MAX} subscripts"),
                    &span,
                    "tables nest at most seven deep",
                );
            }
        }
        let roots: Vec<usize> = self.layout.roots().map(|(id, _)| id.0 as usize).collect();
        let ends = roots
            .iter()
            .map(|&root| self.layout.fields[root].offset.saturating_add(self.layout.fields[root].length));
        self.layout.length = ends.max().unwrap_or(0);
        self.layout.length_min = match self.area {
            Area::File => roots.iter().map(|&root| self.length_min[root] as usize).min().unwrap_or(0),
            Area::WorkingStorage => self.layout.length,
        };
        // Several record descriptions of one file make its records variable only if RECFM allows it; the longest counts.
        if self.area == Area::File && !roots.iter().any(|&root| self.varies[root]) {
            self.layout.length_min = self.layout.length;
        }
    }

    /// Records of a file share one area; working storage lies end to end.
    fn root_offset(&self, index: usize, end: &mut usize) -> usize {
        let field = &self.layout.fields[index];
        match (self.area, field.redefines) {
            (Area::File, _) => 0,
            (Area::WorkingStorage, Some(object)) => self.layout.field(object).offset,
            (Area::WorkingStorage, None) => {
                let start = *end;
                *end = end.saturating_add(field.length);
                start
            }
        }
    }

    /// DEPENDING ON: a whole number that is not inside or behind the table it counts.
    fn counters(&mut self) {
        for index in 0..self.entries.len() {
            let Some(name) = self.entries[index].occurs.as_ref().and_then(|o| o.depending_on.clone()) else {
                continue;
            };
            let Some(counter) = self.resolve(&name, codes::CPY016, index) else { continue };
            let table = &self.layout.fields[index];
            let field = self.layout.field(counter);
            let whole = field.number().is_some_and(|shape| shape.scale <= 0);
            let after_start =
                field.offset >= table.offset && same_record(&self.layout, counter, FieldId(index as u32));
            let trouble = if !whole {
                Some("is not a whole number")
            } else if after_start
                && !is_ancestor(&self.layout, FieldId(index as u32), counter)
                && field.redefines.is_none()
            {
                Some("stands behind the table it counts")
            } else if is_ancestor(&self.layout, FieldId(index as u32), counter) {
                Some("is inside the table it counts")
            } else {
                None
            };
            match trouble {
                Some(trouble) => self.error(
                    codes::CPY016,
                    format!("the counter {} {trouble}", name.name),
                    &name.span,
                    "name a numeric field that stands before the table",
                ),
                None => {
                    if let Some(occurs) = &mut self.layout.fields[index].occurs {
                        occurs.depending_on = Some(counter);
                    }
                }
            }
        }
    }

    /// Which fields have no fixed place or size: those in or around a variable table, and all that follows one.
    fn moving(&mut self) {
        for index in 0..self.entries.len() {
            let field = &self.layout.fields[index];
            let inherited = field.parent.is_some_and(|parent| {
                let outer = self.layout.field(parent);
                (outer.moving && !self.varies_only_inside(parent))
                    || self.is_variable_table(parent)
                    || self.follows_variable(parent, index)
            });
            self.layout.fields[index].moving = inherited || self.varies[index];
        }
    }

    /// True if a group has a fixed start, so that what moves in it is decided by its own members.
    fn varies_only_inside(&self, group: FieldId) -> bool {
        let mut at = Some(group);
        while let Some(id) = at {
            let field = self.layout.field(id);
            let parent_moves = field.parent.is_some_and(|parent| {
                self.is_variable_table(parent) || self.follows_variable(parent, id.0 as usize)
            });
            if parent_moves || self.is_variable_table(id) {
                return false;
            }
            at = field.parent;
        }
        true
    }

    fn is_variable_table(&self, id: FieldId) -> bool {
        self.layout.field(id).occurs.as_ref().is_some_and(|occurs| occurs.depending_on.is_some())
            || (self.layout.field(id).occurs.is_some() && self.varies[id.0 as usize])
    }

    /// True if an earlier sibling has a variable size.
    fn follows_variable(&self, parent: FieldId, index: usize) -> bool {
        let own = self.layout.fields[index].redefines.map_or(index, |object| object.0 as usize);
        self.layout
            .field(parent)
            .children
            .iter()
            .take_while(|id| (id.0 as usize) < own)
            .any(|id| self.varies[id.0 as usize])
    }

    /// 66 RENAMES: another name for a stretch of the record.
    fn rename(&mut self) {
        for entry in std::mem::take(&mut self.renames) {
            let Some((name, span)) = entry.name.clone() else {
                self.error(
                    codes::CPY018,
                    "a level 66 needs a name".to_owned(),
                    &entry.level_span,
                    "write 66 NAME RENAMES ITEM.",
                );
                continue;
            };
            let Some((first, last)) = entry.renames.clone() else {
                self.error(
                    codes::CPY018,
                    format!("{name} has level 66 but no RENAMES"),
                    &span,
                    "write 66 NAME RENAMES ITEM.",
                );
                continue;
            };
            let index = self.layout.fields.len();
            let Some(from) = self.resolve(&first, codes::CPY018, index) else { continue };
            let to = match &last {
                None => from,
                Some(last) => match self.resolve(last, codes::CPY018, index) {
                    Some(to) => to,
                    None => continue,
                },
            };
            self.add_rename(&name, &span, from, to, last.is_some(), &first.span);
        }
    }

    fn add_rename(
        &mut self,
        name: &str,
        span: &Span,
        from: FieldId,
        to: FieldId,
        through: bool,
        place: &Span,
    ) {
        let (first, last) = (self.layout.field(from).clone(), self.layout.field(to).clone());
        let end = last.offset + last.length;
        let allowed =
            |field: &Field| !matches!(field.level, 1 | 66 | 77) && field.dims.is_empty() && !field.moving;
        if !allowed(&first) || !allowed(&last) || !same_record(&self.layout, from, to) || end <= first.offset
        {
            self.error(
                codes::CPY018,
                format!("{name} cannot rename this"),
                place,
                "RENAMES takes items of one record, levels 02 to 49, outside tables, the first not behind the last",
            );
            return;
        }
        let record = root_of(&self.layout, from);
        let id = FieldId(self.layout.fields.len() as u32);
        self.names.entry(name.to_owned()).or_default().push(id);
        self.layout.fields.push(Field {
            name: Some(name.to_owned()),
            level: 66,
            parent: Some(record),
            children: Vec::new(),
            length: end - first.offset,
            shape: if through { Shape::Text } else { first.shape },
            redefines: Some(from),
            span: span.clone(),
            value: None,
            picture: if through { None } else { first.picture.clone() },
            ..first
        });
    }

    /// 88: values of the item before.
    fn condition_names(&mut self) {
        for (entry, field) in std::mem::take(&mut self.conditions) {
            let complain = |found: &mut Diagnostics, message: String, span: &Span, hint: &str| {
                found.push(Diagnostic::error(codes::CPY019, message).at(span, "").hint(hint));
            };
            let Some((name, span)) = entry.name.clone() else {
                complain(
                    self.found,
                    "a level 88 needs a name".to_owned(),
                    &entry.level_span,
                    "write 88 NAME VALUE ....",
                );
                continue;
            };
            let Some(field) = field else {
                complain(
                    self.found,
                    format!("{name} follows no item"),
                    &span,
                    "put it behind the item it belongs to",
                );
                continue;
            };
            if entry.values.is_empty() {
                complain(self.found, format!("{name} has no VALUE"), &span, "write 88 NAME VALUE ....");
                continue;
            }
            for value in &entry.values {
                self.check_condition_value(field, value);
            }
            let values =
                entry.values.into_iter().map(|v| ConditionValue { low: v.low, high: v.high }).collect();
            self.layout.conditions.push(Condition { name, field, values, span });
        }
    }

    fn check_condition_value(&mut self, field: FieldId, value: &ValueItem) {
        let item = self.layout.field(field);
        let numeric = item.number().is_some();
        let name = item.display_name().to_owned();
        for literal in std::iter::once(&value.low).chain(&value.high) {
            let fits = match literal {
                Literal::Number(_) => numeric || item_is_text(&self.layout, field),
                Literal::Zeros => true,
                _ => !numeric,
            };
            if !fits {
                self.error(
                    codes::CPY019,
                    format!("the value does not fit {name}, which is a number"),
                    &value.span,
                    "write the value without quotes",
                );
                return;
            }
        }
        if let (Literal::Number(low), Some(Literal::Number(high))) = (&value.low, &value.high)
            && low > high
        {
            self.error(
                codes::CPY019,
                format!("the range {low} THRU {high} is empty"),
                &value.span,
                "write the smaller value first",
            );
        }
    }

    /// VALUE of items.
    fn values(&mut self) {
        for index in 0..self.entries.len() {
            let values = self.entries[index].values.clone();
            let Some(value) = values.first() else { continue };
            if values.len() > 1 || value.high.is_some() {
                self.error(
                    codes::CPY020,
                    "an item has one VALUE".to_owned(),
                    &value.span,
                    "lists and ranges belong to level 88",
                );
                continue;
            }
            match value_trouble(&self.layout.fields[index], &value.low) {
                None => self.layout.fields[index].value = Some(value.low.clone()),
                Some((message, hint)) => self.error(codes::CPY020, message, &value.span, hint),
            }
        }
    }

    /// The item that a qualified name means. `at` is the field whose entry refers to it; items of its own record go
    /// before others of that name.
    fn resolve(&mut self, name: &QualifiedName, code: crate::diag::Code, at: usize) -> Option<FieldId> {
        let all = self.names.get(&name.name).cloned().unwrap_or_default();
        let qualified = |id: &FieldId| {
            let mut outer = self.layout.field(*id).parent;
            name.qualifiers.iter().all(|qualifier| {
                while let Some(id) = outer {
                    let field = self.layout.field(id);
                    outer = field.parent;
                    if field.name.as_deref() == Some(qualifier) {
                        return true;
                    }
                }
                false
            })
        };
        let mut fitting: Vec<FieldId> = all.into_iter().filter(qualified).collect();
        if fitting.len() > 1 && at < self.layout.fields.len() {
            let own = FieldId(at as u32);
            fitting.retain(|id| same_record(&self.layout, *id, own));
        }
        match fitting.as_slice() {
            [one] => Some(*one),
            [] => {
                let hint = match crate::diag::nearest(&name.name, self.names.keys().map(String::as_str)) {
                    Some(nearest) => format!("did you mean {nearest}?"),
                    None => "the item must be described in this copybook".to_owned(),
                };
                self.error(code, format!("there is no item {}", name.name), &name.span, &hint);
                None
            }
            _ => {
                self.error(
                    code,
                    format!("{} means more than one item", name.name),
                    &name.span,
                    "qualify it with OF",
                );
                None
            }
        }
    }

    fn error(&mut self, code: crate::diag::Code, message: String, span: &Span, hint: &str) {
        self.found.push(Diagnostic::error(code, message).at(span, "").hint(hint));
    }
}

fn storage(usage: Option<UsageWord>, sign: Option<SignPlace>, signed: bool) -> Usage {
    match usage.unwrap_or(UsageWord::Display) {
        UsageWord::Packed => Usage::Packed,
        UsageWord::Binary => Usage::Binary,
        UsageWord::Native => Usage::Native,
        UsageWord::Display => Usage::Zoned(sign.filter(|_| signed).unwrap_or(SignPlace::Trailing)),
    }
}

fn item_is_text(layout: &Layout, field: FieldId) -> bool {
    matches!(layout.field(field).shape, Shape::Text | Shape::Group)
}

/// Why a VALUE does not fit its item, and what to do.
fn value_trouble(field: &Field, value: &Literal) -> Option<(String, &'static str)> {
    let name = field.display_name();
    let text_length = |length: usize| {
        (length > field.length).then(|| {
            (format!("the value has {length} characters, {name} has {}", field.length), "shorten it")
        })
    };
    match (field.number(), value) {
        (Some(shape), Literal::Number(number)) => {
            let scaled =
                number.rescale(i16::from(shape.scale), Rounding::Prohibited).map(Decimal::coefficient);
            let limit = pow10(u32::from(shape.digits)).unwrap_or(i128::MAX);
            let fits =
                scaled.is_ok_and(|value| -limit < value && value < limit && (shape.signed || value >= 0));
            (!fits).then(|| {
                (
                    format!("the value {number} does not fit {name}, {}", field.shape_text()),
                    "use a value with fewer digits",
                )
            })
        }
        (Some(_), Literal::Zeros) | (None, Literal::Number(_)) if field.number().is_some() => None,
        (Some(_), _) => {
            Some((format!("{name} is a number and needs a numeric value"), "write the value without quotes"))
        }
        (None, Literal::Number(_)) => {
            Some((format!("{name} is text and needs a value in quotes"), "write the value in quotes"))
        }
        (None, Literal::Text(text)) => text_length(text.chars().count()),
        (None, Literal::Hex(bytes)) => text_length(bytes.len()),
        (None, _) => None,
    }
}

fn root_of(layout: &Layout, id: FieldId) -> FieldId {
    let mut root = id;
    while let Some(parent) = layout.field(root).parent {
        root = parent;
    }
    root
}

fn same_record(layout: &Layout, a: FieldId, b: FieldId) -> bool {
    root_of(layout, a) == root_of(layout, b)
}

fn is_ancestor(layout: &Layout, group: FieldId, id: FieldId) -> bool {
    let mut at = Some(id);
    while let Some(here) = at {
        if here == group {
            return true;
        }
        at = layout.field(here).parent;
    }
    false
}
