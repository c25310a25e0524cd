"""The code of the scenarios, one module each: what is done with Keras, and what is observed.

A module registers its functions with `@scenario`; nothing lists the modules.
"""
