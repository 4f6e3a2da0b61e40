"""Captions of images: show and tell, soft attention over regions, attributes, a second stage that trains the encoder."""
