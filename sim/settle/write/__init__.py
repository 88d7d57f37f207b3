"""What a settlement leaves: tables, statements, notes, templates; text that is safe wherever it is opened."""
