-- What the server's role may do in a PostgreSQL database that another role owns: add to the audit and read it, and not change it,
-- empty it, or take its triggers away. Run it as the owner, after each `patient-tracker migrate`:
--
--   CREATE ROLE patient_tracker_server LOGIN PASSWORD '…';   (once)
--   psql --single-transaction --file scripts/postgres-role.sql DATABASE

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO patient_tracker_server;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO patient_tracker_server;

-- The audit: no more than adding and reading.
REVOKE ALL ON audit_entry, audit_link, audit_follower, audit_patient FROM patient_tracker_server;
GRANT SELECT, INSERT ON audit_entry, audit_link, audit_follower, audit_patient TO patient_tracker_server;
GRANT SELECT ON SEQUENCE audit_entry_place_seq TO patient_tracker_server;

-- The list of migrations: no more than reading.
REVOKE ALL ON seaql_migrations FROM patient_tracker_server;
GRANT SELECT ON seaql_migrations TO patient_tracker_server;
