"""Scores of text: translations, captions, language models."""
