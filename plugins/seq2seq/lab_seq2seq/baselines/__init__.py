"""Translation without a network: what every trained model has to beat."""
