-- One transaction: the next generation of source rows, and its number.
UPDATE source.tick SET generation = generation + 1;
UPDATE source.item SET amount = amount + 1, label = 'Label ' || id || ' of ' || t.generation
  FROM source.tick AS t
 WHERE id % 10 = t.generation % 10;
