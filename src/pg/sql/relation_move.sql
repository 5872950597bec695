-- :kind MATERIALIZED VIEW
ALTER :kind :"schema".:"name" SET SCHEMA :"target";
