//! Units that clients may give, and what they are in the units that are kept. A table and no crate: four conversions, each
//! with a source that fixes it.
//!
//! | from | to | factor | source |
//! |---|---|---|---|
//! | `[degF]` | `Cel` | (x − 32) / 1.8, exact | NIST SP 811 (2008), appendix B.8 |
//! | `[lb_av]` | `kg` | 0.453 592 37, exact | NIST SP 811 (2008), appendix B.8 |
//! | `[in_i]` | `cm` | 2.54, exact | NIST SP 811 (2008), appendix B.8 |
//! | `kPa` | `mm[Hg]` | 1 / 0.133 322 387 415 | BIPM, *The International System of Units*: conventional millimetre of mercury |

macro_rules! units {
    ($($(#[$doc:meta])+ $name:ident { $($(#[$variant_doc:meta])+ $variant:ident = $code:literal => |$value:ident| $kept:expr,)+ })+) => {$(
        $(#[$doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
        pub enum $name {
            $($(#[$variant_doc])+ $variant,)+
        }

        impl $name {
            /// Its UCUM code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }

            /// A value in this unit, in the unit that is kept.
            #[must_use]
            pub fn kept(self, value: f64) -> f64 {
                match self {
                    $(Self::$variant => { let $value = value; $kept })+
                }
            }
        }
    )+};
}

units! {
    /// Units of pressure.
    Pressure {
        /// Kept.
        MillimetresOfMercury = "mm[Hg]" => |value| value,
        /// As in much of Europe's paediatrics.
        Kilopascals = "kPa" => |value| value / 0.133_322_387_415,
    }
    /// Units of temperature.
    Temperature {
        /// Kept.
        Celsius = "Cel" => |value| value,
        /// As in the United States.
        Fahrenheit = "[degF]" => |value| (value - 32.0) / 1.8,
    }
    /// Units of weight.
    Weight {
        /// Kept.
        Kilograms = "kg" => |value| value,
        /// As in the United States.
        Pounds = "[lb_av]" => |value| value * 0.453_592_37,
    }
    /// Units of length.
    Length {
        /// Kept.
        Centimetres = "cm" => |value| value,
        /// As in the United States.
        Inches = "[in_i]" => |value| value * 2.54,
    }
}
