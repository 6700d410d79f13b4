use std::io;

use super::{LONGEST_PAUSE, Pause, SHORTEST_PAUSE, seats::Gate};

#[test]
fn failed_accepts_pause_longer_and_longer_up_to_a_limit() {
    let out_of_descriptors = io::Error::from_raw_os_error(24);
    let mut pause = Pause::default().after(&out_of_descriptors);
    assert_eq!(pause.length, SHORTEST_PAUSE);
    assert!(pause.until.is_some());
    for _ in 0..20 {
        let next = pause.after(&out_of_descriptors);
        assert!(next.length > pause.length || next.length == LONGEST_PAUSE);
        pause = next;
    }
    assert_eq!(pause.length, LONGEST_PAUSE);
}

#[test]
fn a_peer_that_left_early_costs_no_pause() {
    let left = io::Error::from(io::ErrorKind::ConnectionAborted);
    assert!(Pause::default().after(&left).until.is_none());
}

#[test]
fn behind_one_proxy_there_are_as_many_seats_as_there_are() {
    let gate = Gate::new(5, 2);
    let enter = |is_crowd| gate.enter("192.0.2.1".parse().expect("is an address"), is_crowd);
    let held: Vec<_> = (0..5).map(|_| enter(true)).collect();
    assert!(held.iter().all(Option::is_some));
    assert!(enter(true).is_none());
}

#[test]
fn addresses_of_one_network_share_their_seats() {
    let gate = Gate::new(100, 2);
    let enter = |address: &str| gate.enter(address.parse().expect("is an address"), false);
    let held = [enter("2001:db8::1"), enter("2001:db8::ffff:2")];
    assert!(held.iter().all(Option::is_some));
    assert!(enter("2001:db8::3").is_none());
    assert!(enter("2001:db8:0:1::1").is_some());

    let mapped = [enter("192.0.2.1"), enter("::ffff:192.0.2.1")];
    assert!(mapped.iter().all(Option::is_some));
    assert!(enter("192.0.2.1").is_none());
    assert!(enter("192.0.2.2").is_some());

    drop((held, mapped));
    assert_eq!(gate.count(), 0);
    assert!(enter("2001:db8::3").is_some());
}
