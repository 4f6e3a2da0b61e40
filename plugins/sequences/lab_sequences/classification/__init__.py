"""Classification of sequences of any length: recurrent and convolutional networks, nearest neighbour under time warping."""
