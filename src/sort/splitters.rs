//! Keys that divide all keys into ranges.

/// Samples for each range: enough to keep the ranges even.
pub(super) const SAMPLES: usize = 24;

/// Ascending keys, and a quick way to find a key's place among them.
#[derive(Clone, Debug, Default)]
pub(super) struct Splitters {
    keys: Vec<u128>,
    /// True for a key that the sample has so often that it takes a range of its own.
    often: Vec<bool>,
    /// How many splitters lie below each of equal steps between the lowest and the highest, so that few are compared.
    steps: Vec<u16>,
    shift: u32,
}

const STEPS: usize = 4096;

impl Splitters {
    /// Splitters that divide a sample into so many ranges of equal size, or fewer if keys repeat.
    pub fn of_sample(mut sample: Vec<u128>, ranges: usize) -> Self {
        sample.sort_unstable();
        let (mut keys, mut often): (Vec<u128>, Vec<bool>) = (Vec::new(), Vec::new());
        let ranges = ranges.min(sample.len());
        for range in 1..ranges {
            let key = sample[range * sample.len() / ranges];
            match (keys.last(), often.last_mut()) {
                (Some(last), Some(often)) if *last == key => *often = true,
                _ => {
                    keys.push(key);
                    often.push(false);
                }
            }
        }
        Splitters::with_steps(keys, often)
    }

    fn with_steps(keys: Vec<u128>, often: Vec<bool>) -> Self {
        let span = keys.last().copied().unwrap_or(0) - keys.first().copied().unwrap_or(0);
        let shift = (128 - span.leading_zeros()).saturating_sub(STEPS.ilog2());
        let first = keys.first().copied().unwrap_or(0);
        let below = |step: usize| keys.partition_point(|key| (key - first) >> shift < step as u128) as u16;
        let steps = (0..=STEPS + 1).map(below).collect();
        Splitters { keys, often, steps, shift }
    }

    /// Ranges between splitters, and before and behind them.
    pub fn ranges(&self) -> usize {
        self.keys.len() + 1
    }

    /// The range of a key: how many splitters are not above it.
    #[inline]
    pub fn range_of(&self, key: u128) -> usize {
        let Some(first) = self.keys.first() else { return 0 };
        let Some(distance) = key.checked_sub(*first) else { return 0 };
        let step = (distance >> self.shift).min(STEPS as u128) as usize;
        let (low, high) = (usize::from(self.steps[step]), usize::from(self.steps[step + 1]));
        let high = if step == STEPS { self.keys.len() } else { high };
        low + self.keys[low..high].partition_point(|splitter| *splitter <= key)
    }

    /// True if a key of this range is the splitter that begins it, and that splitter takes a range of its own.
    #[inline]
    pub fn is_often(&self, range: usize, key: u128) -> bool {
        range.checked_sub(1).is_some_and(|splitter| self.often[splitter] && self.keys[splitter] == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_goes_where_its_neighbours_go() {
        for keys in [
            vec![],
            vec![5],
            vec![5, 9, 1000, 1001],
            vec![0, u128::MAX],
            (0..2000).map(|n: u128| (n * n * n) << 60).collect(),
        ] {
            let splitters = Splitters::with_steps(keys.clone(), vec![true; keys.len()]);
            let around = keys.iter().flat_map(|key| [key.saturating_sub(1), *key, key.saturating_add(1)]);
            for key in around.chain([0, 7, 500, u128::MAX / 3, u128::MAX]) {
                let above = keys.iter().filter(|splitter| **splitter <= key).count();
                assert_eq!(splitters.range_of(key), above, "{key} among {keys:?}");
                assert_eq!(splitters.is_often(above, key), keys.contains(&key));
            }
        }
    }

    #[test]
    fn keys_that_repeat_get_one_splitter() {
        let sample = [vec![7; 100], (0..20).collect(), vec![u128::MAX; 30]].concat();
        let splitters = Splitters::of_sample(sample, 10);
        assert!(splitters.ranges() < 10);
        assert!(splitters.is_often(splitters.range_of(7), 7));
        assert!(!splitters.is_often(splitters.range_of(8), 8));
        assert_eq!(Splitters::of_sample(vec![], 10).ranges(), 1);
    }
}
