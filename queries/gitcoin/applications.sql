/*
 * Applications of projects to rounds.
 * The application's number is unique within its round only.
 */
CREATE MATERIALIZED VIEW IF NOT EXISTS applications AS
WITH combined AS (
    SELECT id, chain_id, round_id, project_id, status, metadata, created_by_address, created_at_block,
           status_updated_at_block, 'indexer' AS source, 1 AS precedence
    FROM indexer.applications
    UNION ALL
    SELECT id, chain_id, round_id, project_id, status, metadata, created_by_address, created_at_block,
           status_updated_at_block, 'archive', 2
    FROM static_indexer_chain_data_75.applications
),
newest AS (
    SELECT combined.*,
           row_number() OVER (PARTITION BY chain_id, round_id, id ORDER BY precedence) AS rank
    FROM combined
)
SELECT id,
       chain_id,
       round_id,
       project_id,
       status,
       metadata #>> '{application,project,title}'      AS title,
       lower(metadata #>> '{application,recipient}')   AS recipient_address,
       created_by_address,
       created_at_block,
       status_updated_at_block,
       metadata,
       source
FROM newest
WHERE rank = 1;

CREATE UNIQUE INDEX applications_chain_round_id ON applications (chain_id, round_id, id);
CREATE INDEX applications_project_id ON applications (project_id);
CREATE INDEX applications_approved ON applications (round_id) WHERE status = 'APPROVED';

COMMENT ON MATERIALIZED VIEW applications IS 'Applications of projects to rounds, of all networks';
GRANT SELECT ON applications TO web_reader;
