"""Papers for people without a screen: an operation and its plan in, PDFs out.

`kinds` lists the papers there are, `source` is what they are made from, `redaction` says what of a person each
recipient may read, `blocks` is what a paper consists of, `press` sets one paper and `many` sets many.
"""
