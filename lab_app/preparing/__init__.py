"""Preparing the user's own images for training: ``lab data make``, ``split``, ``combine``, ``clean``.

Inputs are never changed; only ``clean --move-to`` moves files, and says which.
"""
