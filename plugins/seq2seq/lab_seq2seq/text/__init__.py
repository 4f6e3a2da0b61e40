"""Text in and out: vocabularies, parallel texts, numbers as words."""
