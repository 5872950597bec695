-- What is under way, within a transaction that has begun under another name.
SET LOCAL application_name = :'name';
