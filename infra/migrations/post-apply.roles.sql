-- Who may do what; made again at every start, because roles belong to the server and not to this database.
-- Nobody but the owner may change or remove what was recorded, and PUBLIC may do nothing at all.

DO $body$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['icms_app', 'icms_relay', 'icms_projector', 'icms_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_role) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I LOGIN NOINHERIT', v_role);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;  -- made by another database's start in this moment
            END;
        END IF;
    END LOOP;
    -- Default privileges of a role are set by its members; a superuser is one.
    IF NOT pg_has_role('icms_projector', 'USAGE') THEN
        EXECUTE format('GRANT icms_projector TO %I', current_user);
    END IF;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO icms_app, icms_relay, icms_projector, icms_reader', current_database()
    );
    EXECUTE format('GRANT CREATE, TEMPORARY ON DATABASE %I TO icms_projector', current_database());
END
$body$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON SCHEMA registry FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA registry FROM PUBLIC, icms_app, icms_relay, icms_projector, icms_reader;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA registry FROM PUBLIC, icms_app, icms_relay, icms_projector, icms_reader;
GRANT USAGE ON SCHEMA registry TO icms_app, icms_relay, icms_projector, icms_reader;

GRANT SELECT ON registry.store, registry.events TO icms_app, icms_relay, icms_projector, icms_reader;

GRANT INSERT ON registry.events TO icms_app;
GRANT SELECT, INSERT ON registry.commands, registry.subjects, registry.subject_links, registry.match_keys TO icms_app;
GRANT EXECUTE ON FUNCTION registry.append TO icms_app;

GRANT SELECT, INSERT, UPDATE ON registry.clock TO icms_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON registry.clock_moments TO icms_app;
GRANT SELECT ON registry.clock, registry.clock_moments TO icms_reader;

GRANT SELECT, INSERT, UPDATE ON registry.relay_lease TO icms_relay;
GRANT SELECT ON registry.relay_lease TO icms_reader;

GRANT SELECT, INSERT, UPDATE ON registry.builds TO icms_projector;
GRANT SELECT ON registry.builds TO icms_reader;

ALTER DEFAULT PRIVILEGES FOR ROLE icms_projector GRANT USAGE ON SCHEMAS TO icms_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE icms_projector GRANT SELECT ON TABLES TO icms_reader;
