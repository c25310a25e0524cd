"""Export, observe, judge: the three steps of a live run, apart, with files between them.

For what cannot run in this process: a Keras of 2017, another program. The files are described in
`docs/format.md`; the answers are never among them.
"""
