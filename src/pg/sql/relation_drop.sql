-- :kind MATERIALIZED VIEW
DROP :kind :"schema".:"name" RESTRICT;
