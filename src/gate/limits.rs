//! The figures a query is held to. Knows neither how they are counted nor what is answered when one is passed.

/// How large a query may be, at each step of the gate; the defaults are those of the security design.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Length of the text in bytes.
    pub bytes: usize,
    /// Names, values and punctuators in the text.
    pub tokens: usize,
    /// Open `(`, `[` and `{` at one place of the text, counted together.
    pub brackets: usize,
    /// Occurrences of `@` in the text.
    pub directives: usize,
    /// Occurrences of `...` in the text, for fragments by name and inline ones.
    pub spreads: usize,
    /// Operations in one document.
    pub operations: usize,
    /// Fields of one operation with its fragments written out, introspection left aside.
    pub fields: u32,
    /// Fields on the longest way down an operation, introspection left aside.
    pub depth: u32,
    /// Fields below `__schema` and `__type` in one operation; the usual introspection query needs some 300.
    pub introspection_fields: u32,
    /// Fields on the longest way down from `__schema` or `__type`; the usual introspection query needs 14.
    pub introspection_depth: u32,
    /// Cost of all introspection in one operation, each list taken as ten items; the usual query comes to some 55,000.
    pub introspection_cost: u64,
    /// Cost of one operation with its variables: see [`OperationPlan::cost`](super::OperationPlan::cost).
    pub cost: u64,
    /// Root fields that may occur only once in an operation, because each occurrence is an attempt at guessing.
    pub once: &'static [&'static str],
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 16 * 1024,
            tokens: 2_000,
            brackets: 24,
            directives: 20,
            spreads: 50,
            operations: 20,
            fields: 500,
            depth: 12,
            introspection_fields: 1_500,
            introspection_depth: 20,
            introspection_cost: 100_000,
            cost: 5_000,
            once: &[],
        }
    }
}
