-- One picture of the catalog for the whole preflight; nothing is written.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY
