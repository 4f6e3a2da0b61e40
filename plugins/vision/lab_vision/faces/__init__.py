"""Faces: MTCNN finds them with five points, and cuts them out for recognition."""
