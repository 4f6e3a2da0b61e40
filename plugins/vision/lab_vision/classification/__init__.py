"""Image classification: the sources' networks, small fast ones, residual networks, fine-tuning of EfficientNet-Lite0."""
