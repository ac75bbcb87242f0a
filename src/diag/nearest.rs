//! "Did you mean": the nearest name.

/// The candidate closest to `name` (Levenshtein, case ignored), if it is close enough to be a plausible slip.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name: Vec<char> = name.to_ascii_uppercase().chars().collect();
    let limit = (name.len() / 3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| (distance(&name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, candidate)| (*distance, candidate.len()))
        .map(|(_, candidate)| candidate)
}

fn distance(name: &[char], candidate: &str) -> usize {
    let candidate: Vec<char> = candidate.to_ascii_uppercase().chars().collect();
    if name.len().abs_diff(candidate.len()) > 4 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=candidate.len()).collect();
    for (i, a) in name.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in candidate.iter().enumerate() {
            let replace = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[candidate.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let names = ["CUST-NO", "CUST-NAME", "INV-NO"];
        assert_eq!(nearest("CUST-N0", names), Some("CUST-NO"));
        assert_eq!(nearest("cust-nmae", names), Some("CUST-NAME"));
        assert_eq!(nearest("BALANCE", names), None);
        assert_eq!(nearest("", names), None);
    }
}
