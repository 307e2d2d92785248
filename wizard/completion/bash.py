"""The script for bash."""

from collections.abc import Iterable, Iterator

from wizard import __version__
from wizard.completion.values import (
    FEATURES,
    FILES,
    PRESETS,
    RUNS,
    RUNS_AND_FILES,
    SETTINGS,
    VARIABLES,
    Flag,
    Grammar,
)

_HELPERS = r"""
# Candidates, one a line, into COMPREPLY.
_glm_wizard_take() {
    local line
    while IFS= read -r line; do COMPREPLY+=("$line"); done
}

_glm_wizard_words() { # WORDS
    _glm_wizard_take < <(compgen -W "$1" -- "$cur")
}

_glm_wizard_files() {
    compopt -o filenames 2>/dev/null
    _glm_wizard_take < <(compgen -f -- "$cur")
}

_glm_wizard_presets() {
    local path own=''
    for path in "${XDG_CONFIG_HOME:-$HOME/.config}"/glm-wizard/presets/*.toml; do
        [[ -e $path ]] || continue
        path="${path##*/}"
        own+=" ${path%.toml}"
    done
    _glm_wizard_words "$_glm_wizard_preset_names$own"
}

_glm_wizard_runs() {
    local path names=''
    for path in "${XDG_STATE_HOME:-$HOME/.local/state}"/glm-wizard/runs/*/; do
        [[ -d $path ]] || continue
        path="${path%/}"
        names+=" ${path##*/}"
    done
    _glm_wizard_words "$names"
}

# The release whose options are offered: that of --release, else of --preset, else the usual one.
_glm_wizard_release() {
    local word last='' preset=''
    release=''
    for word in "${COMP_WORDS[@]}"; do
        [[ $word == '=' ]] && continue
        [[ $last == --release ]] && release="$word"
        [[ $last == --preset ]] && preset="$word"
        last="$word"
    done
    [[ -n $release ]] || _glm_wizard_release_of "$preset"
}

# [ROLE.]NAME, each with what follows it.
_glm_wizard_names() { # NAMES ROUTER_NAMES SUFFIX
    local role='' rest="$cur" names="$1" first
    case "$cur" in
        router.*) names="$2" ;;
    esac
    for first in $_glm_wizard_roles; do
        if [[ $cur == "$first."* ]]; then
            role="$first."
            rest="${cur#*.}"
        fi
    done
    _glm_wizard_take < <(compgen -P "$role" -S "$3" -W "$names" -- "$rest")
    if [[ -z $role ]]; then
        _glm_wizard_take < <(compgen -S . -W "$_glm_wizard_roles" -- "$cur")
    fi
    if [[ -n $3 || (${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *.) ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
"""
_BEGIN = r"""_glm_wizard() {
    local cur="${COMP_WORDS[COMP_CWORD]}" prev='' release='' more=''
    [[ $COMP_CWORD -gt 0 ]] && prev="${COMP_WORDS[COMP_CWORD - 1]}"
    # bash makes a word of `=`
    if [[ $cur == '=' ]]; then
        cur=''
    elif [[ $prev == '=' && $COMP_CWORD -gt 1 ]]; then
        prev="${COMP_WORDS[COMP_CWORD - 2]}"
    fi
    COMPREPLY=()
    if [[ $cur == -* ]]; then
        _glm_wizard_words "$_glm_wizard_flags"
        return
    fi
    case "$prev" in"""
_END = """    esac
}
complete -F _glm_wizard glm-wizard"""


def script(grammar: Grammar) -> str:
    """Everything that bash needs; to be sourced."""
    return "\n".join(_lines(grammar)) + "\n"


def _lines(grammar: Grammar) -> Iterator[str]:
    yield f"# bash completion for glm-wizard {__version__}; `glm-wizard --completion bash` writes it"
    yield "# shellcheck shell=bash disable=SC2034"
    yield "# for this shell: source <(glm-wizard --completion bash)"
    yield "# for good:       glm-wizard --completion bash >~/.local/share/bash-completion/completions/glm-wizard"
    yield _set("flags", [name for flag in grammar.flags for name in flag.names])
    yield _set("preset_names", grammar.presets)
    yield _set("roles", grammar.roles)
    yield _set("options", grammar.common)
    yield _set("router_options", grammar.router_options)
    yield _set("variables", grammar.variables)
    yield _set("features", grammar.features)
    yield ""
    yield "_glm_wizard_release_of() { # PRESET"
    yield '    case "$1" in'
    for name, version in grammar.presets.items():
        if version != grammar.usual:
            yield f"        {name}) release={version} ;;"
    yield f"        *) release={grammar.usual} ;;"
    yield "    esac"
    yield "}"
    yield ""
    yield "# What a release has beyond the options that all have."
    yield "_glm_wizard_more() {"
    yield '    case "$release" in'
    for version in grammar.options:
        yield f"        {version}) more='{' '.join(grammar.only(version))}' ;;"
    yield "        *) more='' ;;"
    yield "    esac"
    yield "}"
    yield _HELPERS
    yield _BEGIN
    for flag in grammar.flags:
        act = _act(flag)
        if act:
            yield f"        {' | '.join(flag.names)}) {act} ;;"
    yield _END


def _set(name: str, words: Iterable[str]) -> str:
    return f"_glm_wizard_{name}='{' '.join(words)}'"


def _act(flag: Flag) -> str:
    suffix = "=" if flag.assigns else "''"
    simple = {
        FILES: "_glm_wizard_files",
        PRESETS: "_glm_wizard_presets",
        RUNS: "_glm_wizard_runs",
        RUNS_AND_FILES: "_glm_wizard_runs; _glm_wizard_files",
        SETTINGS: "_glm_wizard_release; _glm_wizard_more; "
        f'_glm_wizard_names "$_glm_wizard_options $more" "$_glm_wizard_router_options" {suffix}',
        VARIABLES: f"_glm_wizard_names \"$_glm_wizard_variables\" '' {suffix}",
        FEATURES: "_glm_wizard_names \"$_glm_wizard_features\" '' ''",
    }
    if flag.kind:
        return simple[flag.kind]
    return f"_glm_wizard_words '{' '.join(flag.words)}'" if flag.words else ""
