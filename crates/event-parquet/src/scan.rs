//! Finds where one JSON object ends, and where its members are, in a single pass over the bytes.
//!
//! Strict as RFC 8259, without recursion and without building anything: a member is a pair of places in the text.

/// Readers of JSON give up at 128 levels (serde_json), and so does this one.
pub(crate) const DEPTH_MAX: u32 = 127;

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

/// Why a text is not a JSON object that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It begins like no object.
    NotAnObject,
    /// It ends before the object does.
    Ended,
    /// It is not JSON.
    NotJson,
    /// There are more levels than `DEPTH_MAX`.
    TooDeep,
}

/// The members of the last object that was read, in the order of the text; those of inner objects follow their parent.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    pub(crate) members: Vec<Member>,
    /// The member, at each level, whose value is being read.
    open: Vec<u32>,
}

/// What comes next.
enum Next {
    Value,
    Key,
    After,
}

/// The containers that are open.
struct Nesting {
    /// One bit for each, the innermost the lowest: 1 for an object.
    kinds: u128,
    /// How many there are.
    depth: u32,
    /// Down to which of them members are noted.
    levels: u32,
    /// Whether those of the innermost are: all of them are objects, and it is not too deep.
    is_noted: bool,
}

impl Nesting {
    fn is_object(&self) -> bool {
        self.kinds & 1 == 1
    }

    /// What comes behind a comma.
    fn first(&self) -> Next {
        if self.is_object() { Next::Key } else { Next::Value }
    }

    fn enter(&mut self, is_object: bool) -> Result<Next, Fault> {
        if self.depth == DEPTH_MAX {
            return Err(Fault::TooDeep);
        }
        self.kinds = (self.kinds << 1) | u128::from(is_object);
        self.depth += 1;
        self.is_noted = self.is_noted && is_object && self.depth <= self.levels;
        Ok(self.first())
    }

    /// Closes the innermost; `false` if it was the outermost.
    fn leave(&mut self) -> bool {
        self.kinds >>= 1;
        self.depth -= 1;
        self.is_noted = self.depth <= self.levels && self.kinds == (1 << self.depth) - 1;
        self.depth > 0
    }
}

fn closing(is_object: bool) -> u8 {
    if is_object { b'}' } else { b']' }
}

impl Scanner {
    /// Reads the object that begins at `start`, and notes its members down to `levels` levels; returns where it ends.
    pub(crate) fn object(&mut self, text: &[u8], start: usize, levels: u32) -> Result<usize, Fault> {
        self.members.clear();
        self.open.clear();
        self.open.resize(levels as usize + 1, 0);
        if text.get(start) != Some(&b'{') {
            return Err(Fault::NotAnObject);
        }
        let mut nesting = Nesting { kinds: 1, depth: 1, levels, is_noted: levels > 0 };
        let mut next = Next::Key;
        let mut at = blank(text, start + 1);
        if byte(text, at)? == b'}' {
            return Ok(at + 1);
        }
        loop {
            match next {
                Next::Key => {
                    at = self.key(text, at, &nesting)?;
                    next = Next::Value;
                }
                Next::Value => {
                    next = Next::After;
                    let (begin, mut escaped) = (at, false);
                    match byte(text, at)? {
                        b'"' => (at, escaped) = string(text, at + 1)?,
                        first @ (b'{' | b'[') => {
                            let is_object = first == b'{';
                            at = blank(text, at + 1);
                            if byte(text, at)? != closing(is_object) {
                                self.note(&nesting, begin, 0, false);
                                next = nesting.enter(is_object)?;
                                continue;
                            }
                            at += 1;
                        }
                        first => at = scalar(text, at, first)?,
                    }
                    self.note(&nesting, begin, at, escaped);
                }
                Next::After => {
                    at = blank(text, at);
                    let found = byte(text, at)?;
                    at += 1;
                    if found == b',' {
                        at = blank(text, at);
                        next = nesting.first();
                    } else if found != closing(nesting.is_object()) {
                        return Err(Fault::NotJson);
                    } else if !nesting.leave() {
                        return Ok(at);
                    } else if nesting.is_noted {
                        self.leave(nesting.depth, at);
                    }
                }
            }
        }
    }

    /// Reads a name and its colon.
    #[inline(always)]
    fn key(&mut self, text: &[u8], at: usize, nesting: &Nesting) -> Result<usize, Fault> {
        if byte(text, at)? != b'"' {
            return Err(Fault::NotJson);
        }
        let (end, escaped) = string(text, at + 1)?;
        let colon = blank(text, end);
        if byte(text, colon)? != b':' {
            return Err(Fault::NotJson);
        }
        if nesting.is_noted {
            let index = self.members.len() as u32;
            if let Some(open) = self.open.get_mut(nesting.depth as usize) {
                *open = index;
            }
            self.members.push(Member {
                key: (at as u32 + 1, end as u32 - 1),
                value: (0, 0),
                next: index + 1,
                entry: NO_ENTRY,
                key_escaped: escaped,
                value_escaped: false,
            });
        }
        Ok(blank(text, colon + 1))
    }

    /// Notes the value of the last member; a container's end is noted when it is left.
    #[inline(always)]
    fn note(&mut self, nesting: &Nesting, begin: usize, end: usize, escaped: bool) {
        if nesting.is_noted
            && let Some(member) = self.members.last_mut()
        {
            member.value = (begin as u32, end as u32);
            member.value_escaped = escaped;
        }
    }

    /// Ends the value of the member of this level, which was a container.
    #[inline]
    fn leave(&mut self, depth: u32, at: usize) {
        let next = self.members.len() as u32;
        let open = self.open.get(depth as usize).copied().unwrap_or_default();
        if let Some(member) = self.members.get_mut(open as usize) {
            member.value.1 = at as u32;
            member.next = next;
        }
    }
}

#[inline(always)]
fn byte(text: &[u8], at: usize) -> Result<u8, Fault> {
    text.get(at).copied().ok_or(Fault::Ended)
}

/// The first place from here on that is no blank.
#[inline(always)]
fn blank(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = text.get(at) {
        at += 1;
    }
    at
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Reads a text to its closing quote, from behind the opening one: the place behind it, and whether there are escapes.
#[inline(always)]
fn string(text: &[u8], mut at: usize) -> Result<(usize, bool), Fault> {
    let mut escaped = false;
    loop {
        // Eight bytes at once: the lowest bit that is set marks the first quote, backslash or control character.
        while let Some(chunk) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
            let word = u64::from_le_bytes(*chunk);
            let quote = word ^ (ONES * b'"' as u64);
            let backslash = word ^ (ONES * b'\\' as u64);
            let zeros = quote.wrapping_sub(ONES) & !quote | backslash.wrapping_sub(ONES) & !backslash;
            let found = (zeros | word.wrapping_sub(ONES * 0x20) & !word) & HIGHS;
            if found != 0 {
                at += (found.trailing_zeros() / 8) as usize;
                break;
            }
            at += 8;
        }
        match byte(text, at)? {
            b'"' => return Ok((at + 1, escaped)),
            b'\\' => {
                escaped = true;
                at = escape(text, at + 1)?;
            }
            0..=0x1f => return Err(Fault::NotJson),
            _ => at += 1,
        }
    }
}

/// Reads what follows a backslash.
fn escape(text: &[u8], at: usize) -> Result<usize, Fault> {
    match byte(text, at)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(at + 1),
        b'u' => {
            for digit in at + 1..at + 5 {
                if !byte(text, digit)?.is_ascii_hexdigit() {
                    return Err(Fault::NotJson);
                }
            }
            Ok(at + 5)
        }
        _ => Err(Fault::NotJson),
    }
}

/// Reads a number, `true`, `false` or `null`.
#[inline(always)]
fn scalar(text: &[u8], at: usize, first: u8) -> Result<usize, Fault> {
    match first {
        b'-' | b'0'..=b'9' => number(text, at),
        b't' => literal(text, at, b"true"),
        b'f' => literal(text, at, b"false"),
        b'n' => literal(text, at, b"null"),
        _ => Err(Fault::NotJson),
    }
}

fn literal(text: &[u8], at: usize, word: &[u8]) -> Result<usize, Fault> {
    let found = &text[at..text.len().min(at + word.len())];
    if found == word {
        Ok(at + word.len())
    } else if word.starts_with(found) {
        Err(Fault::Ended)
    } else {
        Err(Fault::NotJson)
    }
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`
fn number(text: &[u8], mut at: usize) -> Result<usize, Fault> {
    if byte(text, at)? == b'-' {
        at += 1;
    }
    at = match byte(text, at)? {
        b'0' => at + 1,
        _ => digits(text, at)?,
    };
    if text.get(at) == Some(&b'.') {
        at = digits(text, at + 1)?;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1;
        if let b'+' | b'-' = byte(text, at)? {
            at += 1;
        }
        at = digits(text, at)?;
    }
    Ok(at)
}

/// At least one digit.
fn digits(text: &[u8], mut at: usize) -> Result<usize, Fault> {
    if !byte(text, at)?.is_ascii_digit() {
        return Err(Fault::NotJson);
    }
    while text.get(at).is_some_and(u8::is_ascii_digit) {
        at += 1;
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use rand_pcg::Pcg64Mcg;
    use rand_pcg::rand_core::{RngCore, SeedableRng};
    use serde_json::value::RawValue;

    use super::*;

    fn end(text: &[u8]) -> Result<usize, Fault> {
        Scanner::default().object(text, 0, 3)
    }

    /// Where serde_json finds the end of the object; it reads syntax only.
    fn expected(text: &[u8]) -> Option<usize> {
        let mut stream = serde_json::Deserializer::from_slice(text).into_iter::<Box<RawValue>>();
        let found = stream.next()?.ok()?;
        found.get().starts_with('{').then(|| stream.byte_offset())
    }

    #[test]
    fn the_same_texts_are_objects_as_for_serde_json() {
        let seeds = [
            r#"{"a":1,"b":{"c":[1,2,{"d":null}],"e":"x\n\u00e9"},"f":true,"g":-0.5e+10}"#,
            r#"{ "long name of more than 8 bytes" : "and a long text, too, with a \" in it", "x" : [ ] , "y":{ } }"#,
            r#"{"":"","":{"":[[],[{}]]},"n":[0,-0,10,1.0,1E5]}"#,
        ];
        let mut random = Pcg64Mcg::seed_from_u64(3);
        let mut sound = 0;
        for round in 0..60_000 {
            let mut text = seeds[round % seeds.len()].as_bytes().to_vec();
            for _ in 0..random.next_u32() % 3 {
                let at = random.next_u32() as usize % text.len();
                let bytes = b"{}[]:,\"\\u0e1-+. \n\x01atrulsf\xc3";
                let byte = bytes[random.next_u32() as usize % bytes.len()];
                match random.next_u32() % 3 {
                    0 => text[at] = byte,
                    1 => text.insert(at, byte),
                    _ => _ = text.remove(at),
                }
            }
            // serde_json wants UTF-8 of a raw value, and looks at it later than at the syntax.
            if std::str::from_utf8(&text).is_ok() && text.starts_with(b"{") {
                sound += u32::from(end(&text).is_ok());
                assert_eq!(end(&text).ok(), expected(&text), "{}", String::from_utf8_lossy(&text));
            }
        }
        assert!(sound > 20_000, "{sound}");
    }

    #[test]
    fn every_beginning_of_an_object_has_ended() {
        let text = r#"{"a":[1,-2.5e3,true,false,null,"x\u00e9\n"],"b":{"c":{}}}"#;
        for length in 1..text.len() {
            assert_eq!(end(&text.as_bytes()[..length]), Err(Fault::Ended), "{}", &text[..length]);
        }
        assert_eq!(end(text.as_bytes()), Ok(text.len()));
        assert_eq!(end(b"[]"), Err(Fault::NotAnObject));
    }

    #[test]
    fn members_are_noted_down_to_a_level_and_never_inside_lists() {
        let text = br#" {"a":{"b":{"c":{"d":1}}},"l":[{"x":1}],"e":{},"s":"q\"","n":12 } "#;
        let mut scanner = Scanner::default();
        scanner.object(text, 1, 2).unwrap();
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
