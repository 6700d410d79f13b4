//! All that the clinic keeps of one patient, as a FHIR R4 bundle: for the patient, who has a right to it (GDPR article 15, HIPAA 45 CFR
//! 164.524), and for an administrator who answers such a request, after a fresh proof of who they are.
//!
//! A patient is given what they may read here; an administrator all of the record, but for notes that nobody has
//! signed, which are nobody's record yet.
//! What is entered in error is among it, and says so. It is read a page at a time, so that a long life needs no more memory than a
//! short one; that it was looked at is durable before its first byte leaves.
//!
//! What it takes with it: the patient, insurance, the care team of now, appointments, the chart as it stands, and what files there
//! are. Not among it are the bytes of files, former versions, alerts and their bounds, proposals, and the log of who looked.

pub mod fhir;
pub mod service;
