"""The launch flow as processes on its hosts: started in order, owned, found again, stopped.

``runs`` is the record on this machine, ``live`` asks the hosts what of it is true, ``supervisor.launch`` starts and
``stopping.stop`` ends. What a host is told are the POSIX scripts in ``shell/``; everything that is decided about their
answers is pure.
"""
