"""How answers lie in a table: roles of columns, sessions in names, one answer per row, ids."""
