"""The font of pictures and printed pages, its licence (OFL.txt) and how it was made."""
