"""Encoder-decoder networks: recurrent with attention, and the Transformer, behind one interface."""
