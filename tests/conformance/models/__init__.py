"""Models of several layers, and the masks between them."""
