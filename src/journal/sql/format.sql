-- What kind of database this is; counting the schema's rows makes SQLite read the file's header.
SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)
FROM pragma_application_id, pragma_user_version
