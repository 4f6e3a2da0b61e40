"""A small Faster R-CNN: region proposals, then a second look at each (Ren, He, Girshick and Sun 2015)."""
