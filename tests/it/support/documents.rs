//! The operations that several tests run.

/// Books; `$input` is the input.
pub const BOOK: &str = "mutation($input: BookAppointmentInput!) { bookAppointment(input: $input) {
    appointment { id version status startsAt } userErrors { code message path } } }";

/// Asks for a time.
pub const REQUEST: &str = "mutation($input: RequestAppointmentInput!) {
    requestAppointment(input: $input) { appointment { id version status } userErrors { code } } }";

/// Moves to another time.
pub const RESCHEDULE: &str = "mutation($input: RescheduleAppointmentInput!) {
    rescheduleAppointment(input: $input) {
        appointment { id version status replaces { id status cancellationReason } } userErrors { code path } } }";

/// Calls off.
pub const CANCEL: &str = "mutation($input: CancelAppointmentInput!) {
    cancelAppointment(input: $input) {
        appointment { id version status cancellationReason } userErrors { code path } } }";

/// Follows appointments.
pub const FOLLOW: &str = "subscription($of: AppointmentsOf!, $after: String) {
    appointmentChanged(of: $of, after: $after) {
        __typename
        ... on AppointmentChange { cursor kind appointment { id status startsAt } }
        ... on CaughtUp { cursor }
    } }";

/// Follows patients.
pub const FOLLOW_PATIENTS: &str = "subscription($of: PatientsOf!, $after: String) {
    patientChanged(of: $of, after: $after) {
        __typename
        ... on PatientChange { cursor patient { id version contact { phone } } }
        ... on CaughtUp { cursor }
    } }";

/// Changes a patient.
pub const UPDATE_PATIENT: &str = "mutation($input: UpdatePatientInput!) {
    updatePatient(input: $input) { patient { id version } userErrors { code path } } }";

/// Brings a doctor into a care team.
pub const JOIN: &str =
    "mutation($input: AddCareTeamMemberInput!) { addCareTeamMember(input: $input) {
    careTeamMember { id version } userErrors { code } } }";

/// Lets a doctor go from a care team.
pub const LEAVE: &str =
    "mutation($input: EndCareTeamMemberInput!) { endCareTeamMember(input: $input) {
    careTeamMember { id } userErrors { code } } }";

/// A patient's record, all that describes them.
pub const PATIENT: &str = "query($id: ID!) { patient(id: $id) {
    id name { text } birthDate gender contact { email phone } } }";

/// Refreshes a session.
pub const REFRESH: &str =
    "mutation($token: String!) { refreshSession(input: { refreshToken: $token }) {
    authSession { accessToken refreshToken } userErrors { code } } }";

/// Who is signed in.
pub const WHO: &str = "{ viewer { user { id roles } } }";
