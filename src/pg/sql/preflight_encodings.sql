-- Which of the encodings $1 the server does not know.
SELECT e.position
  FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY AS e (name, position)
 WHERE pg_catalog.pg_char_to_encoding(e.name::pg_catalog.name) < 0;
