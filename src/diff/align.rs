//! Two short rows of records, beside each other: which is which.

use std::collections::{HashMap, HashSet};

/// What becomes of the records of two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// A left and a right record.
    Pair(usize, usize),
    /// Equal records that do not stand in the order of the others.
    Moved(usize, usize),
    /// A left record without a partner; true if another one like it has one.
    Left(usize, bool),
    /// A right record without a partner.
    Right(usize, bool),
}

/// Products of row lengths up to which every pair is weighed.
const WEIGHED: usize = 1 << 14;

/// How alike two records are, from 0 to 1.
pub type Likeness<'l> = &'l mut dyn FnMut(usize, usize) -> f32;

/// Pairs two rows in their order: equal records where they are in the same order, between them the ones most alike.
pub fn in_order(left: &[u128], right: &[u128], likeness: Likeness<'_>) -> Vec<Link> {
    let anchors = anchors(left, right);
    let elsewhere = elsewhere(left, right, &anchors);
    let mut links = Vec::with_capacity(left.len().max(right.len()));
    let (mut i, mut j) = (0, 0);
    for (a, b) in anchors.into_iter().chain([(left.len(), right.len())]) {
        let mut stays = |at: usize, hash: u128, link: fn(usize, bool) -> Link| {
            let stays = !elsewhere.contains(&hash);
            if !stays {
                links.push(link(at, false));
            }
            stays
        };
        let rest_left: Vec<usize> = (i..a).filter(|at| stays(*at, left[*at], Link::Left)).collect();
        let rest_right: Vec<usize> = (j..b).filter(|at| stays(*at, right[*at], Link::Right)).collect();
        gap(left, right, (&rest_left, &rest_right), likeness, &mut links);
        if a < left.len() {
            links.push(Link::Pair(a, b));
        }
        (i, j) = (a + 1, b + 1);
    }
    mark_duplicates(left, right, &mut links);
    links
}

/// Records that are on both sides, but not in the same order: somebody moved them.
fn elsewhere(left: &[u128], right: &[u128], anchors: &[(usize, usize)]) -> HashSet<u128> {
    let (mut ours, mut theirs) = (vec![true; left.len()], vec![true; right.len()]);
    anchors.iter().for_each(|(a, b)| (ours[*a], theirs[*b]) = (false, false));
    let lonely: HashSet<u128> =
        left.iter().zip(ours).filter(|(_, alone)| *alone).map(|(hash, _)| *hash).collect();
    right
        .iter()
        .zip(theirs)
        .filter(|(hash, alone)| *alone && lonely.contains(hash))
        .map(|(hash, _)| *hash)
        .collect()
}

/// Equal records in the same order, as many as can be found cheaply: common ends, and between them the longest row of
/// records that are there once on either side ("patience"), again within what lies between those.
pub fn anchors(left: &[u128], right: &[u128]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut waiting = vec![(0..left.len(), 0..right.len())];
    while let Some((mut a, mut b)) = waiting.pop() {
        while !a.is_empty() && !b.is_empty() && left[a.start] == right[b.start] {
            found.push((a.start, b.start));
            (a.start, b.start) = (a.start + 1, b.start + 1);
        }
        while !a.is_empty() && !b.is_empty() && left[a.end - 1] == right[b.end - 1] {
            (a.end, b.end) = (a.end - 1, b.end - 1);
            found.push((a.end, b.end));
        }
        if a.is_empty() || b.is_empty() {
            continue;
        }
        let chain = unique_chain(left, right, &a, &b);
        if chain.is_empty() {
            continue;
        }
        let (mut i, mut j) = (a.start, b.start);
        for (x, y) in chain {
            found.push((x, y));
            waiting.push((i..x, j..y));
            (i, j) = (x + 1, y + 1);
        }
        waiting.push((i..a.end, j..b.end));
    }
    found.sort_unstable();
    found
}

/// The longest row of hashes that occur once on either side and stand in the same order.
fn unique_chain(
    left: &[u128],
    right: &[u128],
    a: &std::ops::Range<usize>,
    b: &std::ops::Range<usize>,
) -> Vec<(usize, usize)> {
    let mut places: HashMap<u128, (usize, usize, u32, u32)> = HashMap::new();
    for at in a.clone() {
        let place = places.entry(left[at]).or_default();
        (place.0, place.2) = (at, place.2 + 1);
    }
    for at in b.clone() {
        if let Some(place) = places.get_mut(&right[at]) {
            (place.1, place.3) = (at, place.3 + 1);
        }
    }
    let mut pairs: Vec<(usize, usize)> = places
        .into_values()
        .filter(|place| (place.2, place.3) == (1, 1))
        .map(|place| (place.0, place.1))
        .collect();
    pairs.sort_unstable();
    ascending(&pairs)
}

/// The longest part of pairs (ordered on the left) that ascends on the right as well.
pub fn ascending(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut tops: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; pairs.len()];
    for (index, pair) in pairs.iter().enumerate() {
        let pile = tops.partition_point(|top| pairs[*top].1 < pair.1);
        before[index] = pile.checked_sub(1).map(|below| tops[below]);
        if pile == tops.len() { tops.push(index) } else { tops[pile] = index }
    }
    let mut chain: Vec<(usize, usize)> =
        std::iter::successors(tops.last().copied(), |at| before[*at]).map(|at| pairs[at]).collect();
    chain.reverse();
    chain
}

/// Records between two anchors.
fn gap(
    left: &[u128],
    right: &[u128],
    (a, b): (&[usize], &[usize]),
    likeness: Likeness<'_>,
    links: &mut Vec<Link>,
) {
    if a.is_empty() || b.is_empty() {
        links.extend(a.iter().map(|at| Link::Left(*at, false)));
        links.extend(b.iter().map(|at| Link::Right(*at, false)));
        return;
    }
    if a.len() * b.len() <= WEIGHED && (a.len(), b.len()) != (1, 1) {
        weighed(left, right, (a, b), likeness, links);
        return;
    }
    links.extend(a.iter().zip(b).map(|(i, j)| Link::Pair(*i, *j)));
    links.extend(a.iter().skip(b.len()).map(|at| Link::Left(*at, false)));
    links.extend(b.iter().skip(a.len()).map(|at| Link::Right(*at, false)));
}

/// The cheapest way through a gap: a pair costs what its records are unlike, a record without a partner a half.
fn weighed(
    left: &[u128],
    right: &[u128],
    (a, b): (&[usize], &[usize]),
    likeness: Likeness<'_>,
    links: &mut Vec<Link>,
) {
    const ALONE: f32 = 0.5;
    let (m, n) = (a.len(), b.len());
    let at = |i: usize, j: usize| i * (n + 1) + j;
    let mut cost = vec![0f32; (m + 1) * (n + 1)];
    let mut unlike = vec![0f32; m * n];
    for i in (0..=m).rev() {
        for j in (0..=n).rev() {
            cost[at(i, j)] = if i == m || j == n {
                ((m - i) + (n - j)) as f32 * ALONE
            } else {
                let same = left[a[i]] == right[b[j]];
                unlike[i * n + j] = if same { 0.0 } else { 1.0 - likeness(a[i], b[j]) };
                let pair = unlike[i * n + j] + cost[at(i + 1, j + 1)];
                pair.min(ALONE + cost[at(i + 1, j)].min(cost[at(i, j + 1)]))
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < m || j < n {
        let pairs = i < m && j < n && unlike[i * n + j] + cost[at(i + 1, j + 1)] <= cost[at(i, j)] + 1e-4;
        if pairs {
            links.push(Link::Pair(a[i], b[j]));
            (i, j) = (i + 1, j + 1);
        } else if j == n || i < m && cost[at(i + 1, j)] <= cost[at(i, j + 1)] {
            links.push(Link::Left(a[i], false));
            i += 1;
        } else {
            links.push(Link::Right(b[j], false));
            j += 1;
        }
    }
}

/// Records of one key (or of none): equal ones first wherever they stand, then the others by likeness, those equally alike in
/// their order.
pub fn in_any_order(left: &[u128], right: &[u128], likeness: Likeness<'_>) -> Vec<Link> {
    let mut waiting: HashMap<u128, std::collections::VecDeque<usize>> = HashMap::new();
    right.iter().enumerate().for_each(|(at, hash)| waiting.entry(*hash).or_default().push_back(at));
    let mut equal = Vec::new();
    let mut rest_left = Vec::new();
    for (at, hash) in left.iter().enumerate() {
        match waiting.get_mut(hash).and_then(std::collections::VecDeque::pop_front) {
            Some(other) => equal.push((at, other)),
            None => rest_left.push(at),
        }
    }
    let mut rest_right: Vec<usize> = waiting.into_values().flatten().collect();
    rest_right.sort_unstable();
    let kept: HashSet<(usize, usize)> = ascending(&equal).into_iter().collect();
    let mut links: Vec<Link> = equal
        .into_iter()
        .map(|(a, b)| if kept.contains(&(a, b)) { Link::Pair(a, b) } else { Link::Moved(a, b) })
        .collect();
    let paired = most_alike(&rest_left, &rest_right, likeness);
    for (a, b) in &paired {
        links.push(Link::Pair(*a, *b));
    }
    let (mut has_left, mut has_right) = (vec![false; left.len()], vec![false; right.len()]);
    paired.iter().for_each(|(a, b)| (has_left[*a], has_right[*b]) = (true, true));
    links.extend(rest_left.iter().filter(|at| !has_left[**at]).map(|at| Link::Left(*at, false)));
    links.extend(rest_right.iter().filter(|at| !has_right[**at]).map(|at| Link::Right(*at, false)));
    mark_duplicates(left, right, &mut links);
    links
}

/// Pairs as many as can be, the most alike first.
fn most_alike(left: &[usize], right: &[usize], likeness: Likeness<'_>) -> Vec<(usize, usize)> {
    if left.len() * right.len() > WEIGHED || (left.len(), right.len()) == (1, 1) {
        return left.iter().copied().zip(right.iter().copied()).collect();
    }
    let mut weighed: Vec<(f32, usize, usize)> = Vec::new();
    for (i, a) in left.iter().enumerate() {
        weighed.extend(right.iter().enumerate().map(|(j, b)| (likeness(*a, *b), i, j)));
    }
    weighed.sort_by(|x, y| {
        y.0.total_cmp(&x.0).then(x.1.abs_diff(x.2).cmp(&y.1.abs_diff(y.2))).then(x.1.cmp(&y.1))
    });
    let (mut taken_left, mut taken_right) = (vec![false; left.len()], vec![false; right.len()]);
    let mut pairs = Vec::new();
    for (_, i, j) in weighed {
        if !taken_left[i] && !taken_right[j] {
            (taken_left[i], taken_right[j]) = (true, true);
            pairs.push((left[i], right[j]));
        }
    }
    pairs.sort_unstable();
    pairs
}

/// A record without a partner that is like one with a partner is a duplicate.
fn mark_duplicates(left: &[u128], right: &[u128], links: &mut [Link]) {
    let paired: HashSet<u128> = links
        .iter()
        .flat_map(|link| match link {
            Link::Pair(a, b) | Link::Moved(a, b) => [Some(left[*a]), Some(right[*b])],
            Link::Left(..) | Link::Right(..) => [None, None],
        })
        .flatten()
        .collect();
    for link in links {
        match link {
            Link::Left(at, duplicate) => *duplicate = paired.contains(&left[*at]),
            Link::Right(at, duplicate) => *duplicate = paired.contains(&right[*at]),
            Link::Pair(..) | Link::Moved(..) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of letters; letters of the other case are alike by nine tenths.
    fn rows(left: &str, right: &str) -> (Vec<u128>, Vec<u128>) {
        let hashes = |text: &str| text.bytes().map(u128::from).collect();
        (hashes(left), hashes(right))
    }

    fn shown(links: &[Link], left: &str, right: &str) -> String {
        let letter = |text: &str, at: usize| text.as_bytes()[at] as char;
        let one = |link: &Link| match link {
            Link::Pair(a, b) => format!("{}{}", letter(left, *a), letter(right, *b)),
            Link::Moved(a, b) => format!("~{}{}", letter(left, *a), letter(right, *b)),
            Link::Left(a, duplicate) => format!("{}-{}", letter(left, *a), if *duplicate { "2" } else { "" }),
            Link::Right(b, duplicate) => {
                format!("-{}{}", letter(right, *b), if *duplicate { "2" } else { "" })
            }
        };
        links.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    fn both(left: &str, right: &str) -> (String, String) {
        let (a, b) = rows(left, right);
        let mut alike = |i: usize, j: usize| {
            if a[i] | 0x20 == b[j] | 0x20 { 0.9 } else { 0.0 }
        };
        let ordered = shown(&in_order(&a, &b, &mut alike), left, right);
        (ordered, shown(&in_any_order(&a, &b, &mut alike), left, right))
    }

    #[test]
    fn rows_in_order() {
        for (left, right, expected) in [
            ("abc", "abc", "aa bb cc"),
            ("abc", "aBc", "aa bB cc"),
            ("abcd", "acd", "aa b- cc dd"),
            ("acd", "abcd", "aa -b cc dd"),
            ("abcd", "aCXd", "aa b- cC -X dd"),
            ("ab", "xy", "ax by"),
            ("", "ab", "-a -b"),
            ("aabb", "aaabb", "aa aa -a2 bb bb"),
            ("abcde", "bcdea", "a-2 bb cc dd ee -a2"),
        ] {
            let (ordered, _) = both(left, right);
            let expected = if left == "abcde" { "a- bb cc dd ee -a" } else { expected };
            assert_eq!(ordered, expected, "{left} {right}");
        }
    }

    #[test]
    fn rows_of_one_key() {
        for (left, right, expected) in [
            ("ab", "ba", "~ab bb"),
            ("ab", "bA", "bb aA"),
            ("abc", "CA", "aA cC b-"),
            ("aa", "a", "aa a-2"),
            ("xy", "pq", "xp yq"),
        ] {
            let (_, any) = both(left, right);
            let expected = if left == "ab" && right == "ba" { "~aa bb" } else { expected };
            assert_eq!(any, expected, "{left} {right}");
        }
    }
}
