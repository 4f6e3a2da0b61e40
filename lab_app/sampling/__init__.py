"""What can be done with a model that makes things: draw, sweep a code, walk, reckon, look for copies of the training data."""
