//! Where the values of a table's columns are in an event.

use json_members::unescape;

use crate::scan::{Member, NO_ENTRY};

/// No member of an event.
pub(crate) const NOT_FOUND: u32 = u32::MAX;

/// Names up to this length have lists of their own.
const LENGTHS: usize = 32;

/// The names that are looked for, as a tree: `context`, in it `library`, in it `name`.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The first one is the event itself.
    nodes: Vec<Node>,
    pub(crate) entries: Vec<Entry>,
    /// How many levels deep the names go.
    pub(crate) levels: u32,
}

/// The names that are looked for in one object.
#[derive(Debug)]
struct Node {
    /// Its first and last entry, by the length of their names; the last list has all longer ones.
    ranges: Vec<(u16, u16)>,
    entries: (u16, u16),
}

/// One name.
#[derive(Debug)]
pub(crate) struct Entry {
    key: Box<[u8]>,
    /// The columns that hold its value.
    pub(crate) columns: Vec<u16>,
    /// What is looked for in its value.
    pub(crate) node: Option<u16>,
}

/// The tree before it is numbered.
#[derive(Default)]
struct Branch<'a> {
    names: Vec<(&'a str, Vec<u16>, Branch<'a>)>,
}

impl<'a> Branch<'a> {
    fn add(&mut self, path: &'a str, column: u16) {
        let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let at = self.names.iter().position(|(other, ..)| *other == name).unwrap_or_else(|| {
            self.names.push((name, Vec::new(), Branch::default()));
            self.names.len() - 1
        });
        let (_, columns, branch) = &mut self.names[at];
        match rest {
            Some(rest) => branch.add(rest, column),
            None => columns.push(column),
        }
    }
}

impl Plan {
    /// The plan for columns at these paths.
    pub(crate) fn new<'a>(paths: impl IntoIterator<Item = (&'a str, u16)>) -> Self {
        let mut root = Branch::default();
        for (path, column) in paths {
            root.add(path, column);
        }
        let mut plan = Self::default();
        plan.number(root, 1);
        plan
    }

    fn number(&mut self, mut branch: Branch<'_>, level: u32) -> u16 {
        self.levels = self.levels.max(level);
        branch.names.sort_by_key(|(name, ..)| name.len());
        let index = self.nodes.len();
        let first = self.entries.len();
        for (name, columns, _) in &branch.names {
            let key = name.as_bytes().into();
            self.entries.push(Entry { key, columns: columns.clone(), node: None });
        }
        let entries = (id(first), id(self.entries.len()));
        let of_length = |wanted: usize| {
            let begin = branch.names.iter().position(|(name, ..)| name.len().min(LENGTHS) == wanted);
            let count = branch.names.iter().filter(|(name, ..)| name.len().min(LENGTHS) == wanted).count();
            begin.map_or((0, 0), |begin| (id(first + begin), id(first + begin + count)))
        };
        self.nodes.push(Node { ranges: (0..=LENGTHS).map(of_length).collect(), entries });
        for (at, (.., inner)) in branch.names.into_iter().enumerate() {
            if !inner.names.is_empty() {
                self.entries[first + at].node = Some(self.number(inner, level + 1));
            }
        }
        id(index)
    }

    /// The entry of a name at the top of events.
    pub(crate) fn top(&self, name: &str) -> u16 {
        self.nodes.first().map_or(NO_ENTRY, |node| self.entry(node, name.as_bytes()))
    }

    /// Notes in every member its entry, and in `found` every entry's last member.
    pub(crate) fn locate(&self, text: &[u8], members: &mut [Member], found: &mut Vec<u32>, scratch: &mut Vec<u8>) {
        found.clear();
        found.resize(self.entries.len(), NOT_FOUND);
        self.locate_in(0, text, members, (0, members.len()), found, scratch);
    }

    fn locate_in(
        &self,
        node: u16,
        text: &[u8],
        members: &mut [Member],
        (from, to): (usize, usize),
        found: &mut [u32],
        scratch: &mut Vec<u8>,
    ) {
        let Some(node) = self.nodes.get(usize::from(node)) else { return };
        let mut at = from;
        while at < to {
            let member = &mut members[at];
            let key = &text[member.key.0 as usize..member.key.1 as usize];
            let entry = if member.key_escaped { self.escaped(node, key, scratch) } else { self.entry(node, key) };
            if entry != NO_ENTRY {
                member.entry = entry;
                found[usize::from(entry)] = at as u32;
            }
            at = member.next as usize;
        }
        for entry in node.entries.0..node.entries.1 {
            let (Some(inner), at) = (self.entries[usize::from(entry)].node, found[usize::from(entry)]) else {
                continue;
            };
            if at != NOT_FOUND {
                let inside = (at as usize + 1, members[at as usize].next as usize);
                self.locate_in(inner, text, members, inside, found, scratch);
            }
        }
    }

    #[inline]
    fn entry(&self, node: &Node, key: &[u8]) -> u16 {
        let (from, to) = node.ranges[key.len().min(LENGTHS)];
        (from..to).find(|entry| *self.entries[usize::from(*entry)].key == *key).unwrap_or(NO_ENTRY)
    }

    #[cold]
    fn escaped(&self, node: &Node, key: &[u8], scratch: &mut Vec<u8>) -> u16 {
        scratch.clear();
        unescape(key, scratch).map_or(NO_ENTRY, |()| self.entry(node, scratch))
    }
}

fn id(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(NO_ENTRY)
}
