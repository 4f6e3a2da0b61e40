"""A trained model as a folder for others: the model, its card, its record, a picture, and the sums of all of it."""
