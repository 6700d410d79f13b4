//! Groups of medications that share what harms: whoever does not bear one may not bear another, and two of one group are seldom
//! meant. Small on purpose: the groups in which that is common, each with the names that are ordered most.
//!
//! Source of the groups, their codes and members: *ATC/DDD Index*, WHO Collaborating Centre for Drug Statistics Methodology,
//! Oslo, 2025. A medication is of a group by an ATC code that begins so, or by a name.

use entity::code::Coding;
use std::collections::BTreeSet;

/// A group.
pub struct Class {
    /// What ATC codes of it begin with.
    atc: &'static [&'static str],
    /// The names of its members, and its own; in lower case, without a plural's s.
    names: &'static [&'static str],
}

/// The systems that ATC codes are given in.
const ATC: [&str; 2] = ["http://www.whocc.no/atc", "urn:oid:2.16.840.1.113883.6.73"];

const CLASSES: &[Class] = &[
    // Penicillins.
    Class {
        atc: &["J01C"],
        names: &[
            "penicillin",
            "amoxicillin",
            "amoxycillin",
            "ampicillin",
            "benzylpenicillin",
            "phenoxymethylpenicillin",
            "flucloxacillin",
            "cloxacillin",
            "dicloxacillin",
            "oxacillin",
            "nafcillin",
            "piperacillin",
            "ticarcillin",
            "pivmecillinam",
            "temocillin",
        ],
    },
    // Cephalosporins.
    Class {
        atc: &["J01DB", "J01DC", "J01DD", "J01DE"],
        names: &[
            "cephalosporin",
            "cefalexin",
            "cephalexin",
            "cefadroxil",
            "cefazolin",
            "cefuroxime",
            "cefaclor",
            "cefoxitin",
            "cefotaxime",
            "ceftazidime",
            "ceftriaxone",
            "cefixime",
            "cefpodoxime",
            "cefdinir",
            "cefepime",
        ],
    },
    // Sulfonamides against infections.
    Class {
        atc: &["J01EB", "J01EC", "J01ED", "J01EE"],
        names: &[
            "sulfonamide",
            "sulphonamide",
            "sulfa",
            "sulpha",
            "sulfamethoxazole",
            "sulfadiazine",
            "sulfisoxazole",
            "cotrimoxazole",
        ],
    },
    // Macrolides.
    Class {
        atc: &["J01FA"],
        names: &[
            "macrolide",
            "erythromycin",
            "clarithromycin",
            "azithromycin",
            "roxithromycin",
            "spiramycin",
        ],
    },
    // Quinolones.
    Class {
        atc: &["J01M"],
        names: &[
            "quinolone",
            "fluoroquinolone",
            "ciprofloxacin",
            "levofloxacin",
            "moxifloxacin",
            "ofloxacin",
            "norfloxacin",
        ],
    },
    // Tetracyclines.
    Class {
        atc: &["J01AA"],
        names: &[
            "tetracycline",
            "doxycycline",
            "minocycline",
            "lymecycline",
            "oxytetracycline",
            "tigecycline",
        ],
    },
    // Aminoglycosides.
    Class {
        atc: &["J01G"],
        names: &[
            "aminoglycoside",
            "gentamicin",
            "tobramycin",
            "amikacin",
            "streptomycin",
        ],
    },
    // Anti-inflammatory and salicylates.
    Class {
        atc: &["M01A", "N02BA", "B01AC06"],
        names: &[
            "nsaid",
            "salicylate",
            "aspirin",
            "acetylsalicylic",
            "ibuprofen",
            "naproxen",
            "diclofenac",
            "ketoprofen",
            "dexketoprofen",
            "flurbiprofen",
            "indometacin",
            "indomethacin",
            "ketorolac",
            "meloxicam",
            "piroxicam",
            "mefenamic",
            "celecoxib",
            "etoricoxib",
            "parecoxib",
        ],
    },
    // Opioids.
    Class {
        atc: &["N02A", "N07BC02"],
        names: &[
            "opioid",
            "opiate",
            "morphine",
            "codeine",
            "dihydrocodeine",
            "oxycodone",
            "hydrocodone",
            "hydromorphone",
            "fentanyl",
            "tramadol",
            "tapentadol",
            "buprenorphine",
            "methadone",
            "pethidine",
            "meperidine",
        ],
    },
    // ACE inhibitors.
    Class {
        atc: &["C09A", "C09B"],
        names: &[
            "captopril",
            "enalapril",
            "lisinopril",
            "perindopril",
            "ramipril",
            "quinapril",
            "benazepril",
            "fosinopril",
            "trandolapril",
        ],
    },
    // Angiotensin receptor blockers.
    Class {
        atc: &["C09C", "C09D"],
        names: &[
            "losartan",
            "valsartan",
            "candesartan",
            "irbesartan",
            "telmisartan",
            "olmesartan",
        ],
    },
    // Beta blockers.
    Class {
        atc: &["C07"],
        names: &[
            "propranolol",
            "metoprolol",
            "atenolol",
            "bisoprolol",
            "carvedilol",
            "nebivolol",
            "sotalol",
            "labetalol",
        ],
    },
    // Statins.
    Class {
        atc: &["C10AA"],
        names: &[
            "statin",
            "simvastatin",
            "atorvastatin",
            "pravastatin",
            "rosuvastatin",
            "fluvastatin",
            "lovastatin",
        ],
    },
    // Anticoagulants by mouth.
    Class {
        atc: &["B01AA", "B01AE", "B01AF"],
        names: &[
            "warfarin",
            "phenprocoumon",
            "acenocoumarol",
            "dabigatran",
            "rivaroxaban",
            "apixaban",
            "edoxaban",
        ],
    },
    // Benzodiazepines.
    Class {
        atc: &["N05BA", "N05CD"],
        names: &[
            "benzodiazepine",
            "diazepam",
            "lorazepam",
            "alprazolam",
            "bromazepam",
            "oxazepam",
            "temazepam",
            "midazolam",
        ],
    },
    // Selective serotonin reuptake inhibitors.
    Class {
        atc: &["N06AB"],
        names: &[
            "ssri",
            "fluoxetine",
            "citalopram",
            "escitalopram",
            "paroxetine",
            "sertraline",
            "fluvoxamine",
        ],
    },
    // Proton pump inhibitors.
    Class {
        atc: &["A02BC"],
        names: &[
            "omeprazole",
            "esomeprazole",
            "pantoprazole",
            "lansoprazole",
            "rabeprazole",
        ],
    },
];

/// The groups, by their places in the table, that something with these names and codes is of.
#[must_use]
pub fn classes(names: &BTreeSet<String>, codings: &[Coding]) -> BTreeSet<usize> {
    let is_of = |class: &Class| {
        let coded = codings.iter().any(|coding| {
            let mut prefixes = class.atc.iter();
            ATC.contains(&coding.system.as_str())
                && prefixes.any(|prefix| coding.code.starts_with(prefix))
        });
        coded || class.names.iter().any(|name| names.contains(*name))
    };
    let all = CLASSES.iter().enumerate();
    all.filter(|(_, class)| is_of(class))
        .map(|(place, _)| place)
        .collect()
}
