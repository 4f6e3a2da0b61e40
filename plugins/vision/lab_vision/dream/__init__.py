"""Deep dream: an image is changed until a layer of a trained network answers strongly. Nothing is learnt."""
