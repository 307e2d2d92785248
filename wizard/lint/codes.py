"""Every code of a finding about a script, for ``--explain``: what it means and what to do."""

from wizard.lint.start import PAGES

CODES: dict[str, tuple[str, str, str]] = {
    code: (meaning, remedy, PAGES)
    for code, meaning, remedy in (
        (
            "script.backslash-blank",
            (
                "A backslash joins two lines only as the very last character. With a blank behind it the command ends "
                "there, and its remaining options become a command of their own that the shell does not know."
            ),
            "Remove the blanks behind the backslash.",
        ),
        (
            "script.dangling-backslash",
            (
                "A backslash joins the next line to the command. When that line is a comment, everything behind "
                "it is no "
                "longer part of the command; when it is empty, the backslash joins nothing."
            ),
            "Move comments above the command; take the last backslash away.",
        ),
        (
            "script.device-missing",
            (
                "Without --privileged a container sees only the device files it is given; the driver needs its "
                "manager and "
                "its memory and host channels besides the dies."
            ),
            "Map /dev/davinci_manager, /dev/devmm_svm and /dev/hisi_hdc.",
        ),
        (
            "script.devices",
            (
                "A device file that the host does not have is mapped. An Atlas 800I A2 has davinci0 to davinci7, an A3 "
                "davinci0 to davinci15. Without --privileged docker refuses to start the container."
            ),
            "Map only the devices that exist.",
        ),
        (
            "script.draft-quantization",
            (
                "The MTP layer of the published W8A8 and W4A8 checkpoints is not quantised. Speculation reads "
                "it as the "
                "main model is read, unless it is told otherwise."
            ),
            "Add --speculative-draft-model-quantization unquant.",
        ),
        (
            "script.driver-mount",
            "The driver's libraries inside the container must be those of the host.",
            "Mount /usr/local/Ascend/driver whole.",
        ),
        (
            "script.exit",
            "The last line makes the script end as a failure, even when all went well.",
            "Remove it.",
        ),
        (
            "script.line-ends",
            "The file was saved with the line ends of Windows: bash takes the CR for a part of a line's last word.",
            "Convert it: sed -i 's/\\r$//' FILE.",
        ),
        (
            "script.loopback-host",
            "127.0.0.1 means each host itself. Prefill's bootstrap server binds --host too.",
            "Give the address by which the other hosts and the clients reach it.",
        ),
        (
            "script.loopback-interface",
            "HCCL and GLOO announce the address of this interface to the other ranks; that of lo leads nowhere.",
            "Name the interface that owns the host's address; an export of the wizard finds it when it starts.",
        ),
        (
            "script.option-twice",
            "Of an option given twice the last value holds, wherever the first one stands.",
            "Keep one of them.",
        ),
        ("script.placeholder", "A text stands for a value that nobody has filled in yet.", "Put the real value there."),
        (
            "script.quantization",
            "The weights are quantised by their name, but the server is not told how to read them.",
            "Add --quantization modelslim, or correct the path.",
        ),
        (
            "script.roles-differ",
            "Prefill and decode servers pass the KV cache to each other as it is, and serve one model under one name.",
            "Give both the same value.",
        ),
        (
            "script.router-bootstrap",
            (
                "The router tells decode where prefill's bootstrap server listens: the number behind its URL must be "
                "prefill's --disaggregation-bootstrap-port (8998 where it is not given)."
            ),
            "Name the port that prefill opens.",
        ),
        (
            "script.router-url",
            "The router asks the URLs behind --prefill and --decode; no server of the scripts has that port.",
            "Use the server's --port.",
        ),
        (
            "script.typographic",
            "Pages and word processors turn quotes, dashes and blanks into characters that a shell does not know.",
            "Write plain ASCII quotes, dashes and blanks.",
        ),
        (
            "security.secret-in-script",
            "Everybody who can read the file, its copies or its history in git has the secret.",
            "Read it from the environment when the script runs.",
        ),
    )
}
"""Meaning, remedy, source."""
