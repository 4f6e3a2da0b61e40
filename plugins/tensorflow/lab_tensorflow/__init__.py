"""What the lab's TensorFlow trainers share: starting TensorFlow, optimisers with explicit slots, saving state.

Nothing here imports TensorFlow before :func:`lab_tensorflow.runtime.start` or a function that needs it is called.
"""
