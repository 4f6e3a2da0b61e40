"""Networks that installed packages bring trained weights for, rebuilt in Keras: VGG16's convolutions, EfficientNet-Lite0.

Nothing is downloaded. Each module says where its weights are from, under which licence, and checks their SHA-256.
"""
