//! Who stands where: nodes in layers, so that edges point down, with few crossings (the method of Sugiyama, Tagawa and Toda).

use super::Drawing;

/// How often the order within layers is improved.
const ROUNDS: usize = 12;
/// How often places along the layers are.
const SHIFTS: usize = 16;

/// Something that has a place: a node, or where a long edge passes through a layer.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    /// The node, if it is one.
    pub of: Option<usize>,
    /// Width.
    pub width: f64,
    /// Its middle along the layer.
    pub x: f64,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// Spots in layers, and the spots that each edge goes through.
#[derive(Debug, Default)]
pub(super) struct Layers {
    pub spots: Vec<Spot>,
    /// Spots of each layer from left to right.
    pub layers: Vec<Vec<usize>>,
    /// For each edge of the drawing the spots from its beginning to its end.
    pub paths: Vec<Vec<usize>>,
}

impl Layers {
    /// Lays out nodes of these widths; `gap` is left between neighbours.
    pub fn of(drawing: &Drawing, widths: &[f64], gap: f64) -> Layers {
        let ranks = ranks(drawing);
        let mut layers = Layers::placed(drawing, widths, &ranks);
        layers.untangle();
        layers.shift(gap);
        layers
    }

    fn placed(drawing: &Drawing, widths: &[f64], ranks: &[usize]) -> Layers {
        let count = ranks.iter().max().map_or(0, |rank| rank + 1);
        let mut layers = Layers { layers: vec![Vec::new(); count], ..Layers::default() };
        for (at, rank) in ranks.iter().enumerate() {
            layers.spot(Some(at), widths[at], *rank);
        }
        for edge in &drawing.edges {
            let mut path = vec![edge.from];
            for rank in ranks[edge.from] + 1..ranks[edge.to] {
                let spot = layers.spot(None, 1.0, rank);
                path.push(spot);
            }
            path.push(edge.to);
            for pair in path.windows(2) {
                layers.spots[pair[0]].below.push(pair[1]);
                layers.spots[pair[1]].above.push(pair[0]);
            }
            layers.paths.push(path);
        }
        layers
    }

    fn spot(&mut self, of: Option<usize>, width: f64, rank: usize) -> usize {
        let index = self.spots.len();
        self.spots.push(Spot { of, width, x: 0.0, above: Vec::new(), below: Vec::new() });
        self.layers[rank].push(index);
        index
    }

    /// Orders each layer by where its neighbours stand, down and up in turns, and keeps the best order found.
    fn untangle(&mut self) {
        let (mut best, mut fewest) = (self.layers.clone(), self.crossings());
        for round in 0..ROUNDS {
            let down = round % 2 == 0;
            let order: Vec<usize> =
                if down { (1..self.layers.len()).collect() } else { (0..self.layers.len()).rev().collect() };
            for rank in order {
                let places = self.places();
                let middle = |spot: &usize| {
                    let spot_of = &self.spots[*spot];
                    let near = if down { &spot_of.above } else { &spot_of.below };
                    mean(near.iter().map(|one| places[*one] as f64)).unwrap_or(places[*spot] as f64)
                };
                let mut layer = self.layers[rank].clone();
                layer.sort_by(|one, other| middle(one).total_cmp(&middle(other)));
                self.layers[rank] = layer;
            }
            let crossings = self.crossings();
            if crossings < fewest {
                (best, fewest) = (self.layers.clone(), crossings);
            }
        }
        self.layers = best;
    }

    /// The place of each spot in its layer.
    fn places(&self) -> Vec<usize> {
        let mut places = vec![0; self.spots.len()];
        for layer in &self.layers {
            layer.iter().enumerate().for_each(|(place, spot)| places[*spot] = place);
        }
        places
    }

    /// How many pairs of lines between neighbouring layers cross.
    pub fn crossings(&self) -> usize {
        let places = self.places();
        let mut crossings = 0;
        for layer in &self.layers {
            let lines: Vec<(usize, usize)> = layer
                .iter()
                .flat_map(|spot| self.spots[*spot].below.iter().map(|to| (places[*spot], places[*to])))
                .collect();
            for (at, one) in lines.iter().enumerate() {
                let crosses = |other: &&(usize, usize)| {
                    one.0 < other.0 && one.1 > other.1 || one.0 > other.0 && one.1 < other.1
                };
                crossings += lines[at + 1..].iter().filter(crosses).count();
            }
        }
        crossings
    }

    /// Moves spots towards the middle of their neighbours, as far as those beside them let them.
    fn shift(&mut self, gap: f64) {
        for layer in self.layers.clone() {
            let mut left = 0.0;
            for spot in layer {
                let spot = &mut self.spots[spot];
                spot.x = left + spot.width / 2.0;
                left += spot.width + gap;
            }
        }
        for round in 0..SHIFTS {
            let order: Vec<usize> = if round % 2 == 0 {
                (0..self.layers.len()).collect()
            } else {
                (0..self.layers.len()).rev().collect()
            };
            for rank in order {
                let layer = self.layers[rank].clone();
                for spot in &layer {
                    let near = self.spots[*spot].above.iter().chain(&self.spots[*spot].below);
                    if let Some(middle) = mean(near.map(|one| self.spots[*one].x)) {
                        self.spots[*spot].x = middle;
                    }
                }
                self.part(&layer, gap);
            }
        }
        let left = self.spots.iter().map(|spot| spot.x - spot.width / 2.0).fold(f64::INFINITY, f64::min);
        self.spots.iter_mut().for_each(|spot| spot.x -= left);
    }

    /// Pushes apart what overlaps: from the left, then from the right, and takes the mean, so that no side is favoured.
    fn part(&mut self, layer: &[usize], gap: f64) {
        let distance = |one: &Spot, other: &Spot| (one.width + other.width) / 2.0 + gap;
        let mut right: Vec<f64> = layer.iter().map(|spot| self.spots[*spot].x).collect();
        let mut left = right.clone();
        for at in 1..layer.len() {
            let apart = distance(&self.spots[layer[at - 1]], &self.spots[layer[at]]);
            right[at] = right[at].max(right[at - 1] + apart);
        }
        for at in (1..layer.len()).rev() {
            let apart = distance(&self.spots[layer[at - 1]], &self.spots[layer[at]]);
            left[at - 1] = left[at - 1].min(left[at] - apart);
        }
        for (at, spot) in layer.iter().enumerate() {
            self.spots[*spot].x = (left[at] + right[at]) / 2.0;
        }
    }
}

/// The layer of each node: below all that comes before it, and what is only read just above where it is read.
fn ranks(drawing: &Drawing) -> Vec<usize> {
    let count = drawing.nodes.len();
    let mut ranks = vec![0_usize; count];
    // A plan has no cycles, so that the longest path has fewer edges than there are nodes.
    for _ in 0..count {
        let mut moved = false;
        for edge in &drawing.edges {
            if ranks[edge.to] <= ranks[edge.from] {
                (ranks[edge.to], moved) = (ranks[edge.from] + 1, true);
            }
        }
        if !moved {
            break;
        }
    }
    for at in 0..count {
        if drawing.edges.iter().all(|edge| edge.to != at) {
            let next = drawing.edges.iter().filter(|edge| edge.from == at).map(|edge| ranks[edge.to]).min();
            ranks[at] = next.map_or(0, |next| next.saturating_sub(1));
        }
    }
    ranks
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    values.for_each(|value| {
        sum += value;
        count += 1.0;
    });
    (count > 0.0).then(|| sum / count)
}

#[cfg(test)]
mod tests {
    use super::super::{Edge, Kind, Node};
    use super::*;

    fn drawing(nodes: usize, edges: &[(usize, usize)]) -> Drawing {
        let one = |at| Node { kind: Kind::Step, name: format!("B{at}"), lines: Vec::new() };
        Drawing {
            nodes: (0..nodes).map(one).collect(),
            edges: edges.iter().map(|(from, to)| Edge { from: *from, to: *to, data: true }).collect(),
            ..Drawing::default()
        }
    }

    #[test]
    fn edges_point_down_and_inputs_stand_near_their_readers() {
        let drawing = drawing(6, &[(0, 1), (1, 2), (2, 3), (4, 3), (0, 3)]);
        assert_eq!(ranks(&drawing), [0, 1, 2, 3, 2, 0]);
        let layers = Layers::of(&drawing, &[10.0; 6], 5.0);
        assert_eq!(layers.paths[4].len(), 4, "a long edge passes through every layer");
    }

    #[test]
    fn crossings_that_need_not_be_are_gone() {
        // Two columns whose nodes were named crosswise.
        let layers = Layers::of(&drawing(4, &[(0, 3), (1, 2)]), &[10.0; 4], 5.0);
        assert_eq!(layers.crossings(), 0);
    }

    #[test]
    fn nothing_overlaps() {
        let edges: Vec<(usize, usize)> = (1..12).map(|at| (at / 3, at)).chain([(0, 11), (2, 11)]).collect();
        let widths: Vec<f64> = (0..12).map(|at| 20.0 + 7.0 * at as f64).collect();
        let layers = Layers::of(&drawing(12, &edges), &widths, 8.0);
        for layer in &layers.layers {
            for pair in layer.windows(2) {
                let (one, other) = (&layers.spots[pair[0]], &layers.spots[pair[1]]);
                let free = other.x - other.width / 2.0 - (one.x + one.width / 2.0);
                assert!(free > 7.99, "{free}");
            }
        }
        assert!(layers.spots.iter().all(|spot| spot.x - spot.width / 2.0 > -0.01));
        assert!(Layers::of(&drawing(0, &[]), &[], 8.0).layers.is_empty());
    }
}
