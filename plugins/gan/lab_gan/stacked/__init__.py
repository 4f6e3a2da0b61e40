"""StackedGAN: an encoder, and two generators that go its way back."""
