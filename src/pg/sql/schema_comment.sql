-- :comment 'matswap set=gitcoin run=20261121T083000Z-4f2a91 incoming'
COMMENT ON SCHEMA :"schema" IS :comment;
