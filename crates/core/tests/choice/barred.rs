//! What a carrier says of one call, and what that says of the carrier.

use super::*;

#[rstest]
#[case(Trouble::Barred, BreakerState::Closed)]
#[case(Trouble::Refused, BreakerState::Closed)]
#[case(Trouble::Unauthorised, BreakerState::Open)]
#[case(Trouble::Broken, BreakerState::Open)]
fn what_is_about_one_call_alone_does_not_get_a_carrier_left_alone(
    #[case] trouble: Trouble,
    #[case] expected: BreakerState,
) {
    let simulation = scripted(rules(), move |_| Err(PortError::new("pretend", Happened::No, trouble, "not this one")));
    many(&simulation, 20);
    assert_eq!(carrier(&simulation, "pretend").breaker, expected);
}
