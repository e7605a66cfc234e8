-- What config/replica.py asks Aurora, answered from what PostgreSQL knows of a replica that streams.
CREATE FUNCTION aurora_db_instance_identifier() RETURNS text
LANGUAGE sql AS $$ SELECT 'local' $$;

CREATE FUNCTION aurora_replica_status(OUT server_id text, OUT replica_lag_in_msec float) RETURNS SETOF record
LANGUAGE sql AS $$
    SELECT 'local', CASE
        WHEN NOT pg_is_in_recovery() THEN NULL
        WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
        ELSE 1000 * extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
    END
$$;
