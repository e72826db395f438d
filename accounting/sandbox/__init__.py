"""A stand-in for the AcctBridge gateway in front of SQL Accounting and AutoCount.

It is reached over HTTP only and written from the contract alone: it shares no code with the
connectors, so that a misunderstanding on one side shows up as a refusal on the other.
"""
