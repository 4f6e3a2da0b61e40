"""What watches a training: progress on the terminal, TensorBoard, the live display."""
