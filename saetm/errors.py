"""The errors of saetm.

SaetmError            anything a person can mend; its text is one clear sentence
├── ContractError     an argument or a table breaks its contract (also a ValueError)
├── InputError        what the user brought cannot be used: a folder, a file, an option
│   └── OutOfReachError   it cannot be reached just now: a server, an object store
└── ReplyError        a model's answer is not what was asked for
"""


class SaetmError(Exception):
    """A failure whose message is one sentence for a person."""


class ContractError(SaetmError, ValueError):
    """An argument is outside its contract; the message names it and its value."""


class InputError(SaetmError):
    """What the user brought cannot be used; the message says what to do."""


class OutOfReachError(InputError):
    """Something outside does not answer; trying again later may help."""


class ReplyError(SaetmError):
    """A model answered in a form that was not asked for."""
