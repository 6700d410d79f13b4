//! Refusals on the wire: one macro makes a mutation's error type and its enum of codes from the domain's refusals.

/// `refusals! { /// doc  BookAppointmentError, BookAppointmentErrorCode from Refusal { /// doc  SlotTaken => ("words", ["input", "startsAt"]), … } }`
///
/// Each variant names one of the domain's refusals; the words hold nothing of the input.
#[macro_export]
macro_rules! refusals {
    (
        $(#[$doc:meta])+
        $error:ident, $code:ident from $refusal:ty {
            $($(#[$variant_doc:meta])+ $variant:ident => ($words:expr, [$($path:literal),*]),)+
        }
    ) => {
        $(#[$doc])+
        #[derive(async_graphql::Enum, Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $code {
            $($(#[$variant_doc])+ $variant,)+
        }

        $(#[$doc])+
        #[derive(async_graphql::SimpleObject, Clone, Debug)]
        pub struct $error {
            /// What it is, for programs.
            pub code: $code,
            /// What it is, for people.
            pub message: String,
            /// The part of the arguments that it is about; empty when it is about all of it.
            pub path: Vec<String>,
        }

        impl From<$refusal> for $error {
            fn from(refusal: $refusal) -> Self {
                type Refusal = $refusal;
                match refusal {
                    $(Refusal::$variant => Self {
                        code: $code::$variant,
                        message: ($words).to_owned(),
                        path: vec![$(($path).to_owned()),*],
                    },)+
                }
            }
        }
    };
}
