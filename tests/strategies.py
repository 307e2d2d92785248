"""Hypothesis strategies for the project's values."""

from hypothesis import strategies as st

from wizard.model.selection import FORMAT, Host, Model, Origin, Role, Runtime, Scenario, Selection, Series, Tuning

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
"""Any text a process can be given."""
NASTY = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "a b",
            "$HOME",
            "`id`",
            "$(id)",
            "'",
            '"',
            "\\",
            "\n",
            "a\nb",
            "-x",
            "--",
            "ß",
            "模型",
            "a;b",
            "*",
            "~",
            "#x",
            "{a,b}",
            "!!",
            "%s",
        ]
    ),
    TEXT,
)
SCALARS = st.one_of(st.integers(-(2**40), 2**40), st.floats(allow_nan=False, allow_infinity=False), TEXT)
VALUES = st.one_of(st.just(True), SCALARS, st.lists(SCALARS, max_size=3).map(tuple))
OPTION_NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,12}\Z").filter(lambda name: "key" not in name)
VARIABLE_NAMES = st.from_regex(r"[A-Z_][A-Z0-9_]{0,12}\Z")
ROLES = st.builds(
    Role,
    instances=st.integers(1, 4),
    hosts_per_instance=st.integers(1, 4),
    options=st.dictionaries(OPTION_NAMES, VALUES, max_size=5),
    environment=st.dictionaries(VARIABLE_NAMES, TEXT, max_size=4),
    origins=st.dictionaries(OPTION_NAMES, st.sampled_from(Origin), max_size=2),
)
_NAMES = {Scenario.SINGLE: ["server"], Scenario.MULTI: ["server"], Scenario.PD: ["prefill", "decode", "router"]}


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    """Any selection whose roles belong to its scenario."""
    scenario = draw(st.sampled_from(Scenario))
    hosts = st.builds(
        Host,
        address=TEXT,
        role=st.sampled_from(_NAMES[scenario]),
        instance=st.integers(0, 3),
        rank=st.integers(0, 3),
        interface=TEXT,
        ssh=TEXT,
    )
    return Selection(
        format=FORMAT,
        preset=draw(TEXT),
        scenario=scenario,
        series=draw(st.sampled_from(Series)),
        release=draw(TEXT),
        model=draw(st.builds(Model, name=TEXT, path=TEXT, quantization=TEXT)),
        runtime=draw(st.builds(Runtime, image=TEXT, shm_size=TEXT)),
        tuning=draw(
            st.builds(
                Tuning,
                scaling_governor=TEXT,
                sysctl=st.dictionaries(TEXT, TEXT, max_size=2),
                unset=st.lists(TEXT, max_size=2).map(tuple),
                scripts=st.lists(TEXT, max_size=2).map(tuple),
            )
        ),
        roles={name: draw(ROLES) for name in _NAMES[scenario]},
        hosts=tuple(draw(st.lists(hosts, max_size=3))),
        accepted=tuple(draw(st.lists(TEXT, max_size=2))),
    )
