/// Attempts, so that a slow failure does not take all the time.
const ATTEMPTS: usize = 3000;

/// Takes parts of an input away, halves first and single bytes last, as long as it still fails.
pub(crate) fn shrink(input: &[u8], mut fails: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut smallest = input.to_vec();
    let mut size = smallest.len().div_ceil(2);
    let mut attempts = 0;
    while size > 0 && attempts < ATTEMPTS {
        let mut at = 0;
        let mut is_smaller = false;
        while at < smallest.len() && attempts < ATTEMPTS {
            let mut candidate = smallest.clone();
            candidate.drain(at..(at + size).min(smallest.len()));
            attempts += 1;
            match fails(&candidate) {
                true => {
                    smallest = candidate;
                    is_smaller = true;
                }
                false => at += size,
            }
        }
        if !is_smaller || size > smallest.len() {
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }
    smallest
}

#[cfg(test)]
mod tests {
    use super::shrink;

    #[test]
    fn what_is_needed_remains() {
        let has = |part: &'static [u8]| move |bytes: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert_eq!(shrink(b"aaaaaaaXYaaaaaaaaaa", has(b"XY")), b"XY");
        assert_eq!(shrink(b"aXaaaaaYa", |bytes| bytes.contains(&b'X') && bytes.contains(&b'Y')), b"XY");
        assert_eq!(shrink(b"abc", |_| true), b"");
        assert_eq!(shrink(b"", |_| true), b"");
    }
}
