//! Smaller decks out of one that fails.

use super::model::{Action, Deck};

/// Leaves out whatever can be left out while `fails` still says so: records and rows by halves and then one by one, rules,
/// breaks, actions.
pub fn shrink(mut deck: Deck, fails: &dyn Fn(&Deck) -> bool) -> Deck {
    loop {
        let before = size(&deck);
        for list in 0..deck.inputs.len() {
            deck = thin(deck, fails, &|deck| &mut deck.inputs[list].records);
        }
        for list in 0..deck.masters.len() {
            deck = thin(deck, fails, &|deck| &mut deck.masters[list].rows);
        }
        deck = thin(deck, fails, &|deck| &mut deck.edits);
        deck = thin(deck, fails, &|deck| &mut deck.rules);
        deck = thin(deck, fails, &|deck| &mut deck.breaks);
        let mut at = 0;
        while at < count(&deck) {
            let mut smaller = deck.clone();
            if change(&mut smaller, at, true) && fails(&smaller) {
                deck = smaller;
                continue;
            }
            let mut smaller = deck.clone();
            if change(&mut smaller, at, false) && fails(&smaller) {
                deck = smaller;
                continue;
            }
            at += 1;
        }
        for rule in 0..deck.edits.len() + deck.rules.len() {
            let mut smaller = deck.clone();
            let rules = smaller.edits.iter_mut().chain(&mut smaller.rules);
            if rules.skip(rule).take(1).any(|rule| rule.when.take().is_some()) && fails(&smaller) {
                deck = smaller;
            }
        }
        if size(&deck) == before {
            return deck;
        }
    }
}

fn size(deck: &Deck) -> usize {
    let records: usize = deck.inputs.iter().map(|input| input.records.len()).sum();
    let rows: usize = deck.masters.iter().map(|master| master.rows.len()).sum();
    records + rows + count(deck) + deck.edits.len() + deck.rules.len() + deck.breaks.len()
}

fn thin<T: Clone>(
    mut deck: Deck,
    fails: &dyn Fn(&Deck) -> bool,
    list: &dyn Fn(&mut Deck) -> &mut Vec<T>,
) -> Deck {
    let mut step = list(&mut deck).len().div_ceil(2);
    while step > 0 {
        let mut at = 0;
        while at < list(&mut deck).len() {
            let mut smaller = deck.clone();
            let items = list(&mut smaller);
            let end = (at + step).min(items.len());
            items.drain(at..end);
            if fails(&smaller) {
                deck = smaller;
            } else {
                at += step;
            }
        }
        step = if step == 1 { 0 } else { step.div_ceil(2) };
    }
    deck
}

/// Actions of all lists, those in lists of actions too.
fn count(deck: &Deck) -> usize {
    let mut counter = usize::MAX;
    let mut deck = deck.clone();
    lists(&mut deck).into_iter().for_each(|list| walk(list, &mut counter, true));
    usize::MAX - counter
}

/// Leaves out an action, or puts what a condition holds in its place.
fn change(deck: &mut Deck, at: usize, remove: bool) -> bool {
    let before = size_of_actions(deck);
    let mut counter = at;
    for list in lists(deck) {
        walk(list, &mut counter, remove);
        if counter == usize::MAX {
            break;
        }
    }
    size_of_actions(deck) != before
}

fn size_of_actions(deck: &Deck) -> usize {
    count(deck)
}

fn lists(deck: &mut Deck) -> Vec<&mut Vec<Action>> {
    let mut lists = vec![&mut deck.start, &mut deck.end];
    lists.extend(deck.paragraphs.iter_mut());
    lists.extend(deck.breaks.iter_mut().flat_map(|level| [&mut level.first, &mut level.last]));
    lists.extend(deck.edits.iter_mut().chain(&mut deck.rules).map(|rule| &mut rule.actions));
    lists.extend(deck.rejects.iter_mut().map(|rejects| &mut rejects.actions));
    lists
}

/// Counts down to the action to change; MAX says that it is done.
fn walk(list: &mut Vec<Action>, counter: &mut usize, remove: bool) {
    let mut at = 0;
    while at < list.len() {
        if *counter == 0 {
            *counter = usize::MAX;
            match (remove, &list[at]) {
                (true, _) => drop(list.remove(at)),
                (false, Action::When { actions, otherwise, .. }) => {
                    let inner: Vec<Action> = actions.iter().chain(otherwise).cloned().collect();
                    list.splice(at..=at, inner);
                }
                _ => {}
            }
            return;
        }
        *counter -= 1;
        let inner: Vec<&mut Vec<Action>> = match &mut list[at] {
            Action::When { actions, otherwise, .. } => vec![actions, otherwise],
            Action::ForEach { actions, .. } => vec![actions],
            Action::Emit(emit) => vec![&mut emit.actions],
            _ => Vec::new(),
        };
        for list in inner {
            walk(list, counter, remove);
            if *counter == usize::MAX {
                return;
            }
        }
        at += 1;
    }
}
