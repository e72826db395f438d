"""Telling a shop's people by e-mail what they would otherwise only see when they open Lejar.

recipients  whom, of what: what people decide, and the links in their messages
episodes    what is wrong with a shop now, and what of it has been told
sending     the messages that are due, one by one
words       what a message says
"""
