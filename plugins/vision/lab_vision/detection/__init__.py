"""Object detection: boxes with a class and a score. A one-stage detector (CenterNet) and a small Faster R-CNN."""
