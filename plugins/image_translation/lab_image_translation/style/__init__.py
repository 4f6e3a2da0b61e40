"""Style transfer: by optimising the picture (Gatys), by a trained network (Johnson), by a network of 26 styles."""
