"""Autoencoders: images through a few numbers and back; variational ones also generate images."""
