"""A world of Lejar's own: real code over a real database, in which chance decides what goes wrong.

Clock, randomness, Shopify, gateway, books and broker belong to the seed; so does who runs when.
Running a seed twice gives the same trace. Imported by its command and the tests only.
"""
