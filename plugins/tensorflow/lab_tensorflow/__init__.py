"""What the lab's TensorFlow trainers share: saving state, precision, threads, the TF-Agents bridge."""
