"""The words of the field as frozen data; units, ids and the tree of errors. No input or output."""
