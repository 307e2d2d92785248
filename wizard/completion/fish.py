"""The script for fish. Settings are those of all known releases together: fish asks before the release is typed."""

from collections.abc import Iterator

from wizard import __version__
from wizard.completion.values import FEATURES, FILES, PRESETS, RUNS, RUNS_AND_FILES, SETTINGS, VARIABLES, Flag, Grammar

_HELPERS = r"""
function __glm_wizard_after
    set -l words (commandline -opc)
    test (count $words) -gt 0; and contains -- $words[-1] $argv
end

function __glm_wizard_presets
    printf '%s\n' $__glm_wizard_preset_names
    set -l config $HOME/.config
    set -q XDG_CONFIG_HOME; and set config $XDG_CONFIG_HOME
    for path in $config/glm-wizard/presets/*.toml
        string replace -r '.*/(.*)\.toml$' '$1' -- $path
    end
end

function __glm_wizard_runs
    set -l state $HOME/.local/state
    set -q XDG_STATE_HOME; and set state $XDG_STATE_HOME
    for path in $state/glm-wizard/runs/*/
        string replace -r '.*/([^/]*)/$' '$1' -- $path
    end
end

function __glm_wizard_names # SUFFIX NAMES
    set -l suffix $argv[1]
    set -l role ''
    for first in $__glm_wizard_roles
        string match -q -- "$first.*" (commandline -ct); and set role $first.
    end
    test -z "$role"; and printf '%s.\n' $__glm_wizard_roles
    printf "%s\n" $role$argv[2..-1]$suffix
end
"""


def script(grammar: Grammar) -> str:
    """Everything that fish needs; a file in its completions folder."""
    return "\n".join(_lines(grammar)) + "\n"


def _lines(grammar: Grammar) -> Iterator[str]:
    yield f"# fish completion for glm-wizard {__version__}; `glm-wizard --completion fish` writes it"
    yield "# for good: glm-wizard --completion fish >~/.config/fish/completions/glm-wizard.fish"
    every = sorted({name for names in grammar.options.values() for name in names})
    yield f"set -g __glm_wizard_preset_names {' '.join(grammar.presets)}"
    yield f"set -g __glm_wizard_roles {' '.join(grammar.roles)}"
    yield f"set -g __glm_wizard_options {' '.join(sorted({*every, *grammar.router_options}))}"
    yield f"set -g __glm_wizard_variables {' '.join(grammar.variables)}"
    yield f"set -g __glm_wizard_features {' '.join(grammar.features)}"
    yield _HELPERS
    yield "complete -c glm-wizard -f"
    for flag in grammar.flags:
        yield from _flag(flag)


def _flag(flag: Flag) -> Iterator[str]:
    names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in flag.names)
    told = flag.help.replace("\\", "\\\\").replace("'", "\\'")
    takes_files = flag.kind in (FILES, RUNS_AND_FILES)
    act = _act(flag)
    if flag.takes_value and not flag.is_optional:  # what follows belongs to the flag
        files = " -F" if takes_files else " -f"
        yield f"complete -c glm-wizard {names} -d '{told}' -r{files}" + (f" -a '{act}'" if act else "")
        return
    yield f"complete -c glm-wizard {names} -d '{told}'"
    after = f"complete -c glm-wizard -n '__glm_wizard_after {' '.join(flag.names)}'"
    if takes_files:
        yield f"{after} -F"
    if act:
        yield f"{after} -a '{act}'"


def _act(flag: Flag) -> str:
    suffix = '"="' if flag.assigns else '""'
    acts = {
        FILES: "",
        PRESETS: "(__glm_wizard_presets)",
        RUNS: "(__glm_wizard_runs)",
        RUNS_AND_FILES: "(__glm_wizard_runs)",
        SETTINGS: f"(__glm_wizard_names {suffix} $__glm_wizard_options)",
        VARIABLES: f"(__glm_wizard_names {suffix} $__glm_wizard_variables)",
        FEATURES: '(__glm_wizard_names "" $__glm_wizard_features)',
    }
    return acts[flag.kind] if flag.kind else " ".join(flag.words)
