"""The values that pass between stages: frozen, compared by content, without behaviour beyond derived properties.

This package owns shapes, never facts (``wizard.knowledge``) and never decisions (``wizard.check``, ``wizard.plan``).
"""
