//! Which condition names (level 88) hold, and which views of storage there are.

use std::collections::HashMap;

use crate::codec::Node;
use crate::convert::Form;
use crate::copybook::FieldId;
use crate::expr::{Condition, SingleFrame, condition_of_item};
use crate::record::{Origin, RecordFormat};

/// The condition names of a copybook, by their item, and the conditions of views.
#[derive(Debug)]
pub(super) struct Names {
    conditions: HashMap<FieldId, Vec<(String, Condition)>>,
    /// For an item that shares its storage: the conditions of all its views in their order.
    views: HashMap<FieldId, Vec<(FieldId, Condition)>>,
}

impl Names {
    pub(super) fn new(form: &Form) -> Self {
        let tree = &form.tree;
        let layout = &tree.format.layout;
        let mut conditions: HashMap<FieldId, Vec<(String, Condition)>> = HashMap::new();
        for condition in layout.conditions() {
            let page = tree.leaf(condition.field).map_or(tree.format.page, |leaf| leaf.page);
            let format = RecordFormat { layout: layout.clone(), page };
            // A value that nothing can be compared with, or that the code page lacks, is one that no record has.
            if let Ok(test) = condition_of_item(&format, &form.meaning, condition) {
                conditions.entry(condition.field).or_default().push((condition.name.clone(), test));
            }
        }
        let mut views = HashMap::new();
        tree.records.iter().for_each(|root| gather(root.members(), &mut views));
        Names { conditions, views }
    }

    /// True if the item has condition names.
    pub(super) fn has(&self, item: FieldId) -> bool {
        self.conditions.contains_key(&item)
    }

    /// The condition names of an item that hold for its bytes.
    pub(super) fn holding(&self, item: FieldId, bytes: &[u8]) -> Vec<String> {
        let frame = SingleFrame { record: bytes, origin: Origin::default() };
        let of_item = self.conditions.get(&item).into_iter().flatten();
        of_item
            .filter(|(_, test)| matches!(test.holds(&frame), Ok(true)))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// True if a condition of another view keeps the item out of this record.
    pub(super) fn gives_way(&self, item: FieldId, record: &[u8], origin: Origin<'_>) -> bool {
        let Some(views) = self.views.get(&item) else { return false };
        let frame = SingleFrame { record, origin };
        match views.iter().find(|(_, when)| matches!(when.holds(&frame), Ok(true))) {
            Some((chosen, _)) => *chosen != item,
            None => views.iter().any(|(view, _)| *view == item),
        }
    }
}

fn gather(nodes: &[Node], views: &mut HashMap<FieldId, Vec<(FieldId, Condition)>>) {
    for node in nodes {
        gather(node.members(), views);
        let all = || std::iter::once(node).chain(node.redefinitions.iter().filter_map(|at| nodes.get(*at)));
        let tests: Vec<_> = all().filter_map(|view| view.when.clone().map(|when| (view.id, when))).collect();
        if !node.redefines && !tests.is_empty() {
            all().for_each(|view| drop(views.insert(view.id, tests.clone())));
        }
    }
}
