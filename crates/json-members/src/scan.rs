use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use crate::fault::{Fault, FaultKind};
use crate::lexer::{blanks, byte, expect, not_json, plain_blocks, scalar, string};
use crate::nesting::Nesting;
use crate::rules::Rules;

/// A text that is scanned by some rules.
pub struct Scan<'t, R> {
    bytes: &'t [u8],
    rules: PhantomData<R>,
}

/// A string of JSON, mostly the name of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Between its quotes, as it is written.
    pub inside: Range<usize>,
    /// Whether it has escapes.
    pub has_escapes: bool,
}

impl Name {
    /// The place behind the closing quote.
    pub fn end(&self) -> usize {
        self.inside.end + 1
    }

    /// The place with its quotes.
    pub fn quoted(&self) -> Range<usize> {
        self.inside.start - 1..self.inside.end + 1
    }
}

impl<'t, R: Rules> Scan<'t, R> {
    /// Scans these bytes.
    pub fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, rules: PhantomData }
    }

    /// Calls `read` for every member of the object that begins at `at`, with its name and where its value begins; `read` returns where the value
    /// ends. The place behind the object is returned.
    ///
    /// `level` is that of the object: 1 for one that is in nothing.
    ///
    /// # Errors
    /// There is no object by the rules, or that of `read`.
    #[inline]
    pub fn members<E: From<Fault>>(
        self,
        at: usize,
        level: usize,
        mut read: impl FnMut(Name, usize) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let bytes = self.bytes;
        let mut at = self.open(at, b'{', level)?;
        if bytes.get(at) == Some(&b'}') {
            return Ok(at + 1);
        }
        loop {
            let name = self.string(at)?;
            let colon = blanks(bytes, name.end());
            let value = blanks(bytes, expect(bytes, colon, b':')?);
            at = blanks(bytes, read(name, value)?);
            match byte(bytes, at)? {
                b',' => at = blanks(bytes, at + 1),
                b'}' => return Ok(at + 1),
                _ => return Err(not_json(at).into()),
            }
        }
    }

    /// Calls `read` for every item of the list that begins at `at`, with where it begins; `read` returns where it ends. The place behind the
    /// list is returned. `level` is that of the list.
    ///
    /// # Errors
    /// There is no list by the rules, or that of `read`.
    #[inline]
    pub fn items<E: From<Fault>>(
        self,
        at: usize,
        level: usize,
        mut read: impl FnMut(usize) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let bytes = self.bytes;
        let mut at = self.open(at, b'[', level)?;
        if bytes.get(at) == Some(&b']') {
            return Ok(at + 1);
        }
        loop {
            at = blanks(bytes, read(at)?);
            match byte(bytes, at)? {
                b',' => at = blanks(bytes, at + 1),
                b']' => return Ok(at + 1),
                _ => return Err(not_json(at).into()),
            }
        }
    }

    /// The place behind the value that begins at `at`. `level` is that of what the value is in: 0 for nothing.
    ///
    /// # Errors
    /// There is no value by the rules.
    #[inline]
    pub fn value(self, at: usize, level: usize) -> Result<usize, Fault> {
        match byte(self.bytes, at)? {
            b'"' => string::<R>(self.bytes, at + 1).map(|(quote, _)| quote + 1),
            b'{' | b'[' => self.container(at, level),
            first => scalar::<R>(self.bytes, at, first),
        }
    }

    /// The string that begins at `at`.
    ///
    /// # Errors
    /// There is no string by the rules.
    #[inline]
    pub fn string(self, at: usize) -> Result<Name, Fault> {
        let start = expect(self.bytes, at, b'"')?;
        let (quote, has_escapes) = string::<R>(self.bytes, start)?;
        Ok(Name { inside: start..quote, has_escapes })
    }

    /// As `string`, quicker if the string is long.
    ///
    /// # Errors
    /// There is no string by the rules.
    #[inline]
    pub fn long_string(self, at: usize) -> Result<Name, Fault> {
        let start = expect(self.bytes, at, b'"')?;
        let (quote, has_escapes) = string::<R>(self.bytes, plain_blocks(self.bytes, start))?;
        Ok(Name { inside: start..quote, has_escapes })
    }

    /// The first place from `at` on that is no blank.
    #[inline]
    pub fn blanks(self, at: usize) -> usize {
        blanks(self.bytes, at)
    }

    #[inline(always)]
    fn open(self, at: usize, bracket: u8, level: usize) -> Result<usize, Fault> {
        if self.bytes.get(at) != Some(&bracket) {
            let kind = if bracket == b'{' { FaultKind::NotAnObject } else { FaultKind::NotAList };
            return Err(Fault::new(kind, at));
        }
        if level > R::LEVELS {
            return Err(Fault::new(FaultKind::TooDeep, at));
        }
        Ok(blanks(self.bytes, at + 1))
    }

    /// The place behind the object or list that begins here, found without recursion.
    fn container(self, start: usize, level: usize) -> Result<usize, Fault> {
        let bytes = self.bytes;
        let mut nesting = Nesting::new();
        let mut at = start;
        loop {
            match byte(bytes, at)? {
                b'"' => at = string::<R>(bytes, at + 1)?.0 + 1,
                bracket @ (b'{' | b'[') => {
                    let is_object = bracket == b'{';
                    nesting.enter::<R>(is_object, level, at)?;
                    at = blanks(bytes, at + 1);
                    if byte(bytes, at)? != closing(is_object) {
                        if is_object {
                            at = self.name(at)?;
                        }
                        continue;
                    }
                }
                first => at = scalar::<R>(bytes, at, first)?,
            }
            // Behind a value: a comma, or the ends of containers.
            loop {
                at = blanks(bytes, at);
                let found = byte(bytes, at)?;
                if found == b',' {
                    at = blanks(bytes, at + 1);
                    if nesting.is_object() {
                        at = self.name(at)?;
                    }
                    break;
                }
                if found != closing(nesting.is_object()) {
                    return Err(not_json(at));
                }
                at += 1;
                if !nesting.leave::<R>() {
                    return Ok(at);
                }
            }
        }
    }

    /// The place of the value whose name begins here.
    #[inline(always)]
    fn name(self, at: usize) -> Result<usize, Fault> {
        let start = expect(self.bytes, at, b'"')?;
        let (quote, _) = string::<R>(self.bytes, start)?;
        let colon = blanks(self.bytes, quote + 1);
        Ok(blanks(self.bytes, expect(self.bytes, colon, b':')?))
    }
}

impl<R> Clone for Scan<'_, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Scan<'_, R> {}

impl<R> fmt::Debug for Scan<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scan of {} bytes", self.bytes.len())
    }
}

#[inline(always)]
fn closing(is_object: bool) -> u8 {
    if is_object { b'}' } else { b']' }
}
