"""What the TensorFlow trainers of the lab share: starting TensorFlow, optimisers with explicit slots, fast convolutions, state.

Nothing here imports TensorFlow before :func:`lab_tensorflow.runtime.start` or a function that needs it is called.
"""
