"""Character models: LSTM, GRU, plain RNN and Transformer, with n-gram and compression baselines."""
