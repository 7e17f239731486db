"""Speed and accuracy, each beside a peer, in one run."""
