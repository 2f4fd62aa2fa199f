//! Distributions as curves: from the share of cases to the largest value among them.

/// A distribution over whole numbers, tabulated, so that drawing from it is one look-up.
#[derive(Debug)]
pub(super) struct Curve {
    values: Vec<i32>,
}

impl Curve {
    /// Through `(thousandths of the cases, value)` points that begin at 0 and end at 1000, straight in between.
    pub(super) fn new(points: &[(i64, i64)], bits: u32) -> Curve {
        let size = 1i64 << bits;
        let values = (0..=size).map(|i| at(points, i * 1000, size)).collect();
        Curve { values }
    }

    /// The value at `index` of `2^bits`.
    #[inline]
    pub(super) fn get(&self, index: u64) -> i32 {
        self.values.get(usize::try_from(index).unwrap_or(0)).copied().unwrap_or(0)
    }

    /// The value at `share` of `2^scale`, straight between the tabulated values: never falls while `share` rises.
    #[inline]
    pub(super) fn between(&self, share: u64, scale: u32, bits: u32) -> i32 {
        let step = scale - bits;
        let (index, rest) = (share >> step, share & ((1 << step) - 1));
        let (low, high) = (i64::from(self.get(index)), i64::from(self.get(index + 1)));
        let value = low + (((high - low) * rest.cast_signed()) >> step);
        i32::try_from(value).unwrap_or(0)
    }
}

/// The height of the line through `points` at `share / size` thousandths.
fn at(points: &[(i64, i64)], share: i64, size: i64) -> i32 {
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        if share <= x1 * size {
            let value = y0 + (y1 - y0) * (share - x0 * size) / ((x1 - x0) * size);
            return i32::try_from(value).unwrap_or(0);
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_goes_through_its_points() {
        let curve = Curve::new(&[(0, -10), (500, 0), (1000, 100)], 4);
        let values: Vec<i32> = (0..=16).map(|i| curve.get(i)).collect();
        assert_eq!(values, [-10, -9, -8, -7, -5, -4, -3, -2, 0, 12, 25, 37, 50, 62, 75, 87, 100]);
    }

    #[test]
    fn between_never_falls() {
        let curve = Curve::new(&[(0, 1), (10, 300), (1000, 1439)], 6);
        let values: Vec<i32> = (0..1 << 12).map(|i| curve.between(i, 12, 6)).collect();
        assert!(values.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(values.first(), Some(&1));
        assert!(values.iter().all(|v| (1..=1439).contains(v)));
    }
}
