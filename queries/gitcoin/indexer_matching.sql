-- The matching money of each application, as published for rounds that are settled, and for open rounds as quadratic
-- funding would share it out today: an application's weight is the square of the sum of the square roots of what each
-- donor gave, less what was given; it gets the pool in proportion to its weight.
CREATE MATERIALIZED VIEW indexer_matching AS
WITH published AS (
    SELECT r.chain_id,
           r.id                                          AS round_id,
           d ->> 'applicationId'                         AS application_id,
           (d ->> 'matchPoolPercentage')::numeric        AS share,
           (d ->> 'matchAmountInUsd')::numeric           AS match_amount_in_usd
    FROM public.rounds AS r
    CROSS JOIN LATERAL jsonb_array_elements(r.matching_distribution) AS d
    WHERE r.matching_distribution IS NOT NULL
),
given AS (
    SELECT d.chain_id, d.round_id, d.application_id, d.donor_address, sum(d.amount_in_usd) AS amount
    FROM public.donations AS d
    JOIN public.rounds AS r ON r.chain_id = d.chain_id AND r.id = d.round_id
    WHERE r.matching_distribution IS NULL
      AND r.is_quadratic_funding
      AND d.donor_address <> d.recipient_address
    GROUP BY d.chain_id, d.round_id, d.application_id, d.donor_address
),
weighed AS (
    SELECT chain_id, round_id, application_id, power(sum(sqrt(amount)), 2) - sum(amount) AS weight
    FROM given
    GROUP BY chain_id, round_id, application_id
),
estimated AS (
    SELECT w.chain_id, w.round_id, w.application_id,
           round(w.weight / nullif(sum(w.weight) OVER (PARTITION BY w.chain_id, w.round_id), 0), 6) AS share
    FROM weighed AS w
),
matching AS (
    SELECT p.chain_id, p.round_id, p.application_id, p.share, p.match_amount_in_usd, 'published' AS basis
    FROM published AS p
    UNION ALL
    SELECT e.chain_id, e.round_id, e.application_id, e.share, round(e.share * r.match_amount_in_usd, 2), 'estimated'
    FROM estimated AS e
    JOIN public.rounds AS r ON r.chain_id = e.chain_id AND r.id = e.round_id
    WHERE e.share > 0
)
SELECT m.chain_id,
       m.round_id,
       rounds.name                       AS round_name,
       m.application_id,
       applications.project_id,
       applications.title,
       applications.recipient_address,
       m.share,
       m.match_amount_in_usd,
       rounds.donations_end_time         AS timestamp,
       m.basis
FROM matching AS m
JOIN rounds ON rounds.chain_id = m.chain_id AND rounds.id = m.round_id
JOIN applications
  ON applications.chain_id = m.chain_id AND applications.round_id = m.round_id AND applications.id = m.application_id
WHERE applications.status = 'APPROVED';

CREATE UNIQUE INDEX indexer_matching_application ON indexer_matching (chain_id, round_id, application_id);
CREATE INDEX indexer_matching_round_id ON public.indexer_matching (round_id);
CREATE INDEX indexer_matching_project_id ON indexer_matching (project_id);

COMMENT ON MATERIALIZED VIEW indexer_matching IS 'Matching money per application, published or as it stands today';
GRANT SELECT ON indexer_matching TO web_reader;
