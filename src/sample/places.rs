//! Where the people of a sample clinic live, and numbers that ring nowhere. Knows nothing of patients or doctors.
//!
//! The towns are real, so that postal codes fit; streets are the names that every town has. Telephone numbers are those
//! that the North American Numbering Plan keeps for fiction (555-0100 to 555-0199 of each area code). The clinic stands
//! in New England whatever zone keeps its hours: one region drawn well beats many drawn badly.

use super::dice::Dice;
use super::model::Address;

struct Town {
    city: &'static str,
    state: &'static str,
    postal_code: &'static str,
}

const fn town(city: &'static str, state: &'static str, postal_code: &'static str) -> Town {
    Town {
        city,
        state,
        postal_code,
    }
}

const TOWNS: [Town; 20] = [
    town("Boston", "MA", "02118"),
    town("Boston", "MA", "02130"),
    town("Cambridge", "MA", "02139"),
    town("Somerville", "MA", "02143"),
    town("Quincy", "MA", "02169"),
    town("Brookline", "MA", "02446"),
    town("Newton", "MA", "02458"),
    town("Medford", "MA", "02155"),
    town("Malden", "MA", "02148"),
    town("Waltham", "MA", "02451"),
    town("Lynn", "MA", "01902"),
    town("Salem", "MA", "01970"),
    town("Lowell", "MA", "01852"),
    town("Worcester", "MA", "01608"),
    town("Framingham", "MA", "01702"),
    town("Brockton", "MA", "02301"),
    town("Plymouth", "MA", "02360"),
    town("Providence", "RI", "02903"),
    town("Nashua", "NH", "03060"),
    town("Portsmouth", "NH", "03801"),
];

const STREETS: &str = "Alder, Ash, Beacon, Birch, Bridge, Canal, Cedar, Chapel, Chestnut, Church, Clover, Commercial, \
    Depot, Elm, Essex, Fairview, Garden, Granite, Grove, Harbor, Hawthorn, High, Hillside, Juniper, Lake, Laurel, \
    Linden, Main, Maple, Market, Meadow, Mill, Mulberry, North, Oak, Orchard, Park, Pine, Pleasant, Pond, Prospect, \
    Quarry, River, School, South, Spring, Spruce, State, Summer, Union, Vine, Walnut, Water, Willow, Winter";

const WAYS: [&str; 6] = ["Street", "Street", "Avenue", "Road", "Lane", "Court"];

/// An address in one of the towns.
pub(super) fn address(dice: &mut Dice) -> Address {
    let town = dice.pick(&TOWNS);
    let streets: Vec<&str> = STREETS.split(", ").collect();
    let street = dice.pick(&streets);
    let way = dice.pick(&WAYS);
    let number = dice.between(1, 480);
    let line = if dice.chance(30) {
        let flat = dice.between(1, 40);
        format!("{number} {street} {way}, Apt {flat}")
    } else {
        format!("{number} {street} {way}")
    };
    Address {
        line,
        city: town.city,
        state: town.state,
        postal_code: town.postal_code,
        country: "US",
    }
}

/// Area codes of the region, which the first thousand numbers get.
const LOCAL_AREAS: [u32; 10] = [617, 781, 508, 978, 857, 339, 774, 351, 401, 603];

/// How many numbers for fiction an area code has.
const PER_AREA: usize = 100;

/// The area codes that numbers are drawn from, local ones first.
pub(super) struct PhoneBook(Vec<u32>);

impl PhoneBook {
    /// Lists the area codes: three digits, the first not 0 or 1, the second not 9, the last two not alike.
    pub(super) fn open() -> Self {
        let elsewhere = (201..=989u32).filter(|area| {
            area / 10 % 10 != 9 && area / 10 % 10 != area % 10 && !LOCAL_AREAS.contains(area)
        });
        Self(LOCAL_AREAS.into_iter().chain(elsewhere).collect())
    }

    /// The `place`-th number; distinct for some sixty thousand places, then from the start again.
    pub(super) fn number(&self, place: usize) -> String {
        let area = self.0[(place / PER_AREA) % self.0.len()];
        // 37 and 100 have no common divisor: neighbours in the list are not neighbours in their numbers.
        let line = (place * 37 + 11) % PER_AREA;
        format!("+1{area}55501{line:02}")
    }

    /// Some local number, perhaps one that a patient has too.
    pub(super) fn local(&self, dice: &mut Dice) -> String {
        self.number(dice.below(LOCAL_AREAS.len() * PER_AREA))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn fifty_thousand_numbers_are_distinct_and_fictional() {
        let book = PhoneBook::open();
        let mut seen = HashSet::new();
        for place in 0..50_000 {
            let number = book.number(place);
            assert_eq!(number.len(), 12);
            assert_eq!(&number[5..10], "55501");
            assert!(seen.insert(number));
        }
    }
}
