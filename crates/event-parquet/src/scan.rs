//! The members of an event, and of the objects inside it, as places in the text.

use json_members::{Bounded, Fault, Scan};

/// No entry of a plan.
pub(crate) const NO_ENTRY: u16 = u16::MAX;

/// A member of an object, or of an object inside it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    /// Its name without quotes, as it is written.
    pub(crate) key: (u32, u32),
    /// Its value, as it is written; a text with its quotes.
    pub(crate) value: (u32, u32),
    /// The member behind it and all that it contains.
    pub(crate) next: u32,
    /// What a plan knows about it.
    pub(crate) entry: u16,
    /// The name has escapes.
    pub(crate) key_escaped: bool,
    /// The value is a text with escapes.
    pub(crate) value_escaped: bool,
}

/// The members of the last object that was read, in the order of the text; those of inner objects follow their parent.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    pub(crate) members: Vec<Member>,
}

impl Scanner {
    /// Reads the object that begins at `start`, and notes its members down to `levels` levels, at least one; returns the place behind it.
    pub(crate) fn object(&mut self, text: &[u8], start: usize, levels: u32) -> Result<usize, Fault> {
        self.members.clear();
        self.inside(text, start, 1, levels as usize)
    }

    fn inside(&mut self, text: &[u8], start: usize, level: usize, levels: usize) -> Result<usize, Fault> {
        let scan = Scan::<Bounded>::new(text);
        scan.members(start, level, |name, begin| {
            let index = self.members.len();
            self.members.push(Member {
                key: (name.inside.start as u32, name.inside.end as u32),
                value: (begin as u32, 0),
                next: 0,
                entry: NO_ENTRY,
                key_escaped: name.has_escapes,
                value_escaped: false,
            });
            let (end, value_escaped) = match text.get(begin) {
                Some(b'"') => scan.string(begin).map(|string| (string.end(), string.has_escapes))?,
                Some(b'{') if level < levels => (self.inside(text, begin, level + 1, levels)?, false),
                _ => (scan.value(begin, level)?, false),
            };
            let next = self.members.len() as u32;
            let member = &mut self.members[index];
            (member.value.1, member.next, member.value_escaped) = (end as u32, next, value_escaped);
            Ok::<_, Fault>(end)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_noted_down_to_a_level_and_never_inside_lists() {
        let text = br#" {"a":{"b":{"c":{"d":1}}},"l":[{"x":1}],"e":{},"s":"q\"","n":12 } "#;
        let mut scanner = Scanner::default();
        assert_eq!(scanner.object(text, 1, 2), Ok(text.len() - 1));
        let at = |(from, to): (u32, u32)| std::str::from_utf8(&text[from as usize..to as usize]).unwrap();
        let members: Vec<(&str, &str, u32)> =
            scanner.members.iter().map(|m| (at(m.key), at(m.value), m.next)).collect();
        let expected = [
            ("a", r#"{"b":{"c":{"d":1}}}"#, 2),
            ("b", r#"{"c":{"d":1}}"#, 2),
            ("l", r#"[{"x":1}]"#, 3),
            ("e", "{}", 4),
            ("s", r#""q\"""#, 5),
            ("n", "12", 6),
        ];
        assert_eq!(members, expected);
        assert!(scanner.members[4].value_escaped && !scanner.members[5].value_escaped);
    }
}
