//! Several tests at once: among what is found, few may be found by chance.

/// The adjusted chances of Y. Benjamini and Y. Hochberg (1995): what stays under 5 % may be called a discovery, and of all discoveries
/// 5 % at most are by chance.
pub(super) fn adjust(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|one, other| chances[*one].total_cmp(&chances[*other]));
    let all = chances.len() as f64;
    let mut adjusted = vec![1.0; chances.len()];
    let mut least: f64 = 1.0;
    for (rank, place) in order.iter().enumerate().rev() {
        least = least.min(chances[*place] * all / (rank + 1) as f64);
        adjusted[*place] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the article of 1995: fifteen tests, of which four are discoveries at 5 %.
    #[test]
    fn the_example_of_the_article() {
        let chances =
            [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0];
        let found = adjust(&chances).iter().filter(|chance| **chance <= 0.05).count();
        assert_eq!(found, 4);
    }

    #[test]
    fn order_does_not_matter_and_one_test_stays_as_it_is() {
        assert_eq!(adjust(&[0.03]), [0.03]);
        assert_eq!(adjust(&[0.5, 0.01]), [0.5, 0.02]);
        assert!(adjust(&[]).is_empty());
    }
}
