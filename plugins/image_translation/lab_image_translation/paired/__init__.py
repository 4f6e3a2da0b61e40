"""Methods that learn from pairs: pix2pix, super-resolution, denoising, inpainting, colourisation, segmentation.

One trainer, learner and model serve all; a :class:`~lab_image_translation.paired.problem.Problem` says what is translated into
what.
"""
