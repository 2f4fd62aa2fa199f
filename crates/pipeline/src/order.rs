//! The order in which things can be created that read each other.

use std::collections::BTreeSet;

use crate::model::TableRef;

/// The items so that each comes after those it reads, by name where that leaves a choice; and those that read each other in a circle.
pub(crate) fn by_dependency<T>(
    items: &[T],
    name: impl Fn(&T) -> TableRef,
    reads: impl Fn(&T) -> Vec<TableRef>,
) -> (Vec<&T>, Vec<&T>) {
    let mut waiting: Vec<(TableRef, Vec<TableRef>, &T)> =
        items.iter().map(|item| (name(item), reads(item), item)).collect();
    waiting.sort_by(|a, b| a.0.cmp(&b.0));
    let mut names: BTreeSet<TableRef> = waiting.iter().map(|(name, ..)| name.clone()).collect();
    let mut ordered = Vec::new();
    while let Some(next) = waiting.iter().position(|(_, reads, _)| !reads.iter().any(|name| names.contains(name))) {
        let (name, _, item) = waiting.remove(next);
        names.remove(&name);
        ordered.push(item);
    }
    (ordered, waiting.into_iter().map(|(_, _, item)| item).collect())
}
