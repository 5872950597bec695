-- All matching since 2019, with each project's rank within its round.
CREATE MATERIALIZED VIEW all_matching AS
WITH everything AS (
    SELECT m.chain_id, m.round_id, m.round_name, m.project_id, m.title, m.share, m.match_amount_in_usd,
           'allo'::text AS source
    FROM indexer_matching AS m
    UNION ALL
    SELECT NULL, NULL, s.round_name, s.project_id, NULL,
           round(s.match_amount_in_usd / sum(s.match_amount_in_usd) OVER (PARTITION BY s.round_name), 6),
           s.match_amount_in_usd, s.source
    FROM static_matching AS s
)
SELECT e.*,
       rank() OVER (PARTITION BY e.source, e.chain_id, e.round_id, e.round_name
                    ORDER BY e.match_amount_in_usd DESC) AS rank_in_round
FROM everything AS e;

CREATE INDEX all_matching_round_id ON all_matching (round_id);
CREATE INDEX all_matching_project_id ON all_matching (project_id);
CREATE INDEX all_matching_round_name ON all_matching (lower(round_name));

COMMENT ON MATERIALIZED VIEW all_matching IS 'Matching money since 2019, whatever platform it came from';
GRANT SELECT ON all_matching TO web_reader;
