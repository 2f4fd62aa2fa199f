//! Who sends events.

use super::{Options, Random};

/// Somebody with a device.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    /// From 0.
    pub(crate) number: u32,
    /// How much the device's clock is ahead, in milliseconds.
    pub(crate) clock_ahead: i64,
    /// Which browser, app or server.
    pub(crate) device: usize,
}

/// All of them, with how much each sends.
pub(crate) struct People {
    people: Vec<Person>,
    /// Up to and including each person: the sum of activities.
    activity: Vec<f64>,
}

impl People {
    pub(crate) fn new(options: &Options, random: &mut Random) -> Self {
        let count = options.people.max(1);
        let bound = u64::from(options.clock_skew) * 1000;
        let (mut people, mut activity, mut sum) = (Vec::new(), Vec::new(), 0.0);
        for number in 0..count {
            let skew = i64::try_from(random.below(2 * bound + 1)).unwrap_or_default();
            let clock_ahead = skew - i64::try_from(bound).unwrap_or_default();
            // Half of all clocks are set by the network.
            let clock_ahead = if random.is(500) { 0 } else { clock_ahead };
            let device = usize::from(u8::try_from(random.below(4)).unwrap_or_default());
            people.push(Person { number, clock_ahead, device });
            sum += 1.0 / f64::from(number + 1).powf(options.skew);
            activity.push(sum);
        }
        People { people, activity }
    }

    pub(crate) fn pick(&self, random: &mut Random) -> Person {
        let sum = self.activity.last().copied().unwrap_or_default();
        let at = random.share() * sum;
        let index = self.activity.partition_point(|up_to| *up_to < at);
        self.people[index.min(self.people.len() - 1)]
    }
}
