use std::ops::Range;

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{RngCore, SeedableRng};

use crate::targets::Target;

/// Inputs do not grow without end.
const BYTES_MAX: usize = 1 << 20;

/// Numbers at which programs go wrong.
const EDGES: [u64; 10] = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff, u64::MAX];

/// Chance that can be repeated.
pub(crate) struct Random(Pcg64Mcg);

impl Random {
    /// The numbers of one input.
    pub(crate) fn new(seed: u64, target: &str, input: u64) -> Self {
        let name = target.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(Pcg64Mcg::seed_from_u64(name ^ input.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// Below `end`, or 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let end = end.max(1) as u64;
        usize::try_from(self.0.next_u64() % end).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        self.0.next_u64().to_le_bytes()[0]
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// A part of something that has so many bytes; short ones are likelier.
    fn part(&mut self, length: usize) -> Range<usize> {
        let start = self.below(length + 1);
        let longest = [8, 64, length].get(self.below(3)).copied().unwrap_or(length);
        start..(start + self.below(longest + 1)).min(length)
    }
}

/// Input number `number` of a target.
pub(crate) fn input(target: &dyn Target, corpus: &[Vec<u8>], seed: u64, number: u64) -> Vec<u8> {
    let mut random = Random::new(seed, target.name(), number);
    let mut bytes = random.pick(corpus).cloned().unwrap_or_default();
    let places = target.places(&bytes);
    // Some are left as they are; most are changed once or twice, a few beyond recognition.
    let changes = [0, 1, 1, 1, 2, 2, 3, 5, 9, 30].get(random.below(10)).copied().unwrap_or(1);
    for _ in 0..changes {
        change(&mut bytes, target, corpus, &places, &mut random);
    }
    bytes.truncate(BYTES_MAX);
    bytes
}

fn change(bytes: &mut Vec<u8>, target: &dyn Target, corpus: &[Vec<u8>], places: &[Range<usize>], random: &mut Random) {
    let at = place(bytes.len(), places, random);
    match random.below(15) {
        0 => overwrite(bytes, at, &[random.byte()]),
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        2 => {
            let value = random.pick(&EDGES).copied().unwrap_or_default();
            let width = [1, 2, 4, 8].get(random.below(4)).copied().unwrap_or(1);
            let little = random.below(2) == 0;
            let number = if little { value.to_le_bytes() } else { value.to_be_bytes() };
            overwrite(bytes, at, if little { &number[..width] } else { &number[8 - width..] });
        }
        3 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = byte.wrapping_add(if random.below(2) == 0 { 1 } else { u8::MAX });
            }
        }
        4 => {
            let part = random.part(bytes.len());
            let copied = bytes[part].to_vec();
            overwrite(bytes, at, &copied);
        }
        5 => bytes.truncate(at),
        6 => drop(bytes.drain(random.part(bytes.len()))),
        7 => {
            let part = random.part(bytes.len());
            let copied = bytes[part.clone()].to_vec();
            insert(bytes, part.end, &copied);
        }
        8 | 9 => {
            let word = random.pick(target.dictionary()).copied().unwrap_or_default();
            match random.below(2) {
                0 => insert(bytes, at, word),
                _ => overwrite(bytes, at, word),
            }
        }
        10 => {
            let other = random.pick(corpus).map(Vec::as_slice).unwrap_or_default();
            let part = random.part(other.len());
            insert(bytes, at, &other[part]);
        }
        11..=13 => {
            let other = random.pick(corpus).map(Vec::as_slice).unwrap_or_default();
            let (old, new) = (quoted(bytes, at), quoted(other, random.below(other.len() + 1)));
            drop(bytes.splice(old, other[new].iter().copied()));
        }
        _ => {
            let count = 1 << random.below(11);
            let copied = bytes.get(at).copied().unwrap_or(b' ');
            insert(bytes, at, &vec![copied; count]);
        }
    }
}

/// Anywhere, or, half of the time, at one of the target's places.
fn place(length: usize, places: &[Range<usize>], random: &mut Random) -> usize {
    let anywhere = random.below(length + 1);
    match random.pick(places).cloned() {
        Some(range) if random.below(2) == 0 => (range.start + random.below(range.len())).min(length),
        _ => anywhere,
    }
}

/// The next text in quotes, or nothing: exchanged for another one, it leaves most formats what they were.
fn quoted(bytes: &[u8], from: usize) -> Range<usize> {
    let next = |from: usize| bytes.iter().skip(from).position(|byte| *byte == b'"').map(|at| from + at);
    let found = next(from).and_then(|start| Some(start..next(start + 1)? + 1));
    found.unwrap_or(from..from)
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    for (byte, new) in bytes.iter_mut().skip(at).zip(with) {
        *byte = *new;
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    if bytes.len() + new.len() <= BYTES_MAX {
        let tail = bytes.split_off(at.min(bytes.len()));
        bytes.extend_from_slice(new);
        bytes.extend_from_slice(&tail);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Letters;

    impl Target for Letters {
        fn name(&self) -> &'static str {
            "letters"
        }

        fn corpus(&self) -> Vec<Vec<u8>> {
            vec![b"abcdefghij".repeat(3), Vec::new()]
        }

        fn dictionary(&self) -> &[&'static [u8]] {
            &[b"WORD"]
        }

        fn run(&self, _: &[u8]) -> Result<u64, String> {
            Ok(0)
        }

        fn tally(&self) -> String {
            String::new()
        }
    }

    #[test]
    fn an_input_depends_on_seed_and_number() {
        let corpus = Letters.corpus();
        let inputs = |seed| (0..500).map(|number| input(&Letters, &corpus, seed, number)).collect::<Vec<_>>();
        assert_eq!(inputs(1), inputs(1));
        let (first, second) = (inputs(1), inputs(2));
        assert_ne!(first, second);
        let distinct: std::collections::BTreeSet<_> = first.iter().collect();
        assert!(distinct.len() > 200, "{}", distinct.len());
        assert!(first.iter().any(|bytes| bytes.windows(4).any(|window| window == b"WORD")));
        assert!(first.iter().all(|bytes| bytes.len() <= BYTES_MAX));
    }
}
