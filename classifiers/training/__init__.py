"""From labelled messages to a model that ships. Needs the extra `train` (torch, transformers)."""
