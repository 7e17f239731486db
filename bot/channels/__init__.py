"""Ways into a chat platform: the protocol in `base`, one module for each implementation."""
