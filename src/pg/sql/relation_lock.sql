-- :kind MATERIALIZED VIEW
-- Takes the AccessExclusiveLock and writes nothing: the new owner is the old one (ATExecChangeOwner in
-- src/backend/commands/tablecmds.c).  LOCK TABLE refuses materialized views.
ALTER :kind :"schema".:"name" OWNER TO :"owner";
