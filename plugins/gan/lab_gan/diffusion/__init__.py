"""A diffusion model: images from noise, denoised step by step."""
