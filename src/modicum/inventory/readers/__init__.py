"""One file for each export that is understood; `find_reader` chooses by the columns."""
