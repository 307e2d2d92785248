"""The wizard question by question, for serial consoles, screen readers and other programs.

``walk`` is the state machine: pure, with a history of its own, so that one can go back. ``pages`` holds its questions,
``ask`` puts them to a person line by line, ``protocol`` to a program as JSON.
"""
