//! Tills that lost a server in the same second do not ask it again in the same second.

use std::time::Duration;

use crate::payment::sale::PaymentId;

/// The pause, or up to a quarter less. How much is drawn from the payment's id, which is random, and
/// the number of the try: the same payment always waits the same, so that a run can be told again.
///
/// A quarter and no more: with shorter pauses the tries after which a manager is called would be
/// used up while the cashier still waits in front of the guest.
pub(super) fn jittered(pause: Duration, payment: PaymentId, tries: u32) -> Duration {
    let quarter = u64::try_from((pause / 4).as_millis()).unwrap_or(u64::MAX);
    let less = draw(payment, tries).checked_rem(quarter).unwrap_or(0);
    pause.saturating_sub(Duration::from_millis(less))
}

/// FNV-1a over id and try, with the bits of the last bytes spread by the finisher of `SplitMix64`.
fn draw(payment: PaymentId, tries: u32) -> u64 {
    let bytes = payment
        .as_bytes()
        .iter()
        .copied()
        .chain(tries.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> PaymentId {
        PaymentId::from_uuid(Uuid::from_u128(n))
    }

    proptest! {
        #[test]
        fn a_pause_is_a_quarter_shorter_at_most_and_told_again_the_same(
            millis in 0_u64..100_000,
            n in any::<u128>(),
            tries in any::<u32>(),
        ) {
            let pause = Duration::from_millis(millis);
            let waited = jittered(pause, id(n), tries);
            prop_assert!(waited >= pause * 3 / 4 && waited <= pause, "{waited:?} of {pause:?}");
            prop_assert_eq!(waited, jittered(pause, id(n), tries));
        }
    }

    /// FNV-1a and the finisher of `SplitMix64` by another hand: a pause that was logged can be told
    /// again by the next version, too.
    #[test]
    fn what_is_drawn_stays_what_it_is() {
        for (n, tries, drawn) in [
            (7_u128, 1_u32, 0x74c1_aab5_9f12_15d0_u64),
            (7_u128, 2_u32, 0x79d0_e138_15e4_64c1_u64),
            (
                0x0198_c0de_0000_7000_8000_0000_0000_0001_u128,
                1_u32,
                0x006e_4eeb_9670_70a7_u64,
            ),
        ] {
            assert_eq!(draw(id(n), tries), drawn, "{n} {tries}");
        }
    }

    /// A hundred tills and the tries of one payment use the whole range.
    #[test]
    fn payments_and_tries_are_spread() {
        let pause = Duration::from_secs(8);
        let tills = (0..100).map(|n| jittered(pause, id(n), 1));
        let tries = (1..=100).map(|tries| jittered(pause, id(7), tries));
        for waited in [tills.collect::<Vec<_>>(), tries.collect()] {
            for quarter in 0..4 {
                let from = Duration::from_millis(6_001 + quarter * 500);
                let within = |waited: &&Duration| (from..from + pause / 16).contains(*waited);
                let count = waited.iter().filter(within).count();
                assert!((10..=45).contains(&count), "{count} in quarter {quarter}");
            }
        }
    }

    #[test]
    fn no_pause_stays_none_and_the_longest_one_fits() {
        assert_eq!(jittered(Duration::ZERO, id(1), 3), Duration::ZERO);
        let longest = jittered(Duration::MAX, id(1), 3);
        assert!(longest >= Duration::MAX / 4 * 3);
    }
}
