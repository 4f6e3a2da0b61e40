"""A diffusion model: images from noise, a little less of it at every step."""
