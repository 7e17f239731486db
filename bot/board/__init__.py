"""The pages: what worker, secretary and street look at, on a phone and on a screen."""
