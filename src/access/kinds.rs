//! Kinds of data: what an entry of the audit says was looked at.

macro_rules! kinds {
    ($($(#[$doc:meta])+ $name:ident = $bit:literal, $text:literal;)+) => {
        /// Kinds of data, as a set.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct Kinds(u32);

        impl Kinds {
            $($(#[$doc])+ pub const $name: Self = Self(1 << $bit);)+

            /// Every kind with its name.
            pub const ALL: &[(Self, &'static str)] = &[$((Self::$name, $text)),+];
        }
    };
}

kinds! {
    /// Names, birth date, record number.
    IDENTITY = 0, "IDENTITY";
    /// What else describes a patient.
    DEMOGRAPHICS = 1, "DEMOGRAPHICS";
    /// How they are reached.
    CONTACT = 2, "CONTACT";
    /// Insurance.
    COVERAGE = 3, "COVERAGE";
    /// Who treats them.
    CARE_TEAM = 4, "CARE_TEAM";
    /// Appointments.
    APPOINTMENT = 5, "APPOINTMENT";
    /// Why they come.
    VISIT_REASON = 6, "VISIT_REASON";
    /// The list of patients.
    PATIENT_LIST = 7, "PATIENT_LIST";
    /// A doctor's schedule.
    SCHEDULE = 8, "SCHEDULE";
    /// The directory.
    DIRECTORY = 9, "DIRECTORY";
    /// An account.
    ACCOUNT = 10, "ACCOUNT";
    /// What an account may.
    RIGHTS = 11, "RIGHTS";
    /// The sessions of an account.
    SESSIONS = 12, "SESSIONS";
    /// The clinic's own lists and events.
    CLINIC = 13, "CLINIC";
    /// Who looked.
    ACCESS_LOG = 14, "ACCESS_LOG";
    /// The whole audit.
    AUDIT = 15, "AUDIT";
    /// Who broke the glass.
    BREAK_GLASS = 16, "BREAK_GLASS";
    /// Conditions, allergies, immunizations.
    CLINICAL = 17, "CLINICAL";
    /// Medications.
    MEDICATION = 18, "MEDICATION";
    /// Vital signs.
    VITALS = 19, "VITALS";
    /// Encounters, notes, orders, results.
    VISIT_RECORD = 20, "VISIT_RECORD";
    /// Files.
    DOCUMENT = 21, "DOCUMENT";
}

impl Kinds {
    /// None.
    pub const NONE: Self = Self(0);

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` are among these.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names, parted by spaces.
    #[must_use]
    pub fn text(self) -> String {
        let all = Self::ALL.iter().filter(|(kind, _)| self.has(*kind));
        all.map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
    }
}
