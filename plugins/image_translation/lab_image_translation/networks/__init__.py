"""The networks of this plugin, one architecture a module. All take and give images [batch, height, width, channels]."""
