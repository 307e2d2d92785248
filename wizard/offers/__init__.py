"""What can be chosen now, and what each choice would do: the view models that the screens and the prompts show.

Owns the answers to "which choices are there, what do they say now, may this one be made, and what would it change?".
Everything is a pure function of the selection and of what was detected; every choice is made by ``Edit``s (or a whole
new selection where no flag says it), so nothing here can do more than a command line. Whether a selection is good is
left to ``wizard.check``; nothing here knows how a choice is painted or asked.
"""
